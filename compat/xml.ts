/** XML, written only: a request is never read as XML. */

/** `&`, `<`, `>`; and as AWS does `"` and carriage return, so that bodies survive the reader's newline rules. */
const SPECIAL = /[&<>"\r]/g;
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' };
/** What XML 1.0 has no way to say; it can only come from an error text that repeats bad input. */
const FORBIDDEN = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text between tags. */
export const escapeXml = (text: string): string =>
  text.replace(FORBIDDEN, '\ufffd').replace(SPECIAL, (character) => ESCAPES[character]!);

/** An element around XML; an empty one is written `<name/>`. */
export const element = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;

const PROLOG = '<?xml version="1.0"?>\n';

/** A document with a namespace on its root. */
export const document = (root: string, namespace: string, content: string): string =>
  `${PROLOG}<${root} xmlns="${namespace}">${content}</${root}>`;
