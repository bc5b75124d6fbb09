/**
 * Attributes of messages, both kinds: those that users make up, and the system's. Shapes, checks with AWS's texts
 * (sqs-wire.md §5.3, 5.4), size (§5.2), the filter of a receive (§5.8) and the table of system attributes (§5.7).
 */
import { isBinary, type MessageAttribute } from '../model/attribute.ts';
import { type Delivered, sequenceOf } from '../model/message.ts';
import { invalidParameter, ServiceError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { blob, list, map, string, structure } from './shape.ts';

/** In the order of AWS's elements (sqs-wire.md §1.3). */
const attributeValue = structure({
  StringValue: string.coerced(),
  BinaryValue: blob,
  StringListValues: list(string, { wire: 'StringListValue' }),
  BinaryListValues: list(blob, { wire: 'BinaryListValue' }),
  DataType: string.required(),
});

/** MessageAttributes, as sent and as received. */
export const messageAttributes = map(attributeValue, { wire: 'MessageAttribute', key: 'Name', value: 'Value' });

/** MessageSystemAttributes, as sent. */
export const messageSystemAttributes = map(attributeValue, {
  wire: 'MessageSystemAttribute',
  key: 'Name',
  value: 'Value',
});

/** Attributes of a received message. */
export const systemAttributes = map(string, { wire: 'Attribute', key: 'Name', value: 'Value' });

export type AttributeValue = (typeof attributeValue)['type'];
export type AttributeMap = (typeof messageAttributes)['type'];

/** Whatever XML 1.0 does not allow; half a surrogate pair as well. Searching for it keeps to one pass at any length. */
const ILLEGAL = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
// AWS says ASCII letters, but was seen to take umlauts (§5.3).
const NAME = /^[\p{L}\p{M}\p{N}_.-]+$/u;
const RESERVED = /^(?:aws|amazon)\./i;
const TYPE = /^(?:String|Number|Binary)(?:\.|$)/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const NUMBER_LEAST = 1e-128;
const NUMBER_MOST = 1e126;

/** Whether SQS takes the text: §5.1 lists the code points. */
export const isLegalText = (text: string): boolean => !ILLEGAL.test(text);

/** The size of a message in bytes as SQS counts it: body, names, types and values. System attributes are free. */
export function sizeOf(body: string, attributes: AttributeMap | undefined): number {
  let size = Buffer.byteLength(body);
  if (attributes === undefined) return size;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '') + Buffer.byteLength(StringValue ?? '');
    size += BinaryValue?.length ?? 0;
  }
  return size;
}

/** `(user)` and `system`, as AWS's texts call the two kinds. */
type Kind = '(user)' | 'system';

const NONE: readonly MessageAttribute[] = [];

/**
 * The message attributes of a request, checked, in order; an empty map is the same as none.
 * @throws ServiceError InvalidParameterValue, UnsupportedOperation
 */
export function userAttributes(attributes: AttributeMap | undefined): readonly MessageAttribute[] {
  if (attributes === undefined) return NONE;
  const entries = Object.entries(attributes);
  const most = LIMITS.messageAttributes;
  if (entries.length > most) {
    throw invalidParameter(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${most}].`);
  }
  return entries.map(([name, value]) => {
    checkName(name);
    return checked('(user)', name, value);
  });
}

/**
 * The system attributes of a request, checked. The one that may be sent is AWSTraceHeader, a String.
 * @throws ServiceError as userAttributes
 */
export function sentSystemAttributes(attributes: AttributeMap | undefined): readonly MessageAttribute[] {
  if (attributes === undefined) return NONE;
  return Object.entries(attributes).map(([name, value]) => {
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    const attribute = checked('system', name, value);
    if (attribute.type !== 'String') throw wrongType('system', name, 'String');
    return attribute;
  });
}

function checkName(name: string): void {
  if (name.trim() === '') throw invalidParameter('The request must contain non-empty message (user) attribute names.');
  if (Buffer.byteLength(name) > LIMITS.attributeNameBytes) {
    throw invalidParameter('Message (user) attribute name must be shorter than 256 bytes.');
  }
  if (RESERVED.test(name)) {
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.",
    );
  }
  if (name.startsWith('.')) throw invalidParameter("Message (user) attribute name must not begin with character '.'.");
  if (name.endsWith('.')) throw invalidParameter("Message (user) attribute name must not end with character '.'.");
  if (name.includes('..'))
    throw invalidParameter("Message (user) attribute name must not have successive '.' characters.");
  if (!NAME.test(name)) {
    throw invalidParameter(
      `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
    );
  }
}

const wrongType = (kind: Kind, name: string, prefixes: string) =>
  invalidParameter(
    `The type of message ${kind} attribute '${name}' is invalid. You must use only the following supported type prefixes: ${prefixes}.`,
  );

/** The attribute, its type and value checked. */
function checked(kind: Kind, name: string, attribute: AttributeValue): MessageAttribute {
  const type = checkType(kind, name, attribute);
  const { StringValue, BinaryValue } = attribute;
  const empty = StringValue === '' || BinaryValue?.length === 0;
  if (empty || (StringValue === undefined && BinaryValue === undefined)) {
    throw invalidParameter(`Message ${kind} attribute '${name}' must contain a non-empty value of type '${type}'.`);
  }
  if (StringValue !== undefined && BinaryValue !== undefined) {
    throw invalidParameter(`Message ${kind} attribute '${name}' must have a single value.`);
  }
  const value = isBinary(type) ? BinaryValue : StringValue;
  if (value === undefined) {
    const field = isBinary(type) ? 'Binary' : 'String';
    throw invalidParameter(`Message ${kind} attribute '${name}' with type '${type}' must use field '${field}'.`);
  }
  if (typeof value === 'string') checkText(kind, name, type, value);
  return { name, type, value };
}

function checkType(kind: Kind, name: string, attribute: AttributeValue): string {
  if (Object.keys(attribute).length === 0) {
    throw invalidParameter(`The message ${kind} attribute '${name}' must contain a non-empty message attribute value.`);
  }
  const { DataType, StringListValues, BinaryListValues } = attribute;
  if (!DataType) {
    throw invalidParameter(`The message ${kind} attribute '${name}' must contain a non-empty message attribute type.`);
  }
  if (!TYPE.test(DataType) || !isLegalText(DataType)) throw wrongType(kind, name, 'Binary, Number, String');
  if (Buffer.byteLength(DataType) > LIMITS.attributeTypeBytes) {
    throw invalidParameter(`Message ${kind} attribute type must be shorter than 256 bytes.`);
  }
  if (StringListValues?.length || BinaryListValues?.length) {
    const text = 'Message attribute list values in SendMessage operation are not supported.';
    throw new ServiceError('UnsupportedOperation', text);
  }
  return DataType;
}

function checkText(kind: Kind, name: string, type: string, value: string): void {
  if (!isLegalText(value)) {
    throw invalidParameter(`Message ${kind} attribute '${name}' contains characters that are not allowed.`);
  }
  if (type.startsWith('Number') && !isNumber(value)) {
    throw invalidParameter(`Can't cast the value of message ${kind} attribute '${name}' to a number.`);
  }
}

function isNumber(text: string): boolean {
  if (!NUMBER.test(text)) return false;
  const magnitude = Math.abs(Number(text));
  return magnitude === 0 || (magnitude >= NUMBER_LEAST && magnitude <= NUMBER_MOST);
}

/**
 * Which message attributes a receive asks for, as a test of names; undefined when it asks for none. `prefix.*` means
 * every name that starts with the prefix, the dot being the wildcard's own (§5.8).
 */
export function attributeFilter(names: readonly string[] | undefined): ((name: string) => boolean) | undefined {
  if (names === undefined || names.length === 0) return undefined;
  if (names.includes('All') || names.includes('*')) return () => true;
  const exact = new Set(names);
  const prefixes = new Set(names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2)));
  // A name has at most 256 beginnings, while a request may list any number of prefixes.
  const begins = (name: string) => {
    for (let length = 0; length <= name.length; length += 1) if (prefixes.has(name.slice(0, length))) return true;
    return false;
  };
  return prefixes.size === 0 ? (name) => exact.has(name) : (name) => exact.has(name) || begins(name);
}

/** The attributes as a receive shows them. */
export function shown(attributes: readonly MessageAttribute[]): AttributeMap {
  const values = attributes.map(({ name, type, value }) => [
    name,
    typeof value === 'string' ? { DataType: type, StringValue: value } : { DataType: type, BinaryValue: value },
  ]);
  return Object.fromEntries(values);
}

/**
 * The system attributes of a received message, and how each is read; '' says that the message has none.
 * A new one is a row here.
 */
const systemRows: Readonly<Record<string, (delivered: Delivered) => string>> = {
  SenderId: ({ message }) => message.senderId,
  SentTimestamp: ({ message }) => String(message.sentAt),
  ApproximateReceiveCount: ({ state }) => String(state.count),
  ApproximateFirstReceiveTimestamp: ({ state }) => String(state.firstReceivedAt),
  MessageGroupId: ({ message }) => message.group,
  MessageDeduplicationId: ({ message }) => message.deduplicationId,
  // On a FIFO queue, and there alone, every message has a deduplication id.
  SequenceNumber: ({ number, message }) => (message.deduplicationId === '' ? '' : sequenceOf(number)),
  AWSTraceHeader: ({ message }) => message.traceHeader,
  DeadLetterQueueSourceArn: ({ message }) => message.deadLetterSource,
};

/**
 * Reads the system attributes that a receive asks for, by name or with `All`; undefined when it asks for none that we
 * know. The reader answers undefined when the message has none of them.
 */
export function systemReader(
  names: readonly string[],
): ((delivered: Delivered) => Record<string, string> | undefined) | undefined {
  const all = names.includes('All');
  const rows = Object.entries(systemRows).filter(([name]) => all || names.includes(name));
  if (rows.length === 0) return undefined;
  return (delivered) => {
    const values = rows.map(([name, read]) => [name, read(delivered)] as const).filter(([, value]) => value !== '');
    return values.length === 0 ? undefined : Object.fromEntries(values);
  };
}
