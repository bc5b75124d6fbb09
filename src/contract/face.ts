/** A face: one way of speaking to the same actions. Dispatch, log and metrics never ask which face it is. */
import type { Operation } from './action.ts';
import type { ServiceError } from './errors.ts';

/** An HTTP request whose body has been read whole. */
export interface HttpRequest {
  method: string;
  /** Decoded path without the query string, starting with '/'. */
  path: string;
  /** The raw query string without '?', '' when there is none. */
  query: string;
  /** As node:http gives them: lower-case names, duplicates joined. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** Our request id, a UUID. */
  id: string;
  /** The peer's address. */
  remote: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What a request asks for: an action's name ('' when it names none), and what the path says about the queue. */
export interface Match {
  action: string;
  /** The queue named by the request's path, as a QueueUrl; the input's own QueueUrl wins over it. */
  queueUrl?: string;
}

export interface Face {
  readonly name: 'json' | 'query' | 'rest';
  /** Undefined when the request does not speak this face. */
  match(request: HttpRequest): Match | undefined;
  /**
   * The untyped tree of the input: an object with AWS's member names.
   * @throws ServiceError when the bytes make no tree.
   */
  decode(operation: Operation, request: HttpRequest): unknown;
  encode(operation: Operation, output: object, request: HttpRequest): Reply;
  /** `operation` is undefined when the action is not known. */
  encodeError(error: ServiceError, request: HttpRequest, operation?: Operation): Reply;
}
