/** Rows of ReceiveMessage, DeleteMessage and ChangeMessageVisibility (§§3.3, 3.6, 3.16, 5.5–5.10). */
import { badHandle, type Call, DONE, type Input, invalidValue, malformed, missing, of, type Row } from './table.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const send = (more: Input = {}): Call => ['SendMessage', { MessageBody: 'message', ...more }];
const received = (input: Input = {}): Call[] => [send(), ['ReceiveMessage', input]];
const message = {
  MessageId: '‹uuid›',
  ReceiptHandle: '‹a handle›',
  MD5OfBody: '78e731027d8fd50ed642340b7c9a63b3',
  Body: 'message',
};
const got = (more: Input = {}): Input => ({ Messages: [{ ...message, ...more }] });

const ATTRIBUTES = { Hello: text('There'), 'Help.Me': text('Me'), General: text('Kenobi') };
const HELLO = {
  MD5OfMessageAttributes: 'a311262e065454b75da111d535b8dacd',
  MessageAttributes: { Hello: text('There') },
};
const HELP = {
  MD5OfMessageAttributes: '83fee93c1bcd8b9a5a923ffacdc636c7',
  MessageAttributes: { Hello: text('There'), 'Help.Me': text('Me') },
};
const EACH = { MD5OfMessageAttributes: '4c360f3fdafd970e05fae2f149d997f5', MessageAttributes: ATTRIBUTES };

/** In XML the type of a value stands last (§1.3); in JSON order means nothing. */
const typeLast = (more: Input): Input => ({
  ...more,
  MessageAttributes: Object.fromEntries(
    Object.entries(more.MessageAttributes as Record<string, Input>).map(([name, { DataType, ...value }]) => [
      name,
      { ...value, DataType },
    ]),
  ),
});
const filtered = (names: string[], more?: Input): Omit<Row, 'action'> => ({
  name: `the attributes ${names}`,
  grade: 'R',
  source: '5.8',
  given: [send({ MessageAttributes: ATTRIBUTES })],
  input: { MessageAttributeNames: names },
  answer: got(more && typeLast(more)),
});
const system = (name: string, names: string[], given: Call, Attributes?: Input): Omit<Row, 'action'> => ({
  name,
  grade: 'R',
  source: '5.7',
  given: [given],
  input: { MessageSystemAttributeNames: names },
  answer: got(Attributes && { Attributes }),
});

const receive = (
  [
    ['MaxNumberOfMessages', 0, 'P+', 'Must be between 1 and 10, if provided.'],
    ['MaxNumberOfMessages', 11, 'R', 'Must be between 1 and 10, if provided.'],
    ['WaitTimeSeconds', -1, 'R', 'Must be >= 0 and <= 20, if provided.'],
    ['WaitTimeSeconds', 21, 'R', 'Must be >= 0 and <= 20, if provided.'],
    ['VisibilityTimeout', -1, 'P+', 'Must be >= 0 and <= 43200, if provided.'],
    ['VisibilityTimeout', 43201, 'P+', 'Must be >= 0 and <= 43200, if provided.'],
  ] as const
).map(
  ([name, value, grade, reason]): Omit<Row, 'action'> => ({
    name: `${name} ${value}`,
    grade,
    source: '3.16',
    input: { [name]: value },
    answer: invalidValue(name, value, reason),
  }),
);

const gone = 'Message does not exist or is not available for visibility timeout change.';
const range = (value: number): Omit<Row, 'action'> => ({
  name: `VisibilityTimeout ${value}`,
  grade: 'P+',
  source: '3.3',
  given: received(),
  input: { ReceiptHandle: '‹handle›', VisibilityTimeout: value },
  answer: invalidValue('VisibilityTimeout', value, 'Must be between 0 and 43200.'),
});
const deleted: (Call | number)[] = [...received(), ['DeleteMessage', { ReceiptHandle: '‹handle›' }]];

export const messageRows: Row[] = [
  ...of('ReceiveMessage', [
    { name: 'nothing', grade: '?', source: '13', answer: {} },
    { name: 'a message', grade: 'R', source: '3.16', given: [send()], answer: got() },
    { name: 'one by default', grade: 'D', source: '3.16', given: [send(), send()], answer: got() },
    {
      name: 'several',
      grade: 'D',
      source: '3.16',
      given: [send(), send()],
      input: { MaxNumberOfMessages: 10 },
      answer: { Messages: [message, message] },
    },
    { name: 'not what is in flight', grade: 'R', source: '5.9', given: received(), answer: {} },
    { name: 'what comes back after 30 s', grade: 'R', source: '5.9', given: [...received(), 30_000], answer: got() },
    { name: 'nothing after 29.999 s', grade: 'R', source: '5.9', given: [...received(), 29_999], answer: {} },
    {
      name: 'what was hidden for no time',
      grade: 'R',
      source: '5.9',
      given: received({ VisibilityTimeout: 0 }),
      answer: got(),
    },
    {
      name: 'what was made visible',
      grade: 'R',
      source: '5.9',
      given: [...received(), ['ChangeMessageVisibility', { ReceiptHandle: '‹handle›', VisibilityTimeout: 0 }]],
      answer: got(),
    },
    { name: 'not what is delayed', grade: 'D', source: '5.10', given: [send({ DelaySeconds: 5 }), 4_999], answer: {} },
    { name: 'what was delayed', grade: 'D', source: '5.10', given: [send({ DelaySeconds: 5 }), 5_000], answer: got() },
    {
      name: 'not what the queue delays',
      grade: 'D',
      source: '5.10',
      queue: { DelaySeconds: '5' },
      given: [send()],
      answer: {},
    },
    {
      name: 'what the message delays by 0',
      grade: 'D',
      source: '5.10',
      queue: { DelaySeconds: '5' },
      given: [send({ DelaySeconds: 0 })],
      answer: got(),
    },
    {
      name: 'not what has expired',
      grade: 'R',
      source: '5.11',
      queue: { MessageRetentionPeriod: '60' },
      given: [send(), 60_001],
      answer: {},
    },
    {
      name: 'nothing after a purge',
      grade: 'R',
      source: '3.15',
      given: [send(), send({ DelaySeconds: 1 }), ['ReceiveMessage'], ['PurgeQueue'], 60_000],
      answer: {},
    },
    {
      name: 'a body with markup and line ends',
      grade: 'R',
      source: '1.3',
      given: [send({ MessageBody: '<a href="x">&\r\n' })],
      answer: got({ MD5OfBody: 'b6f60b61aac6746c6526692f9237ac96', Body: '<a href="x">&\r\n' }),
    },
    ...receive,
    {
      name: 'MaxNumberOfMessages that is no number',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { MaxNumberOfMessages: 'x' },
      answer: malformed('STRING_VALUE can not be converted to an Integer'),
    },
    {
      name: 'an attempt id',
      grade: 'L',
      source: '7.7',
      given: [send()],
      input: { ReceiveRequestAttemptId: 'x' },
      answer: got(),
    },
    {
      name: 'no attributes unless asked for',
      grade: 'R',
      source: '5.8',
      given: [send({ MessageAttributes: ATTRIBUTES })],
      answer: got(),
    },
    filtered(['All'], EACH),
    filtered(['.*'], EACH),
    filtered(['*'], EACH),
    filtered(['Hello'], HELLO),
    filtered(['hello']),
    filtered(['Hel.*'], HELP),
    filtered(['Hello', 'Help.*'], HELP),
    filtered(['AWS.', '..foo']),
    system('SentTimestamp', ['SentTimestamp'], send(), { SentTimestamp: '‹now›' }),
    system('ApproximateReceiveCount', ['ApproximateReceiveCount'], send(), { ApproximateReceiveCount: '1' }),
    system('ApproximateFirstReceiveTimestamp', ['ApproximateFirstReceiveTimestamp'], send(), {
      ApproximateFirstReceiveTimestamp: '‹now›',
    }),
    system('MessageGroupId', ['MessageGroupId'], send({ MessageGroupId: 'g' }), { MessageGroupId: 'g' }),
    system(
      'AWSTraceHeader',
      ['AWSTraceHeader'],
      send({ MessageSystemAttributes: { AWSTraceHeader: text('Root=1') } }),
      { AWSTraceHeader: 'Root=1' },
    ),
    system(
      'what a standard queue has not',
      ['SequenceNumber', 'MessageDeduplicationId', 'DeadLetterQueueSourceArn'],
      send({ MessageGroupId: 'g' }),
    ),
    system('an unknown system attribute', ['Foo'], send()),
    {
      name: 'the deprecated list of system attributes',
      grade: 'R',
      source: '5.7',
      given: [send()],
      input: { AttributeNames: ['SentTimestamp'] },
      answer: got({ Attributes: { SentTimestamp: '‹now›' } }),
    },
    {
      name: 'a second receive',
      grade: 'R',
      source: '5.7',
      given: received({ VisibilityTimeout: 0 }),
      input: { MessageSystemAttributeNames: ['ApproximateReceiveCount'] },
      answer: got({ Attributes: { ApproximateReceiveCount: '2' } }),
    },
  ]),
  ...of('DeleteMessage', [
    {
      name: 'a message',
      grade: 'R',
      source: '3.6',
      given: received(),
      input: { ReceiptHandle: '‹handle›' },
      answer: DONE,
    },
    { name: 'again', grade: 'R', source: '3.6', given: deleted, input: { ReceiptHandle: '‹handle›' }, answer: DONE },
    {
      name: 'after its visibility timeout',
      grade: 'R',
      source: '3.6',
      given: [...received(), 31_000],
      input: { ReceiptHandle: '‹handle›' },
      answer: DONE,
    },
    {
      name: 'after its retention',
      grade: 'R',
      source: '5.11',
      queue: { MessageRetentionPeriod: '60' },
      given: [...received(), 61_000],
      input: { ReceiptHandle: '‹handle›' },
      answer: DONE,
    },
    { name: 'garbage', grade: 'R', source: '3.6', input: { ReceiptHandle: 'garbage' }, answer: badHandle('garbage') },
    {
      name: 'the handle of another queue',
      grade: '?',
      source: '13',
      given: [...received(), ['CreateQueue', { QueueName: 'b' }]],
      input: { QueueUrl: '‹origin›/‹account›/b', ReceiptHandle: '‹handle›' },
      answer: badHandle('‹handle›'),
    },
    { name: 'no handle', grade: 'P+', source: '3.6', answer: missing('ReceiptHandle') },
    {
      name: 'an empty handle',
      grade: 'P+',
      source: '3.6',
      input: { ReceiptHandle: '' },
      answer: missing('ReceiptHandle'),
    },
  ]),
  ...of('ChangeMessageVisibility', [
    {
      name: 'to no time',
      grade: 'R',
      source: '5.9',
      given: received(),
      input: { ReceiptHandle: '‹handle›', VisibilityTimeout: 0 },
      answer: DONE,
    },
    {
      name: 'to 12 hours at once',
      grade: 'D',
      source: '5.9',
      given: received(),
      input: { ReceiptHandle: '‹handle›', VisibilityTimeout: 43200 },
      answer: DONE,
    },
    {
      name: 'after the visibility timeout',
      grade: 'R',
      source: '3.3',
      given: [...received(), 31_000],
      input: { ReceiptHandle: '‹handle›', VisibilityTimeout: 5 },
      answer: DONE,
    },
    {
      name: 'to 12 hours after some seconds',
      grade: 'L',
      source: '3.3',
      given: [...received(), 5_000],
      input: { ReceiptHandle: '‹handle›', VisibilityTimeout: 43200 },
      answer: invalidValue(
        'VisibilityTimeout',
        43200,
        'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
      ),
    },
    {
      name: 'of a deleted message',
      grade: 'R',
      source: '3.3',
      given: deleted,
      input: { ReceiptHandle: '‹handle›', VisibilityTimeout: 5 },
      answer: invalidValue('ReceiptHandle', '‹handle›', gone),
    },
    {
      name: 'garbage',
      grade: 'R',
      source: '3.3',
      input: { ReceiptHandle: 'garbage', VisibilityTimeout: 5 },
      answer: badHandle('garbage'),
    },
    range(-1),
    range(43201),
    {
      name: 'no timeout',
      grade: 'P+',
      source: '3.3',
      given: received(),
      input: { ReceiptHandle: '‹handle›' },
      answer: missing('VisibilityTimeout'),
    },
    {
      name: 'no handle',
      grade: 'P+',
      source: '3.3',
      input: { VisibilityTimeout: 5 },
      answer: missing('ReceiptHandle'),
    },
  ]),
];
