/** What the AWS dialects share: text out of bytes, the queue in a request's path, the headers of a reply. */
import { ServiceError } from '../src/contract/errors.ts';
import type { HttpRequest, Match, Reply } from '../src/contract/face.ts';
import { addressOfPath } from '../src/model/queueUrl.ts';

/** The error for bytes that make no tree. */
export const malformed = (text: string) => new ServiceError('SerializationException', text);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of bytes. @throws ServiceError SerializationException when they are not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('The request is not valid UTF-8.');
  }
}

/** The match of an action, with the queue that the path names, if any. */
export const matchAt = (path: string, action: string): Match =>
  addressOfPath(path) === undefined ? { action } : { action, queueUrl: path };

/** A reply with the headers that AWS gives. */
export function replyTo(request: HttpRequest, status: number, contentType: string, body: string): Reply {
  const headers: Record<string, string> = { 'content-type': contentType, 'x-amzn-requestid': request.id };
  if (status === 503) headers['retry-after'] = '1';
  return { status, headers, body };
}
