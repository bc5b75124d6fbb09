/**
 * AWS Query: form parameters in, XML out (sqs-wire.md §1.3), or JSON out where `Accept` asks (§1.4).
 *
 * Reading goes in two steps: parameters into a tree of names split at the dots, then the tree by the action's input
 * shape, which knows the flattened names (`Attribute.1.Value`).
 */
import type { Operation } from '../src/contract/action.ts';
import { ServiceError } from '../src/contract/errors.ts';
import type { Face, HttpRequest, Match, Reply } from '../src/contract/face.ts';
import { missing, type Shape } from '../src/contract/shape.ts';
import { addressOfPath } from '../src/model/queueUrl.ts';
import { textOf } from './json.ts';
import { document, element, escapeXml } from './xml.ts';

const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';
const MOST_PARAMETERS = 2000;
const DEEPEST = 8;

/** AWS answers InvalidAction to these two at a queue's path, though not to GetQueueUrl (sqs-wire.md §1.5). */
const NOT_AT_A_QUEUE = new Set(['CreateQueue', 'ListQueues']);

/** Parameters by their dotted names. Maps, so that no name can reach a prototype. */
interface Node {
  text?: string;
  children: Map<string, Node>;
}

const node = (): Node => ({ children: new Map() });
const malformed = (text: string) => new ServiceError('SerializationException', text);

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The request has a parameter that is not valid percent-encoded UTF-8.');
  }
}

/** Adds the parameters of a query string or form body; a later one of the same name wins. */
function addParameters(root: Node, form: string): void {
  if (form === '') return;
  const pairs = form.split('&', MOST_PARAMETERS + 1);
  if (pairs.length > MOST_PARAMETERS) throw malformed(`The request has more than ${MOST_PARAMETERS} parameters.`);
  for (const pair of pairs) {
    const mark = pair.indexOf('=');
    const name = unescaped(mark < 0 ? pair : pair.slice(0, mark));
    const parts = name.split('.');
    if (name === '' || parts.length > DEEPEST) continue;
    let at = root;
    for (const part of parts) {
      const next = at.children.get(part) ?? node();
      at.children.set(part, next);
      at = next;
    }
    at.text = mark < 0 ? '' : unescaped(pair.slice(mark + 1));
  }
}

const isForm = ({ headers }: HttpRequest) =>
  String(headers['content-type']).toLowerCase().startsWith('application/x-www-form-urlencoded');

function parametersOf(request: HttpRequest): Node {
  const root = node();
  addParameters(root, request.query);
  if (request.method === 'POST' && isForm(request)) addParameters(root, textOf(request.body));
  return root;
}

const INDEX = /^[1-9]\d{0,6}$/;

/** The entries of a flattened list or map, in the order of their indices; without an index it has one entry. */
function entriesOf(parent: Node, shape: Shape<unknown>, name: string): Node[] {
  const nodes = [shape.traits.wire, name].flatMap((key) => (key === undefined ? [] : (parent.children.get(key) ?? [])));
  return [...new Set(nodes)].flatMap((at) => {
    const indexed = [...at.children].filter(([key]) => INDEX.test(key)).sort(([a], [b]) => Number(a) - Number(b));
    if (indexed.length > 0) return indexed.map(([, entry]) => entry);
    return at.text !== undefined || at.children.size > 0 ? [at] : [];
  });
}

/** A member of a structure, or undefined when no parameter speaks of it. */
function memberOf(parent: Node, shape: Shape<unknown>, name: string): unknown {
  if (shape.kind === 'list') {
    const entries = entriesOf(parent, shape, name);
    return entries.length === 0 ? undefined : entries.map((entry) => valueAt(entry, shape.element!));
  }
  if (shape.kind === 'map') {
    const entries = entriesOf(parent, shape, name);
    return entries.length === 0 ? undefined : mapOf(entries, shape);
  }
  const at = parent.children.get(name);
  return at === undefined ? undefined : valueAt(at, shape);
}

function valueAt(at: Node, shape: Shape<unknown>): unknown {
  if (shape.kind !== 'structure') return at.text;
  const entries = Object.entries(shape.members!).map(([name, member]) => [name, memberOf(at, member, name)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function mapOf(entries: Node[], shape: Shape<unknown>): Record<string, unknown> {
  const { wire = '', key = 'Name', value = 'Value' } = shape.traits;
  const map: Record<string, unknown> = Object.create(null);
  for (const entry of entries) {
    const name = entry.children.get(key)?.text;
    const content = entry.children.get(value);
    if (name === undefined) throw missing(`${wire}.${key}`);
    if (content === undefined) throw missing(`${wire}.${value}`);
    map[name] = valueAt(content, shape.element!);
  }
  return map;
}

function xmlOf(shape: Shape<unknown>, value: unknown): string {
  if (shape.kind === 'structure') {
    return Object.entries(shape.members!)
      .map(([name, member]) => xmlMember(member, name, (value as Record<string, unknown>)[name]))
      .join('');
  }
  return escapeXml(value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value));
}

/** A member as its element, or elements: lists and maps are flattened. */
function xmlMember(shape: Shape<unknown>, name: string, value: unknown): string {
  if (value === undefined) return '';
  const { wire = name, key = 'Name', value: valueName = 'Value' } = shape.traits;
  if (shape.kind === 'list') {
    return (value as unknown[]).map((item) => element(wire, xmlOf(shape.element!, item))).join('');
  }
  if (shape.kind === 'map') {
    return Object.entries(value as object)
      .map(([k, v]) => element(wire, element(key, escapeXml(k)) + element(valueName, xmlOf(shape.element!, v))))
      .join('');
  }
  return element(name, xmlOf(shape, value));
}

const wantsJson = ({ headers }: HttpRequest) => String(headers.accept).includes('application/json');

/** The oddities of §1.4: unset members are null, maps are lists of pairs, the list of messages is called `messages`. */
function plain(shape: Shape<unknown>, value: unknown): unknown {
  if (value === undefined) return null;
  if (shape.kind === 'list') {
    const items = (value as unknown[]).map((item) => plain(shape.element!, item));
    return items.length > 0 ? items : null;
  }
  if (shape.kind === 'map') {
    const { key = 'Name', value: valueName = 'Value' } = shape.traits;
    return Object.entries(value as object).map(([k, v]) => ({ [key]: k, [valueName]: plain(shape.element!, v) }));
  }
  if (shape.kind !== 'structure') return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  const entries = Object.entries(shape.members!).map(([name, member]) => [
    name === 'Messages' ? 'messages' : name,
    plain(member, (value as Record<string, unknown>)[name]),
  ]);
  return Object.fromEntries(entries);
}

function reply(status: number, type: string, id: string, body: string): Reply {
  const headers: Record<string, string> = { 'content-type': type, 'x-amzn-requestid': id };
  if (status === 503) headers['retry-after'] = '1';
  return { status, headers, body };
}

const hasMembers = ({ members }: Shape<unknown>) => members !== undefined && Object.keys(members).length > 0;

function encodeJson({ name, output: shape }: Operation, output: object, id: string): string {
  const result = hasMembers(shape) ? { [`${name}Result`]: plain(shape, output) } : {};
  return JSON.stringify({ [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: id } } });
}

function encodeXml({ name, output: shape }: Operation, output: object, id: string): string {
  const result = hasMembers(shape) ? element(`${name}Result`, xmlOf(shape, output)) : '';
  return document(`${name}Response`, NAMESPACE, result + element('ResponseMetadata', element('RequestId', id)));
}

function errorXml(error: ServiceError, id: string): string {
  if (error.error === 'UnknownOperationException') return '<UnknownOperationException/>';
  const detail =
    element('Type', error.fault) +
    element('Code', error.row.code) +
    element('Message', escapeXml(error.textFor('query'))) +
    element('Detail', '');
  return document('ErrorResponse', NAMESPACE, element('Error', detail) + element('RequestId', id));
}

export const queryFace: Face = {
  name: 'query',
  match(request): Match | undefined {
    const { method, path, headers } = request;
    const atQueue = addressOfPath(path) !== undefined;
    const form = method === 'POST' && isForm(request);
    if (method !== 'GET' && method !== 'POST') return undefined;
    if (!form && !/(?:^|&)Action=/.test(request.query) && !atQueue && !(path === '/' && method === 'GET'))
      return undefined;
    if (headers['x-amz-target'] !== undefined) return undefined;
    const action = actionOf(request);
    return atQueue ? { action, queueUrl: path } : { action };
  },
  decode({ name, input }, request) {
    if (NOT_AT_A_QUEUE.has(name) && addressOfPath(request.path) !== undefined) {
      throw new ServiceError('InvalidAction', `The action ${name} is not valid for this endpoint.`);
    }
    return valueAt(parametersOf(request), input);
  },
  encode(operation, output, request) {
    if (wantsJson(request))
      return reply(200, 'application/json', request.id, encodeJson(operation, output, request.id));
    return reply(200, 'text/xml', request.id, encodeXml(operation, output, request.id));
  },
  encodeError(error, request) {
    const { fault, row, status } = error;
    if (wantsJson(request) && error.error !== 'UnknownOperationException') {
      const detail = { Code: row.code, Message: error.textFor('query'), Type: fault };
      return reply(status, 'application/json', request.id, JSON.stringify({ Error: detail, RequestId: request.id }));
    }
    return reply(status, 'text/xml', request.id, errorXml(error, request.id));
  },
};

/** The action's name, looked for without reading the rest. */
function actionOf(request: HttpRequest): string {
  const form = request.method === 'POST' && isForm(request) ? `&${request.body.toString('latin1')}` : '';
  const found = /&Action=([^&]*)/.exec(form) ?? /&Action=([^&]*)/.exec(`&${request.query}`);
  if (found === null) return '';
  try {
    return unescaped(found[1]!);
  } catch {
    return found[1]!;
  }
}
