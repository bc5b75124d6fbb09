/** AWS JSON 1.0 (sqs-wire.md §1.2). */
import type { Operation } from '../src/contract/action.ts';
import { ServiceError } from '../src/contract/errors.ts';
import type { Face, HttpRequest, Reply } from '../src/contract/face.ts';
import { addressOfPath } from '../src/model/queueUrl.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET = 'AmazonSQS.';
/** Deeper than any input of SQS; a tree that is deeper is not looked at. */
const DEEPEST = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const malformed = (text: string) => new ServiceError('SerializationException', text);

/** The text of bytes. @throws ServiceError when they are not UTF-8. */
export function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('The request is not valid UTF-8.');
  }
}

/** The tree of a JSON object. @throws ServiceError when the bytes are not UTF-8, not JSON, not an object or too deep. */
export function parseObject(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  const text = textOf(bytes);
  if (tooDeep(text)) throw malformed(`The request is nested deeper than ${DEEPEST} levels.`);
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw malformed('The request is not valid JSON.');
  }
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree))
    throw malformed('The request must be a JSON object.');
  return tree as Record<string, unknown>;
}

/** Whether brackets outside of strings are nested deeper than any input; most requests have too few to be looked at. */
function tooDeep(text: string): boolean {
  let at = -1;
  for (let found = 0; found <= DEEPEST; found += 1) {
    const next = /[[{]/g;
    next.lastIndex = at + 1;
    const match = next.exec(text);
    if (match === null) return false;
    at = match.index;
  }
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** An output as JSON: bytes as base64, and no member that is an empty list or map ("absent beats empty"). */
export function toJson(output: object): string {
  const members = Object.entries(output).filter(([, value]) => !isEmpty(value));
  return JSON.stringify(Object.fromEntries(members), base64);
}

function base64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Buffers have turned themselves into {type, data} by now; the holder still has the bytes.
  const raw = this[key];
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : value;
}

function errorBody(error: ServiceError): string {
  const { row } = error;
  const __type = `${row.coral ? 'com.amazon.coral.service' : 'com.amazonaws.sqs'}#${row.type ?? error.error}`;
  // AWS says nothing more of an operation that it does not know.
  if (row.type === 'UnknownOperationException') return JSON.stringify({ __type });
  const message = error.textFor('json');
  return JSON.stringify(row.capital ? { __type, Message: message, message } : { __type, message });
}

export const jsonFace: Face = {
  name: 'json',
  match({ headers, path }: HttpRequest) {
    const target = headers['x-amz-target'];
    if (typeof target !== 'string' && !String(headers['content-type']).startsWith(CONTENT_TYPE)) return undefined;
    const action = typeof target === 'string' && target.startsWith(TARGET) ? target.slice(TARGET.length) : '';
    return addressOfPath(path) === undefined ? { action } : { action, queueUrl: path };
  },
  decode: (_: Operation, { body }) => parseObject(body),
  encode({ output: { members } }, output, { id }): Reply {
    const headers = { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': id };
    const silent = members === undefined || Object.keys(members).length === 0;
    return { status: 200, headers, body: silent ? '' : toJson(output) };
  },
  encodeError(error, { id }): Reply {
    const headers: Record<string, string> = {
      'content-type': CONTENT_TYPE,
      'x-amzn-requestid': id,
      'x-amzn-query-error': `${error.row.code};${error.fault}`,
    };
    if (error.status === 503) headers['retry-after'] = '1';
    return { status: error.status, headers, body: errorBody(error) };
  },
};
