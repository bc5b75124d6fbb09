/** XML, written only: a request is never read as XML. Lists and maps are flattened (sqs-wire.md §1.3). */
import type { Shape } from '../src/contract/shape.ts';

/**
 * What text cannot hold as it is: `&`, `<`, `>`; as AWS does, `"` and carriage return, so that bodies survive the
 * reader's newline rules; and what XML 1.0 has no way to say, which only an error text that repeats bad input can hold.
 */
const SPECIAL = /[&<>"\r]|[^\t\n -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const SPECIALS = new RegExp(SPECIAL, 'gu');
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' };

/** Text between tags. What XML forbids becomes U+FFFD. */
export const escapeXml = (text: string): string =>
  SPECIAL.test(text) ? text.replace(SPECIALS, (special) => ESCAPES[special] ?? '\ufffd') : text;

/** An element around XML; an empty one is written `<name/>`. */
export const element = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;

const PROLOG = '<?xml version="1.0"?>\n';

/** A document with a namespace on its root. */
export const document = (root: string, namespace: string, content: string): string =>
  `${PROLOG}<${root} xmlns="${namespace}">${content}</${root}>`;

/** What is inside the element of a value. */
export function contentOf(shape: Shape<unknown>, value: unknown): string {
  if (shape.kind === 'blob') return (value as Buffer).toString('base64');
  if (shape.kind !== 'structure') return escapeXml(String(value));
  let xml = '';
  for (const [name, member] of shape.entries) xml += elementsOf(member, name, (value as Record<string, unknown>)[name]);
  return xml;
}

/** A member as its element; a list or map as one element for each entry. */
function elementsOf(shape: Shape<unknown>, name: string, value: unknown): string {
  if (value === undefined) return '';
  const { wire = name, key = 'Name', value: valueName = 'Value' } = shape.traits;
  if (shape.kind === 'list') {
    return (value as unknown[]).map((item) => element(wire, contentOf(shape.element!, item))).join('');
  }
  if (shape.kind === 'map') {
    return Object.entries(value as object)
      .map(([k, v]) => element(wire, element(key, escapeXml(k)) + element(valueName, contentOf(shape.element!, v))))
      .join('');
  }
  return element(name, contentOf(shape, value));
}
