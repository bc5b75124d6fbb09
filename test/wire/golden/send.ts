/** Rows of SendMessage (§§3.18, 5.1–5.5), and of the entries of SendMessageBatch where they say the same. */
import {
  type ErrorAnswer,
  failed,
  type Grade,
  type Input,
  invalid,
  invalidMessageContents,
  invalidValue,
  malformed,
  missing,
  of,
  type Row,
  unsupported,
} from './table.ts';

type Case = [name: string, grade: Grade, source: string, input: Input, answer: ErrorAnswer];

const String_ = (StringValue: string) => ({ DataType: 'String', StringValue });
const MESSAGE = '78e731027d8fd50ed642340b7c9a63b3';
const sent = { MessageId: '‹uuid›', MD5OfMessageBody: MESSAGE };
const TRACE = String_('Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1');
const TRACE_MD5 = '5ae4d5d7636402d80f4eb6d213245a88';
const CONTENTS = invalidMessageContents(
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
);
const GROUP = 'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length';
const TOO_LONG = 'Message must be shorter than 1048576 bytes.';

/** The vectors of §12. */
const VECTORS: [string, Input, string][] = [
  ['k', { k: String_('x') }, 'a45daa70926828a2f0a1db3418e6feb4'],
  ['Foo', { Foo: String_('Bar') }, 'ae7155c6026991b6d54b11589678bf9c'],
  ['MyAttribute', { MyAttribute: String_('foobar') }, 'adb59cd4678ea5a855436b949cd07ab6'],
  ['a number', { timestamp: { DataType: 'Number', StringValue: '1493147359900' } }, '235c5c510d26fb653d073faed50ae77c'],
  [
    'a labelled number',
    { timestamp: { DataType: 'Number.java.lang.Long', StringValue: '1493147359900' } },
    '2e2e4876d8e0bd6b8c2c8f556831c349',
  ],
  ['Hello', { Hello: String_('There') }, 'a311262e065454b75da111d535b8dacd'],
  ['two', { Hello: String_('There'), General: String_('Kenobi') }, 'fca026605781cb4126a1e9044df24232'],
  ['a name with a dot', { Hello: String_('There'), 'Help.Me': String_('Me') }, '83fee93c1bcd8b9a5a923ffacdc636c7'],
  [
    'three',
    { Hello: String_('There'), 'Help.Me': String_('Me'), General: String_('Kenobi') },
    '4c360f3fdafd970e05fae2f149d997f5',
  ],
  [
    'bytes',
    {
      attr1: {
        DataType: 'Binary',
        BinaryValue: Buffer.from('traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01').toString(
          'base64',
        ),
      },
    },
    '8cbe4db156db8a94db8b801b7addb984',
  ],
];

const attribute = (value: Input, name = 'X') => ({ MessageAttributes: { [name]: value } });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, String_('x')]));
const empty = (type: string) =>
  invalid(`Message (user) attribute 'X' must contain a non-empty value of type '${type}'.`);
const wrongField = (type: string, field: string) =>
  invalid(`Message (user) attribute 'X' with type '${type}' must use field '${field}'.`);
const badType = invalid(
  "The type of message (user) attribute 'X' is invalid. You must use only the following supported type prefixes: Binary, Number, String.",
);
const cannotCast = invalid("Can't cast the value of message (user) attribute 'X' to a number.");
const reserved = invalid(
  "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.",
);
const dots = (text: string) => invalid(`Message (user) attribute name must not ${text}`);

/** Problems that a message has alone and in a batch. */
const refused: Case[] = [
  ['a character that XML has not', 'R', '5.1', { MessageBody: 'a\u0001' }, CONTENTS],
  ['U+FFFE', 'R', '5.1', { MessageBody: '\ufffe' }, CONTENTS],
  [
    'DelaySeconds 901',
    'L',
    '3.18',
    { DelaySeconds: 901 },
    invalidValue('DelaySeconds', 901, 'DelaySeconds must be >= 0 and <= 900.'),
  ],
  [
    'DelaySeconds -1',
    'L',
    '3.18',
    { DelaySeconds: -1 },
    invalidValue('DelaySeconds', -1, 'DelaySeconds must be >= 0 and <= 900.'),
  ],
  ['an attribute of the empty string', 'R', '5.3', attribute(String_('')), empty('String')],
  ['an attribute of no bytes', 'R', '5.3', attribute({ DataType: 'Binary', BinaryValue: '' }), empty('Binary')],
  ['an attribute without a value', 'R', '5.3', attribute({ DataType: 'Number' }), empty('Number')],
  ['an attribute of type Foo', 'L', '5.3', attribute({ DataType: 'Foo', StringValue: 'x' }), badType],
  ['an attribute of type Stringy', 'L', '5.3', attribute({ DataType: 'Stringy', StringValue: 'x' }), badType],
  [
    'eleven attributes',
    'P+',
    '5.3',
    { MessageAttributes: many(11) },
    invalid('Number of message attributes [11] exceeds the allowed maximum [10].'),
  ],
  [
    'a name of 257 bytes',
    'P+',
    '5.3',
    attribute(String_('x'), 'x'.repeat(257)),
    invalid('Message (user) attribute name must be shorter than 256 bytes.'),
  ],
  [
    'an empty name',
    'P+',
    '5.3',
    attribute(String_('x'), ''),
    invalid('The request must contain non-empty message (user) attribute names.'),
  ],
  ['the name AWS.x', 'P+', '5.3', attribute(String_('x'), 'AWS.x'), reserved],
  ['the name amazon.x', 'P+', '5.3', attribute(String_('x'), 'amazon.x'), reserved],
  ['a name that begins with a dot', 'P+', '5.3', attribute(String_('x'), '.x'), dots("begin with character '.'.")],
  ['a name that ends with a dot', 'P+', '5.3', attribute(String_('x'), 'x.'), dots("end with character '.'.")],
  ['a name with two dots', 'P+', '5.3', attribute(String_('x'), 'x..y'), dots("have successive '.' characters.")],
  [
    'an attribute without a type',
    'P+',
    '5.3',
    attribute({ StringValue: 'x' }),
    invalid("The message (user) attribute 'X' must contain a non-empty message attribute type."),
  ],
  [
    'an attribute with two values',
    'P+',
    '5.3',
    attribute({ DataType: 'String', StringValue: 'x', BinaryValue: 'eA==' }),
    invalid("Message (user) attribute 'X' must have a single value."),
  ],
  [
    'a type of 257 bytes',
    'P+',
    '5.3',
    attribute({ DataType: `String.${'x'.repeat(250)}`, StringValue: 'x' }),
    invalid('Message (user) attribute type must be shorter than 256 bytes.'),
  ],
  [
    'String with bytes',
    'P+',
    '5.3',
    attribute({ DataType: 'String', BinaryValue: 'eA==' }),
    wrongField('String', 'String'),
  ],
  [
    'Number with bytes',
    'P+',
    '5.3',
    attribute({ DataType: 'Number', BinaryValue: 'eA==' }),
    wrongField('Number', 'String'),
  ],
  [
    'Binary with text',
    'P+',
    '5.3',
    attribute({ DataType: 'Binary', StringValue: 'x' }),
    wrongField('Binary', 'Binary'),
  ],
  ['a Number that is none', 'P+', '5.3', attribute({ DataType: 'Number', StringValue: '1x' }), cannotCast],
  ['a Number over 10^126', 'D', '5.3', attribute({ DataType: 'Number', StringValue: '1e127' }), cannotCast],
  [
    'a list of values',
    'P+',
    '5.3',
    attribute({ DataType: 'String', StringListValues: ['x'] }),
    unsupported('Message attribute list values in SendMessage operation are not supported.'),
  ],
  [
    'another system attribute',
    'P+',
    '5.4',
    { MessageSystemAttributes: { X: String_('x') } },
    invalid("Message system attribute name 'X' is invalid."),
  ],
  [
    'an empty trace header',
    'R',
    '5.3',
    { MessageSystemAttributes: { AWSTraceHeader: String_('') } },
    invalid("Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'."),
  ],
];

/** What cannot be said in Query: an attribute without anything. */
const emptyObject = { ...attribute({}), MessageBody: 'message' };

const taken: [name: string, grade: Grade, source: string, input: Input, more?: Input][] = [
  ['a body', 'R', '3.18', {}],
  ['DelaySeconds 0', 'D', '5.10', { DelaySeconds: 0 }],
  ['DelaySeconds 900', 'D', '5.10', { DelaySeconds: 900 }],
  ['a group', 'D', '8', { MessageGroupId: 'tenant' }],
  ['a group of 128 characters', 'R', '7.3', { MessageGroupId: '!'.repeat(128) }],
  ['an empty map of attributes', 'L', '5.3', { MessageAttributes: {} }],
  [
    'a system attribute',
    'R',
    '5.4',
    { MessageSystemAttributes: { AWSTraceHeader: TRACE } },
    { MD5OfMessageSystemAttributes: TRACE_MD5 },
  ],
  ...VECTORS.map(([name, MessageAttributes, MD5OfMessageAttributes]): (typeof taken)[0] => [
    `attributes: ${name}`,
    'R',
    '12',
    { MessageAttributes },
    { MD5OfMessageAttributes },
  ]),
  [
    'both kinds of attributes',
    'R',
    '3.18',
    { MessageAttributes: { k: String_('x') }, MessageSystemAttributes: { AWSTraceHeader: TRACE } },
    { MD5OfMessageAttributes: 'a45daa70926828a2f0a1db3418e6feb4', MD5OfMessageSystemAttributes: TRACE_MD5 },
  ],
];

export const sendRows: Row[] = [
  ...of('SendMessage', [
    ...taken.map(([name, grade, source, input, more]) => ({
      name,
      grade,
      source,
      input: { MessageBody: 'message', ...input },
      answer: { ...sent, ...more },
    })),
    ...refused.map(([name, grade, source, input, answer]) => ({
      name,
      grade,
      source,
      input: { MessageBody: 'message', ...input },
      answer,
    })),
    { name: 'no body', grade: 'R', source: '3.18', answer: missing('MessageBody') },
    { name: 'an empty body', grade: 'R', source: '3.18', input: { MessageBody: '' }, answer: missing('MessageBody') },
    {
      name: 'a blank',
      grade: '?',
      source: '5.1',
      input: { MessageBody: ' ' },
      answer: { MessageId: '‹uuid›', MD5OfMessageBody: '7215ee9c7d9dc229d2921a40e899ec5f' },
    },
    {
      name: 'a number as body',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: 1 },
      answer: { MessageId: '‹uuid›', MD5OfMessageBody: 'c4ca4238a0b923820dcc509a6f75849b' },
    },
    {
      name: 'a list as body',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: ['x'] },
      answer: malformed('Start of list found where not expected'),
    },
    {
      name: 'an object as body',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: {} },
      answer: malformed('Start of structure or map found where not expected.'),
    },
    {
      name: 'DelaySeconds as text',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: 'message', DelaySeconds: '5' },
      answer: sent,
    },
    {
      name: 'DelaySeconds that is no number',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: 'a', DelaySeconds: 'x' },
      answer: malformed('STRING_VALUE can not be converted to an Integer'),
    },
    {
      name: 'DelaySeconds true',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: 'a', DelaySeconds: true },
      answer: malformed('TRUE_VALUE can not be converted to an Integer'),
    },
    {
      name: 'DelaySeconds null',
      grade: 'P+',
      source: '1.2',
      faces: ['json'],
      input: { MessageBody: 'message', DelaySeconds: null },
      answer: sent,
    },
    {
      name: 'a group that is true',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MessageBody: 'a', MessageGroupId: true },
      answer: malformed('TRUE_VALUE can not be converted to a String'),
    },
    {
      name: 'an empty attribute',
      grade: 'P+',
      source: '5.3',
      faces: ['json'],
      input: emptyObject,
      answer: invalid("The message (user) attribute 'X' must contain a non-empty message attribute value."),
    },
    {
      name: 'the longest body',
      grade: 'R',
      source: '3.18',
      queue: { MaximumMessageSize: '1024' },
      input: { MessageBody: 'x'.repeat(1024) },
      answer: { MessageId: '‹uuid›', MD5OfMessageBody: '7265f4d211b56873a381d321f586e4a9' },
    },
    {
      name: 'a byte too much for SQS',
      grade: 'R',
      source: '3.18',
      input: { MessageBody: 'x'.repeat(1_048_577) },
      answer: invalid(`One or more parameters are invalid. Reason: ${TOO_LONG}`),
    },
    {
      name: 'a byte too much for the queue',
      grade: 'R',
      source: '3.18',
      queue: { MaximumMessageSize: '1024' },
      input: { MessageBody: 'x'.repeat(1025) },
      answer: invalid('One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.'),
    },
    {
      name: 'a byte too much with an attribute',
      grade: 'D',
      source: '5.2',
      queue: { MaximumMessageSize: '1024' },
      input: { MessageBody: 'x'.repeat(1017), MessageAttributes: { k: String_('x') } },
      answer: invalid('One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.'),
    },
    {
      name: 'bytes, not characters',
      grade: 'D',
      source: '5.2',
      queue: { MaximumMessageSize: '1024' },
      input: { MessageBody: 'ä'.repeat(513) },
      answer: invalid('One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.'),
    },
    ...['', ' ', 'ä', 'a b', 'x'.repeat(129)].map(
      (MessageGroupId): Omit<Row, 'action'> => ({
        name: `the group ${JSON.stringify(MessageGroupId)}`,
        grade: 'R',
        source: '3.18',
        input: { MessageBody: 'a', MessageGroupId },
        answer: invalidValue('MessageGroupId', MessageGroupId, `${GROUP}.`),
      }),
    ),
    {
      name: 'a deduplication id',
      grade: '?',
      source: '13',
      input: { MessageBody: 'a', MessageDeduplicationId: 'd' },
      answer: invalidValue(
        'MessageDeduplicationId',
        'd',
        'The request include parameter that is not valid for this queue type.',
      ),
    },
  ]),
  ...of('SendMessageBatch', [
    ...taken.map(([name, grade, source, input, more]) => ({
      name,
      grade,
      source,
      input: { Entries: [{ Id: 'i', MessageBody: 'message', ...input }] },
      answer: { Successful: [{ Id: 'i', ...sent, ...more }] },
    })),
    ...refused.map(([name, grade, source, input, answer]) => ({
      name,
      grade,
      source,
      input: { Entries: [{ Id: 'i', MessageBody: 'message', ...input }] },
      answer: { Failed: [failed('i', answer)] },
    })),
    {
      name: 'a group with a blank',
      grade: 'P+',
      source: '3.19',
      input: { Entries: [{ Id: 'i', MessageBody: 'a', MessageGroupId: 'a b' }] },
      answer: { Failed: [failed('i', invalid(GROUP))] },
    },
    {
      name: 'a deduplication id',
      grade: 'L',
      source: '3.19',
      input: { Entries: [{ Id: 'i', MessageBody: 'a', MessageDeduplicationId: 'd' }] },
      answer: { Failed: [failed('i', invalid('The request include parameter that is not valid for this queue type'))] },
    },
    {
      name: 'an empty body',
      grade: 'L',
      source: '3.19',
      input: { Entries: [{ Id: 'i', MessageBody: '' }] },
      answer: {
        Failed: [failed('i', { ...missing('SendMessageBatchRequestEntry.1.MessageBody'), code: 'EmptyValue' })],
      },
    },
    {
      name: 'an entry that is too long for the queue',
      grade: 'R',
      source: '3.19',
      queue: { MaximumMessageSize: '1024' },
      input: {
        Entries: [
          { Id: 'a', MessageBody: 'x'.repeat(1025) },
          { Id: 'b', MessageBody: 'message' },
        ],
      },
      answer: {
        Successful: [{ Id: 'b', ...sent }],
        Failed: [
          failed(
            'a',
            invalid('One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.'),
          ),
        ],
      },
    },
  ]),
];
