/**
 * FastQueue's own face: `POST /v1/queue/{name}` with the action in the body. Every action on a queue is served, with
 * AWS's members; three answers, and the attributes of messages, have a plainer form (README, REST). Errors are said
 * here for the routes beside it as well.
 */
import { GONE } from '../actions/deleteMessage.ts';
import { TooManyAttempts } from '../auth/attempts.ts';
import { ServiceError } from '../contract/errors.ts';
import type { Face, HttpRequest, Match, Reply } from '../contract/face.ts';
import type { AttributeMap } from '../contract/messageAttributes.ts';

type Tree = Record<string, unknown>;

/** What is wrong with one field of a body. */
export interface FieldProblem {
  /** With dots between levels. */
  field: string;
  problem: string;
}

/** 400 for fields of a body; the sentence names the first of them. */
export class InvalidFields extends ServiceError {
  readonly fields: FieldProblem[];
  constructor(fields: FieldProblem[]) {
    super('InvalidParameterValue', fields.map(({ field, problem }) => `${field} ${problem}`)[0]);
    this.fields = fields;
  }
}

const PATH = '/v1/queue/';
const RETRY_SECONDS = 1;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const isObject = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object in a body, whatever its content type says. @throws ServiceError when there is none */
export function jsonOf(body: Buffer): Tree {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    throw new ServiceError('SerializationException', 'The body is not valid JSON.');
  }
  if (!isObject(value)) throw new ServiceError('SerializationException', 'The body must be a JSON object.');
  return value;
}

/** Bodies that `match` has read, for `decode`. */
const trees = new WeakMap<HttpRequest, Tree | ServiceError>();

function treeOf(request: HttpRequest): Tree | ServiceError {
  try {
    const tree = jsonOf(request.body);
    const { Action = '' } = tree;
    return typeof Action === 'string' ? tree : new InvalidFields([{ field: 'Action', problem: 'must be a string' }]);
  } catch (error) {
    return error as ServiceError;
  }
}

/** What a body asks for. One that makes no tree goes on as a SendMessage, so that `decode` can say what is wrong. */
function matchOf(tree: Tree | ServiceError, name: string): Match {
  if (tree instanceof ServiceError) return { action: 'SendMessage', queueUrl: name };
  if (typeof tree.Action === 'string' && tree.Action !== '') return { action: tree.Action, queueUrl: name };
  return Object.hasOwn(tree, 'MessageBody') ? { action: 'SendMessage', queueUrl: name } : { action: '' };
}

const nameOf = (path: string) => path.slice(PATH.length).replace(/\/$/, '');

export const restFace: Face = {
  name: 'rest',
  match(request) {
    const { method, path } = request;
    if (!path.startsWith(PATH) || nameOf(path) === '') return undefined;
    if (method !== 'POST') return { action: '' };
    const tree = treeOf(request);
    trees.set(request, tree);
    return matchOf(tree, nameOf(path));
  },
  decode({ name, onQueue }, request) {
    const tree = trees.get(request) ?? treeOf(request);
    if (tree instanceof ServiceError) throw tree;
    if (!onQueue) {
      throw new ServiceError('InvalidAction', `${name} does not act on a queue. /v1/queues creates and lists queues.`);
    }
    const { Action: _, ...input } = tree;
    const asked = name === 'ReceiveMessage' ? { AttributeNames: ['All'], MessageAttributeNames: ['All'] } : {};
    return { ...typed(input), ...asked, QueueUrl: nameOf(request.path) };
  },
  encode(operation, output, request) {
    if (output === GONE) return restFace.encodeError(new ServiceError('ReceiptHandleIsInvalid'), request, operation);
    const answer = answers[operation.name]?.(output) ?? output;
    return { status: 200, headers: json(), body: JSON.stringify(answer) };
  },
  encodeError(error, request) {
    const notAllowed = request.method !== 'POST' && error.error === 'MissingAction';
    if (notAllowed) return methodNotAllowed(['POST']);
    const { rest: status = 400 } = error.row;
    const body: Tree = { detail: error.textFor('rest') };
    if (error instanceof InvalidFields) body.errors = error.fields;
    if (status === 500) body.request_id = request.id;
    return { status, headers: { ...json(), ...errorHeaders(error, status) }, body: JSON.stringify(body) };
  },
};

const json = (): Record<string, string> => ({ 'content-type': 'application/json' });

function errorHeaders(error: ServiceError, status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status !== 429 && status !== 503) return {};
  return { 'retry-after': String(error instanceof TooManyAttempts ? error.retryAfterSeconds : RETRY_SECONDS) };
}

/** 405 for a path that is there. */
export function methodNotAllowed(allowed: string[]): Reply {
  const headers = { ...json(), allow: allowed.join(', ') };
  return { status: 405, headers, body: JSON.stringify({ detail: 'Method Not Allowed' }) };
}

/** The input with typed message attributes, in the entries of a batch too. Wrong shapes are left to the check. */
function typed(input: Tree): Tree {
  const tree = withTyped(input, '');
  if (!Array.isArray(tree.Entries)) return tree;
  const entries = tree.Entries.map((entry, i) => (isObject(entry) ? withTyped(entry, `Entries.${i}.`) : entry));
  return { ...tree, Entries: entries };
}

function withTyped(tree: Tree, place: string): Tree {
  const { MessageAttributes: attributes } = tree;
  if (!isObject(attributes)) return tree;
  const values = Object.entries(attributes).map(([name, value]) => [
    name,
    typedValue(value, `${place}MessageAttributes.${name}`),
  ]);
  return { ...tree, MessageAttributes: Object.fromEntries(values) };
}

function typedValue(value: unknown, field: string): Tree {
  if (isObject(value)) return value;
  if (typeof value === 'string') return { DataType: 'String', StringValue: value };
  if (typeof value === 'number') return { DataType: 'Number', StringValue: String(value) };
  throw new InvalidFields([{ field, problem: 'must be a string, a number, or an object with a DataType' }]);
}

interface ReceivedMessage {
  MessageId: string;
  Body: string;
  ReceiptHandle: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: AttributeMap;
}

/** The answers that differ from AWS's. */
const answers: Readonly<Record<string, (output: object) => object>> = {
  SendMessage: ({ MessageId, ...digests }: { MessageId?: string }) => ({ MessageId, status: 'sent', ...digests }),
  ReceiveMessage: ({ Messages = [] }: { Messages?: ReceivedMessage[] }) => ({ Messages: Messages.map(plain) }),
  DeleteMessage: () => ({ message: 'Message deleted successfully' }),
};

/** A message as REST shows it: Attributes are the users', in the plain view. */
function plain({ MessageId, Body, ReceiptHandle, Attributes, MessageAttributes, ...digests }: ReceivedMessage): object {
  const { plain, full } = viewsOf(MessageAttributes ?? {});
  const both = Object.keys(full).length === 0 ? {} : { MessageAttributes: full };
  return { MessageId, Body, Attributes: plain, ReceiptHandle, ...both, SystemAttributes: Attributes, ...digests };
}

/** Message attributes in the plain view (name to value) and in full; bytes as base64. */
export function viewsOf(attributes: AttributeMap): { plain: Record<string, string>; full: Record<string, Tree> } {
  const entries = Object.entries(attributes).map(([name, { BinaryValue, ...value }]) => {
    const bytes = BinaryValue?.toString('base64');
    const shown = bytes === undefined ? value : { ...value, BinaryValue: bytes };
    return { name, plain: bytes ?? value.StringValue ?? '', shown };
  });
  return {
    plain: Object.fromEntries(entries.map((entry) => [entry.name, entry.plain])),
    full: Object.fromEntries(entries.map(({ name, shown }) => [name, shown])),
  };
}
