/** A row's input as AWS Query has it, and its answer as JSON and as XML (sqs-wire.md §§1.2, 1.3): not the program's own way. */
import type { ErrorAnswer, Input } from './table.ts';

/** Query's names of members that are lists or maps; of a map also those of key and value. */
const WIRE: Record<string, [name: string, key?: string, value?: string]> = {
  AWSAccountIds: ['AWSAccountId'],
  Actions: ['ActionName'],
  AttributeNames: ['AttributeName'],
  Attributes: ['Attribute', 'Name', 'Value'],
  BinaryListValues: ['BinaryListValue'],
  Failed: ['BatchResultErrorEntry'],
  MessageAttributeNames: ['MessageAttributeName'],
  MessageAttributes: ['MessageAttribute', 'Name', 'Value'],
  MessageSystemAttributeNames: ['AttributeName'],
  MessageSystemAttributes: ['MessageSystemAttribute', 'Name', 'Value'],
  Messages: ['Message'],
  QueueUrls: ['QueueUrl'],
  Results: ['ListMessageMoveTasksResultEntry'],
  StringListValues: ['StringListValue'],
  TagKeys: ['TagKey'],
  Tags: ['Tag', 'Key', 'Value'],
  queueUrls: ['QueueUrl'],
  tags: ['Tag', 'Key', 'Value'],
};

function wireOf(action: string, member: string): [name: string, key?: string, value?: string] {
  if (member === 'Entries') return [`${action}RequestEntry`];
  return member === 'Successful' ? [`${action}ResultEntry`] : (WIRE[member] ?? [member]);
}

/** The parameters of an input, flattened. */
export function parametersOf(action: string, input: Input, prefix = ''): [string, string][] {
  return Object.entries(input).flatMap(([member, value]): [string, string][] => {
    const [wire, key, valueName] = wireOf(action, member);
    const at = (item: unknown, place: string): [string, string][] =>
      item !== null && typeof item === 'object'
        ? parametersOf(action, item as Input, `${place}.`)
        : [[place, String(item)]];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.flatMap((item, i) => at(item, `${prefix}${wire}.${i + 1}`));
    if (key === undefined) return at(value, prefix + member);
    return Object.entries(value as Input).flatMap(([name, item], i) => {
      const entry = `${prefix}${wire}.${i + 1}`;
      return [[`${entry}.${key}`, name] as [string, string], ...at(item, `${entry}.${valueName}`)];
    });
  });
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' };
const element = (name: string, content: string) => (content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`);

function contentOf(action: string, value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value).replace(/[&<>"\r]/g, (it) => ESCAPES[it]!);
  const elements = Object.entries(value).map(([member, item]) => {
    const [wire, key, valueName] = wireOf(action, member);
    if (Array.isArray(item)) return item.map((one) => element(wire, contentOf(action, one))).join('');
    if (key === undefined) return element(member, contentOf(action, item));
    const pairs = Object.entries(item as Input).map(
      ([name, one]) => element(key, contentOf(action, name)) + element(valueName!, contentOf(action, one)),
    );
    return pairs.map((pair) => element(wire, pair)).join('');
  });
  return elements.join('');
}

const NAMESPACE = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"';

/** The actions that answer nothing but success. */
const SILENT =
  /^(?:AddPermission|ChangeMessageVisibility|DeleteMessage|DeleteQueue|PurgeQueue|RemovePermission|SetQueueAttributes|TagQueue|UntagQueue)$/;

export const isError = (answer: Input | ErrorAnswer): answer is ErrorAnswer => 'code' in answer && 'type' in answer;

export function xmlOf(action: string, answer: Input | ErrorAnswer): string {
  const prolog = '<?xml version="1.0"?>\n';
  if (isError(answer)) {
    const { code, message, query = message } = answer;
    const detail = contentOf(action, { Type: 'Sender', Code: code, Message: query, Detail: '' });
    return `${prolog}<ErrorResponse ${NAMESPACE}><Error>${detail}</Error><RequestId>‹request›</RequestId></ErrorResponse>`;
  }
  const result = SILENT.test(action) ? '' : element(`${action}Result`, contentOf(action, answer));
  const metadata = '<ResponseMetadata><RequestId>‹request›</RequestId></ResponseMetadata>';
  return `${prolog}<${action}Response ${NAMESPACE}>${result}${metadata}</${action}Response>`;
}

/** '' is the body of an action without output. */
export function jsonOf(action: string, answer: Input | ErrorAnswer): string {
  if (!isError(answer)) return SILENT.test(action) ? '' : sorted(JSON.stringify(answer)).replace('"‹ms›"', '‹ms›');
  const { type, message, capital } = answer;
  return sorted(JSON.stringify({ __type: type, message, ...(capital && { Message: message }) }));
}

/** JSON with the members of every object in one order, which means nothing. */
export const sorted = (text: string): string =>
  JSON.stringify(JSON.parse(text), (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
