/** Rows of receives from FIFO queues, of handles, attempts and dead letters (§§3.3, 3.4, 3.6, 3.7, 3.16, 6, 7). */
import { arn, CONTENT, FIFO, type FifoRow, MD5, onFifo, receive, rule, send } from './fifo.ts';
import { type Call, DONE, failed, type Input, invalidValue, type Row } from './table.ts';

const SHA256 = 'ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d';
const DEAD = '‹origin›/‹account›/d.fifo';
const received = { MessageId: '‹uuid›', ReceiptHandle: '‹a handle›', MD5OfBody: MD5, Body: 'message' };
const got = (more: Input = {}): Input => ({ Messages: [{ ...received, ...more }] });
const two: Call[] = [send({ MessageDeduplicationId: '1' }), send({ MessageDeduplicationId: '2' })];

const system = (name: string, names: string[], Attributes: Input, more: Partial<FifoRow> = {}): FifoRow => ({
  name: `from a FIFO queue, ${name}`,
  grade: 'R',
  source: '5.7',
  given: [send()],
  input: { MessageSystemAttributeNames: names },
  answer: got({ Attributes }),
  ...more,
});
const attempt = (id: string): Input => ({ ReceiveRequestAttemptId: id });
const notRetryable = invalidValue(
  'ReceiveRequestAttemptId',
  'x',
  'The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.',
);
const deleteIt: Call = ['DeleteMessage', { ReceiptHandle: '‹handle›' }];
const showIt: Call = ['ChangeMessageVisibility', { ReceiptHandle: '‹handle›', VisibilityTimeout: 0 }];

const receiveMessage = onFifo('ReceiveMessage', [
  { name: 'from a FIFO queue', grade: 'R', source: '7.1', given: [send()], answer: got() },
  system('MessageGroupId', ['MessageGroupId'], { MessageGroupId: 'g' }),
  system('MessageDeduplicationId', ['MessageDeduplicationId'], { MessageDeduplicationId: 'd' }),
  system('SequenceNumber', ['SequenceNumber'], { SequenceNumber: '‹a sequence›' }),
  system(
    'the deduplication id of a body',
    ['MessageDeduplicationId'],
    { MessageDeduplicationId: SHA256 },
    {
      source: '7.4',
      attributes: CONTENT,
      given: [['SendMessage', { MessageBody: 'message', MessageGroupId: 'g' }]],
    },
  ),
  {
    name: 'from a FIFO queue, a duplicate once',
    grade: 'R',
    source: '7.4',
    given: [send(), 3_000, send()],
    input: { MaxNumberOfMessages: 10 },
    answer: got(),
  },
  {
    name: 'from a FIFO queue, a repetition after six minutes',
    grade: 'R',
    source: '7.4',
    given: [send(), 360_000, send()],
    input: { MaxNumberOfMessages: 10 },
    answer: { Messages: [received, received] },
  },
  {
    name: 'from a FIFO queue, nothing of a group that is locked',
    grade: 'R',
    source: '7.1',
    given: [...two, receive()],
    input: { MaxNumberOfMessages: 10 },
    answer: {},
  },
  {
    name: 'from a FIFO queue, the rest when the first is deleted',
    grade: 'R',
    source: '7.1',
    given: [...two, receive(), deleteIt],
    input: { MaxNumberOfMessages: 10 },
    answer: got(),
  },
  {
    name: 'from a FIFO queue, both when the first is shown again',
    grade: 'R',
    source: '7.1',
    given: [...two, receive(), showIt],
    input: { MaxNumberOfMessages: 10 },
    answer: { Messages: [received, received] },
  },
  {
    name: 'from a FIFO queue, not what the queue delays',
    grade: 'R',
    source: '7.6',
    attributes: { DelaySeconds: '5' },
    given: [send({ DelaySeconds: 0 }), 4_999],
    answer: {},
  },
  {
    name: 'from a FIFO queue, what is delayed less now',
    grade: 'D',
    source: '5.10',
    attributes: { DelaySeconds: '500' },
    given: [send(), 5_000, ['SetQueueAttributes', { Attributes: { DelaySeconds: '5' } }]],
    answer: got(),
  },
  {
    name: 'from a FIFO queue, an attempt again',
    grade: 'D',
    source: '7.7',
    given: [...two, receive({ MaxNumberOfMessages: 1, ...attempt('x') })],
    input: attempt('x'),
    answer: got({ ReceiptHandle: '‹handle›' }),
  },
  {
    name: 'from a FIFO queue, an attempt again after a delete',
    grade: 'L',
    source: '3.16',
    given: [send(), receive(attempt('x')), deleteIt],
    input: attempt('x'),
    answer: notRetryable,
  },
  {
    name: 'from a FIFO queue, an attempt again after a change of visibility',
    grade: 'L',
    source: '3.16',
    given: [send(), receive(attempt('x')), showIt],
    input: attempt('x'),
    answer: notRetryable,
  },
  {
    name: 'from a FIFO queue, an attempt of 128 characters',
    grade: 'D',
    source: '7.7',
    input: attempt('x'.repeat(128)),
    answer: {},
  },
  ...['', 'a b', 'x'.repeat(129)].map(
    (id): FifoRow => ({
      name: `from a FIFO queue, the attempt ${JSON.stringify(id)}`,
      grade: '?',
      source: '7.7',
      input: attempt(id),
      answer: invalidValue('ReceiveRequestAttemptId', id, `${rule('ReceiveRequestAttemptId')}.`),
    }),
  ),
]);

const EXPIRED = invalidValue('ReceiptHandle', '‹handle›', 'The receipt handle has expired.');
const UNAVAILABLE = invalidValue(
  'ReceiptHandle',
  '‹handle›',
  'Message does not exist or is not available for visibility timeout change.',
);
const late: (Call | number)[] = [send(), receive(), 30_000];
const handle = { ReceiptHandle: '‹handle›' };

const handles: Row[] = [
  ...onFifo('DeleteMessage', [
    { name: 'of a FIFO queue', grade: 'R', source: '3.6', given: [send(), receive()], input: handle, answer: DONE },
    {
      name: 'of a FIFO queue, extended in time',
      grade: 'R',
      source: '3.6',
      given: [send(), receive(), ['ChangeMessageVisibility', { ...handle, VisibilityTimeout: 60 }], 59_999],
      input: handle,
      answer: DONE,
    },
    {
      name: 'of a FIFO queue, again',
      grade: 'R',
      source: '3.6',
      given: [send(), receive(), deleteIt],
      input: handle,
      answer: DONE,
    },
    { name: 'of a FIFO queue, late', grade: 'R', source: '3.6', given: late, input: handle, answer: EXPIRED },
  ]),
  ...onFifo('DeleteMessageBatch', [
    {
      name: 'of a FIFO queue, late',
      grade: '?',
      source: '3.7',
      given: late,
      input: { Entries: [{ Id: 'a', ...handle }] },
      answer: { Failed: [failed('a', EXPIRED)] },
    },
  ]),
  ...onFifo('ChangeMessageVisibility', [
    {
      name: 'of a FIFO queue',
      grade: 'R',
      source: '7.1',
      given: [send(), receive()],
      input: { ...handle, VisibilityTimeout: 0 },
      answer: DONE,
    },
    {
      name: 'of a FIFO queue, late',
      grade: 'P+',
      source: '3.3',
      given: late,
      input: { ...handle, VisibilityTimeout: 5 },
      answer: UNAVAILABLE,
    },
    {
      name: 'of a FIFO queue, of a deleted message',
      grade: 'R',
      source: '3.3',
      given: [send(), receive(), deleteIt],
      input: { ...handle, VisibilityTimeout: 5 },
      answer: UNAVAILABLE,
    },
  ]),
  ...onFifo('ChangeMessageVisibilityBatch', [
    {
      name: 'of a FIFO queue, late',
      grade: '?',
      source: '3.4',
      given: late,
      input: { Entries: [{ Id: 'a', ...handle, VisibilityTimeout: 5 }] },
      answer: { Failed: [failed('a', UNAVAILABLE)] },
    },
  ]),
];

/** A source whose dead letters go to d.fifo, and one that is there by now. */
const dying: (Call | number)[] = [
  ['CreateQueue', { QueueName: 'd.fifo', Attributes: FIFO }],
  [
    'SetQueueAttributes',
    { Attributes: { RedrivePolicy: `{"deadLetterTargetArn":"${arn('d.fifo')}","maxReceiveCount":1}` } },
  ],
  send(),
  receive({ VisibilityTimeout: 0 }),
  receive(),
];

const deadLetters = onFifo('ReceiveMessage', [
  { name: 'a dead letter from its source', grade: 'R', source: '6.1', given: dying, answer: {} },
  {
    name: 'a dead letter',
    grade: 'R',
    source: '6.2',
    // Without the calls of a store it would be a matter of time: a long poll waits for it.
    given: dying,
    input: {
      QueueUrl: DEAD,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: [
        'ApproximateReceiveCount',
        'MessageGroupId',
        'MessageDeduplicationId',
        'DeadLetterQueueSourceArn',
      ],
    },
    answer: got({
      Attributes: {
        ApproximateReceiveCount: '2',
        MessageGroupId: 'g',
        MessageDeduplicationId: 'd',
        DeadLetterQueueSourceArn: arn('f.fifo'),
      },
    }),
  },
]);

export const fifoReceiveRows: Row[] = [...receiveMessage, ...handles, ...deadLetters];
