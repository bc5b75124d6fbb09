/** Attributes of messages: checks and texts (sqs-wire.md §5.3, 5.4), size (§5.2), filters (§5.7, 5.8). */
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../src/contract/errors.ts';
import {
  type AttributeMap,
  type AttributeValue,
  attributeFilter,
  isLegalText,
  messageAttributes,
  sentSystemAttributes,
  shown,
  sizeOf,
  systemReader,
  userAttributes,
} from '../../src/contract/messageAttributes.ts';
import { convert } from '../../src/contract/shape.ts';
import type { Delivered } from '../../src/model/message.ts';

const text = (StringValue: string, DataType = 'String'): AttributeValue => ({ DataType, StringValue });
const bytes = (BinaryValue: Buffer, DataType = 'Binary'): AttributeValue => ({ DataType, BinaryValue });
const bare = (value: Partial<AttributeValue>) => value as AttributeValue;

function refusal(work: () => unknown): [string, string] {
  try {
    work();
  } catch (error) {
    if (error instanceof ServiceError) return [error.error, error.message];
    throw error;
  }
  throw new Error('was not refused');
}

const refusedName = (name: string) => refusal(() => userAttributes({ [name]: text('v') }));
const refusedValue = (value: AttributeValue) => refusal(() => userAttributes({ X: value }));

const PREFIXES = 'You must use only the following supported type prefixes: Binary, Number, String.';
const RESERVED =
  "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.";
const CHARACTERS =
  'is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.';

describe('names', () => {
  it.each([
    ['', 'The request must contain non-empty message (user) attribute names.'],
    ['n'.repeat(257), 'Message (user) attribute name must be shorter than 256 bytes.'],
    ['é'.repeat(129), 'Message (user) attribute name must be shorter than 256 bytes.'],
    ['AWS.Foo', RESERVED],
    ['aws.foo', RESERVED],
    ['AmAzOn.foo', RESERVED],
    ['.foo', "Message (user) attribute name must not begin with character '.'."],
    ['foo.', "Message (user) attribute name must not end with character '.'."],
    ['fo..o', "Message (user) attribute name must not have successive '.' characters."],
    ['a b', `The message attribute name 'a b' ${CHARACTERS}`],
    ['a\u0000', `The message attribute name 'a\u0000' ${CHARACTERS}`],
    ['a\ud800', `The message attribute name 'a\ud800' ${CHARACTERS}`],
  ])('%j is refused', (name, message) => {
    expect(refusedName(name)).toEqual(['InvalidParameterValue', message]);
  });

  it.each(['a', 'n'.repeat(256), 'Help.Me', 'a_b-c.9', 'Ümläut', 'AWSome', 'Amazonas', '__proto__', 'constructor'])(
    '%j is taken',
    (name) => {
      const [attribute] = userAttributes(
        convert(messageAttributes, JSON.parse(`{"${name}":{"DataType":"String","StringValue":"v"}}`)) as AttributeMap,
      );
      expect(attribute).toEqual({ name, type: 'String', value: 'v' });
      expect(Object.hasOwn(shown([attribute!]), name)).toBe(true);
    },
  );

  it('are ten at most', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, text('v')]));
    const message = 'Number of message attributes [11] exceeds the allowed maximum [10].';
    expect(refusal(() => userAttributes(many(11)))).toEqual(['InvalidParameterValue', message]);
    expect(userAttributes(many(10))).toHaveLength(10);
  });

  it('may be none', () => {
    expect(userAttributes(undefined)).toEqual([]);
    expect(userAttributes({})).toEqual([]);
  });
});

describe('values', () => {
  it.each<[AttributeValue, string]>([
    [text(''), "Message (user) attribute 'X' must contain a non-empty value of type 'String'."],
    [bytes(Buffer.alloc(0)), "Message (user) attribute 'X' must contain a non-empty value of type 'Binary'."],
    [{ DataType: 'Number.int' }, "Message (user) attribute 'X' must contain a non-empty value of type 'Number.int'."],
    [text('v', 'Text'), `The type of message (user) attribute 'X' is invalid. ${PREFIXES}`],
    [text('v', 'Strings'), `The type of message (user) attribute 'X' is invalid. ${PREFIXES}`],
    [text('v', 'string'), `The type of message (user) attribute 'X' is invalid. ${PREFIXES}`],
    [text('v', 'String.\u0001'), `The type of message (user) attribute 'X' is invalid. ${PREFIXES}`],
    [bare({}), "The message (user) attribute 'X' must contain a non-empty message attribute value."],
    [bare({ StringValue: 'v' }), "The message (user) attribute 'X' must contain a non-empty message attribute type."],
    [text('v', ''), "The message (user) attribute 'X' must contain a non-empty message attribute type."],
    [{ ...text('v'), BinaryValue: Buffer.of(1) }, "Message (user) attribute 'X' must have a single value."],
    [text('v', `String.${'l'.repeat(250)}`), 'Message (user) attribute type must be shorter than 256 bytes.'],
    [bytes(Buffer.of(1), 'String'), "Message (user) attribute 'X' with type 'String' must use field 'String'."],
    [bytes(Buffer.of(1), 'Number'), "Message (user) attribute 'X' with type 'Number' must use field 'String'."],
    [text('v', 'Binary'), "Message (user) attribute 'X' with type 'Binary' must use field 'Binary'."],
    [text('a\u0000b'), "Message (user) attribute 'X' contains characters that are not allowed."],
  ])('%j is refused', (value, message) => {
    expect(refusedValue(value)).toEqual(['InvalidParameterValue', message]);
  });

  it.each(['world', '1.2.3', '0x10', '1e', '', ' 1', 'NaN', 'Infinity', '1e127', '1e-129', '--1', '٣'])(
    'the Number %j is refused',
    (value) => expect(refusedValue(text(value, 'Number'))[0]).toBe('InvalidParameterValue'),
  );

  it('says that a Number is none', () => {
    const message = "Can't cast the value of message (user) attribute 'X' to a number.";
    expect(refusedValue(text('world', 'Number'))).toEqual(['InvalidParameterValue', message]);
  });

  it.each(['0', '-0', '+1', '1.', '.5', '-1.5e10', '1E126', '1e-128', '000123', '9'.repeat(38)])(
    'the Number %j is taken',
    (value) => expect(userAttributes({ X: text(value, 'Number') })[0]!.value).toBe(value),
  );

  it.each([{ StringListValues: ['a'] }, { BinaryListValues: [Buffer.of(1)] }])('lists are not supported', (lists) => {
    const message = 'Message attribute list values in SendMessage operation are not supported.';
    expect(refusedValue({ DataType: 'String', ...lists })).toEqual(['UnsupportedOperation', message]);
  });

  it('keep label, order, text and bytes', () => {
    const sent = {
      b: text('12', 'Number.java.lang.Long'),
      a: bytes(Buffer.of(0, 255), 'Binary.png'),
      c: text(' é😀\r\n'),
    };
    const attributes = userAttributes(sent);
    expect(attributes.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
    expect(shown(attributes)).toEqual(sent);
  });

  it('are read in linear time', () => {
    const long = `${'1'.repeat(1_000_000)}x`;
    const start = performance.now();
    refusedValue(text(long, 'Number'));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('system attributes that are sent', () => {
  it('take AWSTraceHeader', () => {
    expect(sentSystemAttributes({ AWSTraceHeader: text('Root=1') })).toEqual([
      { name: 'AWSTraceHeader', type: 'String', value: 'Root=1' },
    ]);
    expect(sentSystemAttributes(undefined)).toEqual([]);
  });

  it.each<[AttributeMap, string]>([
    [{ SenderId: text('me') }, "Message system attribute name 'SenderId' is invalid."],
    [
      { AWSTraceHeader: text('') },
      "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
    ],
    [
      { AWSTraceHeader: text('1', 'Number') },
      "The type of message system attribute 'AWSTraceHeader' is invalid. You must use only the following supported type prefixes: String.",
    ],
  ])('%j is refused', (attributes, message) => {
    expect(refusal(() => sentSystemAttributes(attributes))).toEqual(['InvalidParameterValue', message]);
  });
});

describe('isLegalText', () => {
  it.each(['', '\t\n\r ', '\u007f\u0085', '\ud7ff\ue000\ufffd', '😀\u{10ffff}', 'a'.repeat(1000)])('takes %j', (body) =>
    expect(isLegalText(body)).toBe(true),
  );

  it.each(['\u0000', 'a\u0008', '\u000b', '\u001f', '\ufffe', '\uffff', '\ud800', 'a\udc00b', '\ude00\ud83d'])(
    'refuses %j',
    (body) => expect(isLegalText(body)).toBe(false),
  );

  it('finds a bad character at the end of eight million', () => {
    expect(isLegalText(`${'€'.repeat(8_000_000)}\u0001`)).toBe(false);
  });
});

describe('sizeOf', () => {
  it('counts UTF-8 of body, names and types, and bytes of values', () => {
    expect(sizeOf('é😀', undefined)).toBe(6);
    expect(sizeOf('', { ü: text('€', 'String.é') })).toBe(2 + 9 + 3);
    expect(sizeOf('ab', { k: bytes(Buffer.alloc(10)), n: text('1', 'Number') })).toBe(2 + 1 + 6 + 10 + 1 + 6 + 1);
  });

  it('takes what has not been checked', () => {
    expect(sizeOf('', { k: bare({}) })).toBe(1);
  });
});

describe('attributeFilter', () => {
  const names = ['Hello', 'Help.Me', 'General', 'hello'];
  const kept = (...asked: string[]) => names.filter(attributeFilter(asked) ?? (() => false));

  it.each([
    [['All'], names],
    [['.*'], names],
    [['*'], names],
    [['Hello'], ['Hello']],
    [['Hel.*'], ['Hello', 'Help.Me']],
    [['Help.*'], ['Help.Me']],
    [['Help.Me.*'], ['Help.Me']],
    [
      ['General', 'hel.*'],
      ['General', 'hello'],
    ],
    [['Hel*'], []],
    [['AWS.', '..foo', 'nothing'], []],
  ])('%j', (asked, expected) => expect(kept(...asked)).toEqual(expected));

  it('is none when nothing is asked for', () => {
    expect(attributeFilter(undefined)).toBeUndefined();
    expect(attributeFilter([])).toBeUndefined();
  });
});

describe('systemReader', () => {
  const message = {
    id: 'id',
    sentAt: 1_700_000_000_000,
    senderId: 'AIDA',
    group: '',
    deduplicationId: '',
    bodyMd5: '',
    attributes: '',
    traceHeader: '',
    deadLetterSource: '',
    receivedBefore: 0,
    firstReceivedBefore: 0,
  };
  const state = { count: 2, generation: 5, firstReceivedAt: 1_700_000_000_001, receivedAt: 0, due: 0, dueBefore: 0 };
  const delivered: Delivered = { number: 1, message, state };
  const always = {
    SenderId: 'AIDA',
    SentTimestamp: '1700000000000',
    ApproximateReceiveCount: '2',
    ApproximateFirstReceiveTimestamp: '1700000000001',
  };

  it('shows with All whatever the message has', () => {
    expect(systemReader(['All'])!(delivered)).toEqual(always);
    const full: Delivered = { number: 1, message: { ...message, group: 'tenant', traceHeader: 'Root=1' }, state };
    const more = { MessageGroupId: 'tenant', AWSTraceHeader: 'Root=1' };
    expect(systemReader(['SenderId', 'All'])!(full)).toEqual({ ...always, ...more });
  });

  it('shows what is named and leaves out the unknown', () => {
    const read = systemReader(['SentTimestamp', 'SequenceNumber', 'nonsense', '__proto__']);
    expect(read!(delivered)).toEqual({ SentTimestamp: '1700000000000' });
  });

  it('shows nothing when nothing is asked for or nothing asked for is there', () => {
    expect(systemReader([])).toBeUndefined();
    expect(systemReader(['nonsense'])).toBeUndefined();
    expect(systemReader(['MessageGroupId'])!(delivered)).toBeUndefined();
  });
});
