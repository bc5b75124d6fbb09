/** What an action is given, and how one is declared. */
import { type Operation, QueueUrl } from '../contract/action.ts';
import { type CommonError, type ErrorName, ServiceError } from '../contract/errors.ts';
import { type Infer, type Members, structure } from '../contract/shape.ts';
import type { Moves } from '../engine/moves.ts';
import type { Client, Pump } from '../engine/pump.ts';
import type { Tasks } from '../engine/tasks.ts';
import type { Clock } from '../model/clock.ts';
import type { QueueRecord } from '../model/queue.ts';
import type { Receipts } from '../model/receipt.ts';
import type { Store } from '../store/store.ts';

/** Who asks, and how that was proved. */
export interface Caller {
  /** 12 digits; comes from the credential, never from a URL. */
  account: string;
  region: string;
  /** SenderId of what the caller sends. */
  principal: string;
  proof: 'unverified' | 'token' | 'signature';
}

/** What every action may use; made once, at start. */
export interface Services {
  store: Store;
  pump: Pump;
  moves: Moves;
  tasks: Tasks;
  receipts: Receipts;
  clock: Clock;
  /** VisibilityTimeout, in seconds, of queues that are created without one. */
  visibilitySecondsDefault: number;
  /** max_length of queues created over SQS; null says no limit. */
  maxLengthDefault: number | null;
  /** How long AWS's two bans last here, milliseconds: a second PurgeQueue, and a new queue with the name of a deleted one. */
  banMs: number;
  /** Whether errors may say more than AWS's do: in profile dev, when FASTQUEUE_FIDELITY is relaxed. */
  hints: boolean;
}

export interface Call<I, E extends ErrorName> extends Services {
  input: I;
  caller: Caller;
  client: Client;
  /** The header X-Amzn-Trace-Id, '' when absent. */
  traceHeader: string;
  /** The same for every attempt of one call, as far as the client says so; '' when it does not. */
  requestId: string;
  /** The QueueUrl of a queue, as this caller should see it. */
  urlOf(queue: QueueRecord): string;
  /** Throws a ServiceError that the action declares. */
  fail(error: E | CommonError, message?: string): never;
}

export interface QueueCall<I, E extends ErrorName> extends Call<I, E> {
  queue: QueueRecord;
}

export interface Action extends Operation {
  run(call: QueueCall<object, ErrorName>): Promise<object>;
}

interface Declaration<I extends Members, O extends Members, E extends ErrorName, C> {
  name: string;
  input: I;
  output: O;
  errors: readonly E[];
  run: (call: C) => Promise<Infer<O>>;
}

/** An action that names no queue by URL. */
export function defineAction<I extends Members, O extends Members, E extends ErrorName>(
  row: Declaration<I, O, E, Call<Infer<I>, E>>,
): Action {
  return { ...row, input: structure(row.input), output: structure(row.output), onQueue: false, run: row.run as never };
}

/** An action on the queue that QueueUrl names: takes QueueUrl first, can answer QueueDoesNotExist. */
export function defineQueueAction<I extends Members, O extends Members, E extends ErrorName>(
  row: Declaration<I, O, E, QueueCall<Infer<I>, E | 'QueueDoesNotExist'>>,
): Action {
  return {
    ...row,
    input: structure({ QueueUrl, ...row.input }),
    output: structure(row.output),
    errors: [...row.errors, 'QueueDoesNotExist'],
    onQueue: true,
    run: row.run as never,
  };
}

/** The `fail` of a call. */
export const fail = (error: ErrorName, message?: string): never => {
  throw new ServiceError(error, message);
};
