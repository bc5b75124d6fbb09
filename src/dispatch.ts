/**
 * The life of a request after its bytes are read, in AWS's order (sqs-wire.md §14):
 *
 *   1. who asks (the face's kind of credential)
 *   2. which action; an unknown one is an error of its own
 *   3. the tree of the input; bytes that make none are refused here
 *   4. which queue: of all members only QueueUrl is read so far, so a missing queue comes before a wrong parameter
 *   5. the input's types, then its members in order
 *   6. the action; again when its queue record turned out to be old, whatever it said: the store may remember one
 *   7. the answer, in the face's words. What is not a ServiceError is our fault: 500 with the request id, and a log line
 */

import { hash } from 'node:crypto';
import { absentQueue } from './actions/absentQueue.ts';
import { type Action, type Caller, fail, type QueueCall, type Services } from './actions/context.ts';
import { StaleQueue } from './actions/outcomes.ts';
import { QueueUrl } from './contract/action.ts';
import type { ErrorName } from './contract/errors.ts';
import { ServiceError } from './contract/errors.ts';
import type { Face, HttpRequest, Match, Reply } from './contract/face.ts';
import { check, convert, string } from './contract/shape.ts';
import type { Client } from './engine/pump.ts';
import type { Log } from './log.ts';
import type { QueueRecord } from './model/queue.ts';
import { addressOf, regionOfHost, urlOf } from './model/queueUrl.ts';
import { StorageUnavailable } from './store/store.ts';

export interface Dispatch {
  /** Answers a request that speaks `face`. Never throws. */
  handle(face: Face, match: Match, request: HttpRequest, client: Client): Promise<Reply>;
  /**
   * Runs one action for a caller who is known already; the REST routes use it.
   * @throws ServiceError
   */
  invoke(action: string, tree: Record<string, unknown>, caller: Caller, client?: Client): Promise<object>;
  /** An error as `face` says it; logs what is our fault. */
  refuse(face: Face, error: unknown, request: HttpRequest): Reply;
}

export interface DispatchOptions {
  actions: ReadonlyMap<string, Action>;
  services: Services;
  authenticate: { aws(request: HttpRequest): Caller; rest(request: HttpRequest): Promise<Caller> };
  /** Where a client that sent this Host header reaches us: the beginning of QueueUrls. */
  originOf(host: string | undefined): string;
  defaultRegion: string;
  log: Log;
}

/** What an action knows of the request besides its input. */
interface Circumstances {
  caller: Caller;
  client: Client;
  host: string | undefined;
  traceHeader: string;
  /** Undefined for a call that comes from inside. */
  request: HttpRequest | undefined;
}

/** A client that waits inside the process. */
const HERE: Client = { gone: false, onGone: () => () => {} };

/** An X-Ray header; anything else is not a trace. */
const TRACE = /^(?:[\w-]+=[\w:.-]*;?)+$/;

const header = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);

/** The dispatch over a table of actions. */
export function dispatcher(options: DispatchOptions): Dispatch {
  const { actions, services, authenticate, originOf, defaultRegion, log } = options;
  const { store, pump, moves, tasks, receipts, clock, visibilitySecondsDefault, maxLengthDefault, banMs, hints } =
    services;

  async function resolve(queueUrl: string, caller: Caller): Promise<QueueRecord> {
    const address = addressOf(queueUrl);
    if (address === undefined) return fail('QueueDoesNotExist');
    const { account = caller.account, region = caller.region, name } = address;
    // Until queue policies are enforced nobody reaches another account's queue.
    const queue = account === caller.account ? await store.catalogue.recent(account, region, name) : undefined;
    if (queue === undefined) throw await absentQueue(services, caller, { account, region, name });
    return queue;
  }

  /** Whether an action that ended so was decided with an old record of its queue. */
  async function wasOld(error: unknown, queue: QueueRecord | undefined): Promise<boolean> {
    if (error instanceof StaleQueue) return true;
    if (!(error instanceof ServiceError) || queue === undefined) return false;
    const current = await store.catalogue.find(queue.account, queue.region, queue.name);
    return current?.id !== queue.id || current.version !== queue.version;
  }

  async function run(action: Action, tree: Record<string, unknown>, circumstances: Circumstances): Promise<object> {
    const { caller, client, host, traceHeader, request } = circumstances;
    const queueUrl = action.onQueue ? queueUrlOf(tree) : '';
    for (let tries = 1; ; tries += 1) {
      const queue = action.onQueue ? await resolve(queueUrl, caller) : (undefined as never);
      // Named one by one: a spread would cost a tenth of a whole request.
      const call: QueueCall<object, ErrorName> = {
        store,
        pump,
        moves,
        tasks,
        receipts,
        clock,
        visibilitySecondsDefault,
        maxLengthDefault,
        banMs,
        hints,
        input: check(action.input, tree),
        caller,
        client,
        queue,
        traceHeader,
        get requestId() {
          return request === undefined ? '' : requestIdOf(request, caller, action);
        },
        urlOf: (record) => urlOf(originOf(host), record, defaultRegion),
        fail,
      };
      try {
        return await action.run(call);
      } catch (error) {
        if (tries === TRIES || !(await wasOld(error, queue))) throw error;
      }
    }
  }

  async function handle(face: Face, match: Match, request: HttpRequest, client: Client): Promise<Reply> {
    const reply = await answer(face, match, request, client);
    log.debug(
      { requestId: request.id, face: face.name, action: match.action.slice(0, 80), status: reply.status },
      'request',
    );
    return reply;
  }

  async function answer(face: Face, match: Match, request: HttpRequest, client: Client): Promise<Reply> {
    const action = actions.get(match.action);
    try {
      const known = face.name === 'rest' ? await authenticate.rest(request) : authenticate.aws(request);
      if (action === undefined) throw unknownAction(match);
      const tree = face.decode(action, request) as Record<string, unknown>;
      if (action.onQueue && match.queueUrl !== undefined) tree.QueueUrl ??= match.queueUrl;
      const host = header(request.headers.host);
      const region = regionOf(match.queueUrl, host);
      const caller = region === undefined || face.name === 'rest' ? known : { ...known, region };
      const trace = header(request.headers['x-amzn-trace-id']) ?? '';
      const traceHeader = TRACE.test(trace) ? trace : '';
      const output = await run(action, tree, { caller, client, host, traceHeader, request });
      return face.encode(action, output, request);
    } catch (error) {
      return refuse(face, error, request, action);
    }
  }

  function refuse(face: Face, error: unknown, request: HttpRequest, action?: Action): Reply {
    return face.encodeError(known(error, request.id), request, action);
  }

  function known(error: unknown, requestId: string): ServiceError {
    if (error instanceof ServiceError) return error;
    if (error instanceof StorageUnavailable) {
      return new ServiceError(
        'ServiceUnavailable',
        error.reason === 'full'
          ? 'The storage is full: sending is not possible until space is freed. Receiving and deleting go on.'
          : undefined,
      );
    }
    if (error instanceof StaleQueue)
      return new ServiceError('ServiceUnavailable', 'The queue is being changed. Try again.');
    log.error({ requestId, stack: error instanceof Error ? error.stack : String(error) }, 'a request failed');
    return new ServiceError('InternalFailure');
  }

  return {
    handle,
    refuse,
    invoke(name, tree, caller, client = HERE) {
      const action = actions.get(name);
      if (action === undefined) throw unknownAction({ action: name });
      return run(action, tree, { caller, client, host: undefined, traceHeader: '', request: undefined });
    },
  };
}

/** QueueUrl out of a tree that has not been checked: its type and presence are checked here, before everything else. */
function queueUrlOf(tree: Record<string, unknown>): string {
  const queueUrl = Object.hasOwn(tree, 'QueueUrl') ? convert(string, tree.QueueUrl) : undefined;
  if (queueUrl === undefined || queueUrl === '') throw QueueUrl.traits.missing?.();
  return queueUrl as string;
}

/** How often an action is decided anew because others change its queue at the same time. */
export const TRIES = 20;

const INVOCATION_MOST = 100;

/**
 * 128 bits that are the same for every attempt of one call: AWS SDKs name it in `amz-sdk-invocation-id`. What is asked
 * and by whom is part of it, so that nobody is answered what another call was. '' when the client names no call.
 */
function requestIdOf({ headers, query, body }: HttpRequest, { account }: Caller, { name }: Action): string {
  const invocation = header(headers['amz-sdk-invocation-id']) ?? '';
  if (invocation === '' || invocation.length > INVOCATION_MOST) return '';
  const call = Buffer.from([invocation, account, name, query, ''].join('\0'));
  return hash('sha256', Buffer.concat([call, body]), 'base64url').slice(0, 22);
}

/** The region that the request's own path or Host names; the QueueUrl's beats it, it beats the credential's. */
function regionOf(queueUrl: string | undefined, host: string | undefined): string | undefined {
  const byPath = queueUrl === undefined ? undefined : addressOf(queueUrl)?.region;
  return byPath ?? (host === undefined ? undefined : regionOfHost(host));
}

function unknownAction(match: Match): ServiceError {
  if (match.action !== '') {
    return new ServiceError('InvalidAction', `The action ${match.action} is not valid for this endpoint.`);
  }
  if (match.queueUrl !== undefined) return new ServiceError('UnknownOperationException');
  return new ServiceError('MissingAction', 'The request must contain the parameter Action.');
}
