/** AWS JSON 1.0 (sqs-wire.md §1.2). */
import type { ServiceError } from '../src/contract/errors.ts';
import type { Face } from '../src/contract/face.ts';
import type { Shape } from '../src/contract/shape.ts';
import { malformed, matchAt, replyTo, textOf } from './wire.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET = 'AmazonSQS.';
/** Deeper than any input of SQS; a tree that is deeper is not looked at. */
const DEEPEST = 16;

export const jsonFace: Face = {
  name: 'json',

  match({ headers, path }) {
    const target = headers['x-amz-target'];
    if (typeof target !== 'string' && !String(headers['content-type']).toLowerCase().startsWith(CONTENT_TYPE))
      return undefined;
    // Without an action the answer is the same everywhere, whatever the path says.
    if (typeof target !== 'string' || !target.startsWith(TARGET)) return { action: '' };
    return matchAt(path, target.slice(TARGET.length));
  },

  decode: (_, { body }) => (body.length === 0 ? {} : parseObject(textOf(body))),

  encode({ output: shape }, output, request) {
    return replyTo(request, 200, CONTENT_TYPE, shape.entries.length === 0 ? '' : JSON.stringify(answer(shape, output)));
  },

  encodeError(error, request) {
    const reply = replyTo(request, error.status, CONTENT_TYPE, JSON.stringify(errorBody(error)));
    reply.headers['x-amzn-query-error'] = `${error.row.code};${error.fault}`;
    return reply;
  },
};

/** The tree of a JSON object. V8's own error texts are not passed on: they quote the request. */
function parseObject(text: string): object {
  if (hasManyBrackets(text) && isTooDeep(text)) throw malformed(`The request is nested deeper than ${DEEPEST} levels.`);
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw malformed('The request is not valid JSON.');
  }
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) {
    throw malformed('The request must be a JSON object.');
  }
  return tree;
}

/** Whether the text could be too deep: most requests have too few brackets, even in their strings. */
function hasManyBrackets(text: string): boolean {
  const bracket = /[[{]/g;
  for (let found = 0; found <= DEEPEST; found += 1) if (!bracket.test(text)) return false;
  return true;
}

/** Looks before anything is parsed: JSON.parse spends seconds on millions of levels. One pass, whatever the text. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (quoted) at += character === '\\' ? 1 : 0;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** An output with its bytes as base64 and without lists and maps that are empty ("absent beats empty"). */
function answer(shape: Shape<object>, output: object): object {
  const members: Record<string, unknown> = {};
  for (const [name, member] of shape.entries) {
    const value = (output as Record<string, unknown>)[name];
    if (value !== undefined && !isEmpty(member, value)) members[name] = plain(member, value);
  }
  return members;
}

const isEmpty = ({ kind, traits }: Shape<unknown>, value: unknown): boolean =>
  (kind === 'list' || kind === 'map') && !traits.evenEmpty && Object.keys(value as object).length === 0;

/** The value as JSON.stringify takes it: bytes as base64. */
function plain(shape: Shape<unknown>, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (shape.kind === 'blob') return (value as Buffer).toString('base64');
  if (shape.kind === 'list') return (value as unknown[]).map((item) => plain(shape.element!, item));
  // Object.fromEntries, since a map may have any key, `__proto__` too.
  if (shape.kind === 'map') {
    return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, plain(shape.element!, item)]));
  }
  if (shape.kind !== 'structure') return value;
  const members: Record<string, unknown> = {};
  for (const [name, member] of shape.entries) members[name] = plain(member, (value as Record<string, unknown>)[name]);
  return members;
}

function errorBody(error: ServiceError): object {
  const { coral, type = error.error, capital } = error.row;
  const __type = `${coral ? 'com.amazon.coral.service' : 'com.amazonaws.sqs'}#${type}`;
  // AWS says nothing more of an operation that it does not know.
  if (type === 'UnknownOperationException') return { __type };
  const message = error.textFor('json');
  return capital ? { __type, Message: message, message } : { __type, message };
}
