/**
 * AWS Query: form parameters in, XML out (sqs-wire.md §1.3), or JSON out where `Accept` asks (§1.4).
 *
 * Reading goes in two steps: parameters into a tree of names split at the dots, then the tree by the action's input
 * shape, which knows the flattened names (`Attribute.1.Value`).
 */
import type { Operation } from '../src/contract/action.ts';
import { ServiceError } from '../src/contract/errors.ts';
import type { Face, HttpRequest } from '../src/contract/face.ts';
import { missing, type Shape } from '../src/contract/shape.ts';
import { addressOfPath } from '../src/model/queueUrl.ts';
import { malformed, matchAt, replyTo, textOf } from './wire.ts';
import { contentOf, document, element, escapeXml } from './xml.ts';

const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';
const MOST_PARAMETERS = 2000;
/** The parts of the longest name: `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1`. */
const MOST_PARTS = 7;

/** AWS answers InvalidAction to these two at a queue's path, though not to GetQueueUrl (sqs-wire.md §1.5). */
const NOT_AT_A_QUEUE = new Set(['CreateQueue', 'ListQueues']);

export const queryFace: Face = {
  name: 'query',

  match(request) {
    const { method, path } = request;
    if (method !== 'GET' && method !== 'POST') return undefined;
    const action = actionOf(request);
    const served = isForm(request) || addressOfPath(path) !== undefined || (path === '/' && method === 'GET');
    return action !== undefined || served ? matchAt(path, action ?? '') : undefined;
  },

  decode({ name, input }, request) {
    if (NOT_AT_A_QUEUE.has(name) && addressOfPath(request.path) !== undefined) {
      throw new ServiceError('InvalidAction', `The action ${name} is not valid for this endpoint.`);
    }
    return valueAt(treeOf(parametersOf(request)), input);
  },

  encode(operation, output, request) {
    if (wantsJson(request)) {
      return replyTo(request, 200, 'application/json', JSON.stringify(jsonOf(operation, output, request.id)));
    }
    return replyTo(request, 200, 'text/xml', xmlOf(operation, output, request.id));
  },

  encodeError(error, request) {
    const { error: name, fault, row, status } = error;
    // Also where JSON is asked for.
    if (name === 'UnknownOperationException') return replyTo(request, status, 'text/xml', element(name, ''));
    if (!wantsJson(request)) return replyTo(request, status, 'text/xml', errorXml(error, request.id));
    const detail = { Code: row.code, Message: error.textFor('query'), Type: fault };
    return replyTo(request, status, 'application/json', JSON.stringify({ Error: detail, RequestId: request.id }));
  },
};

const isForm = ({ method, headers }: HttpRequest) =>
  method === 'POST' && /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(String(headers['content-type']));

const wantsJson = ({ headers }: HttpRequest) => String(headers.accept).includes('application/json');

/** The action's name, looked for without reading the rest: what cannot be read is told by `decode`. */
function actionOf(request: HttpRequest): string | undefined {
  const form = isForm(request) ? request.body.toString('latin1') : '';
  const action = (/(?:^|&)Action=([^&]*)/.exec(form) ?? /(?:^|&)Action=([^&]*)/.exec(request.query))?.[1];
  try {
    return action && unescaped(action);
  } catch {
    return action;
  }
}

/** The parameters as they are sent, those of the body first. */
function parametersOf(request: HttpRequest): string[] {
  // In the query string, as node gives it, a character is a byte.
  const sources = [isForm(request) ? request.body : Buffer.alloc(0), Buffer.from(request.query, 'latin1')];
  const parameters = sources.flatMap((bytes) =>
    bytes.length === 0 ? [] : textOf(bytes).split('&', MOST_PARAMETERS + 1),
  );
  if (parameters.length > MOST_PARAMETERS) throw malformed(`The request has more than ${MOST_PARAMETERS} parameters.`);
  return parameters;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The request has a parameter that is not valid percent-encoded UTF-8.');
  }
}

/** Parameters by the parts of their names. Maps, so that no name can reach a prototype. */
interface Node {
  text?: string;
  children: Map<string, Node>;
}

const node = (): Node => ({ children: new Map() });

/** The tree of parameters; the first of two with one name counts, so the body's wins. */
function treeOf(parameters: string[]): Node {
  const root = node();
  for (const parameter of parameters) {
    const mark = parameter.indexOf('=');
    const name = unescaped(mark < 0 ? parameter : parameter.slice(0, mark));
    const text = mark < 0 ? '' : unescaped(parameter.slice(mark + 1));
    const parts = name.split('.', MOST_PARTS + 1);
    if (parts.length > MOST_PARTS) continue;
    let at = root;
    for (const part of parts) {
      const next = at.children.get(part) ?? node();
      at.children.set(part, next);
      at = next;
    }
    at.text ??= text;
  }
  return root;
}

function valueAt(at: Node, shape: Shape<unknown>): unknown {
  if (shape.kind !== 'structure') return at.text;
  const tree: Record<string, unknown> = {};
  for (const [name, member] of shape.entries) {
    const value = memberOf(at, member, name);
    if (value !== undefined) tree[name] = value;
  }
  return tree;
}

/** A member of a structure, or undefined when no parameter speaks of it. */
function memberOf(parent: Node, shape: Shape<unknown>, name: string): unknown {
  if (shape.kind !== 'list' && shape.kind !== 'map') {
    const at = parent.children.get(name);
    return at && valueAt(at, shape);
  }
  const { wire = name } = shape.traits;
  const nodes = [...new Set([wire, name])].flatMap((key) => parent.children.get(key) ?? []);
  if (nodes.length === 0) return undefined;
  if (shape.kind === 'map') return mapOf(nodes.flatMap(entriesOf), shape, wire);
  // `AttributeName=` is how clients write a list that is empty (§1.5).
  const isEmpty = nodes.some(({ text, children }) => text === '' && children.size === 0);
  if (isEmpty) throw malformed('End of list found where not expected');
  return nodes.flatMap(entriesOf).map((entry) => valueAt(entry, shape.element!));
}

const INDEX = /^[1-9]\d{0,6}$/;

/** The entries of a flattened list or map, in the order of their indices; without an index it is one entry. */
function entriesOf(at: Node): Node[] {
  const indexed = [...at.children].filter(([key]) => INDEX.test(key)).sort(([a], [b]) => Number(a) - Number(b));
  return indexed.length > 0 ? indexed.map(([, entry]) => entry) : [at];
}

function mapOf(entries: Node[], shape: Shape<unknown>, wire: string): Record<string, unknown> {
  const { key = 'Name', value = 'Value' } = shape.traits;
  const map: Record<string, unknown> = Object.create(null);
  for (const { children } of entries) {
    const name = children.get(key)?.text;
    const content = children.get(value);
    if (name === undefined) throw missing(`${wire}.${key}`);
    if (content === undefined) throw missing(`${wire}.${value}`);
    map[name] = valueAt(content, shape.element!);
  }
  return map;
}

function xmlOf({ name, output: shape }: Operation, output: object, id: string): string {
  const result = shape.entries.length > 0 ? element(`${name}Result`, contentOf(shape, output)) : '';
  return document(`${name}Response`, NAMESPACE, result + element('ResponseMetadata', element('RequestId', id)));
}

function errorXml(error: ServiceError, id: string): string {
  const detail =
    element('Type', error.fault) +
    element('Code', error.row.code) +
    element('Message', escapeXml(error.textFor('query'))) +
    element('Detail', '');
  return document('ErrorResponse', NAMESPACE, element('Error', detail) + element('RequestId', id));
}

function jsonOf({ name, output: shape }: Operation, output: object, id: string): object {
  const result = shape.entries.length > 0 ? { [`${name}Result`]: plain(shape, output) } : {};
  return { [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: id } } };
}

/** The oddities of §1.4: what is unset or empty is null, maps are lists of pairs, the list of messages is `messages`. */
function plain(shape: Shape<unknown>, value: unknown): unknown {
  if (value === undefined) return null;
  if (shape.kind === 'blob') return (value as Buffer).toString('base64');
  if (shape.kind === 'list') {
    const items = (value as unknown[]).map((item) => plain(shape.element!, item));
    return items.length > 0 ? items : null;
  }
  if (shape.kind === 'map') {
    const { key = 'Name', value: valueName = 'Value' } = shape.traits;
    const pairs = Object.entries(value as object).map(([k, v]) => ({
      [key]: k,
      [valueName]: plain(shape.element!, v),
    }));
    return pairs.length > 0 ? pairs : null;
  }
  if (shape.kind !== 'structure') return value;
  const members = shape.entries.map(([name, member]) => [
    name === 'Messages' ? 'messages' : name,
    plain(member, (value as Record<string, unknown>)[name]),
  ]);
  return Object.fromEntries(members);
}
