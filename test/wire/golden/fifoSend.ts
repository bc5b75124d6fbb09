/** Rows of sends to FIFO queues (§§3.18, 3.19, 7.3–7.6). */
import { CONTENT, type FifoRow, MD5, message, onFifo, rule, send } from './fifo.ts';
import {
  type ErrorAnswer,
  failed,
  type Grade,
  type Input,
  invalid,
  invalidMessageContents,
  invalidValue,
  missing,
  type Row,
} from './table.ts';

const sent = { MessageId: '‹uuid›', MD5OfMessageBody: MD5, SequenceNumber: '‹a sequence›' };
const NO_ID =
  'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly';
const OTHER_TYPE = 'The request include parameter that is not valid for this queue type.';
const BAD_IDS = ['', ' ', 'a b', 'ä', 'x'.repeat(129)];
const ALPHABET = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');

const badId = (name: 'MessageGroupId' | 'MessageDeduplicationId'): FifoRow[] =>
  BAD_IDS.map((id) => ({
    name: `to a FIFO queue, ${name} ${JSON.stringify(id)}`,
    grade: 'R',
    source: '3.18',
    input: { ...message, [name]: id },
    answer: invalidValue(name, id, `${rule(name)}.`),
  }));

const sendMessage = onFifo('SendMessage', [
  { name: 'to a FIFO queue', grade: 'R', source: '7.5', input: message, answer: sent },
  ...['g', 'x'.repeat(128), ALPHABET].map(
    (id): FifoRow => ({
      name: `to a FIFO queue, the ids ${id.slice(0, 10)} (${id.length})`,
      grade: 'R',
      source: '7.3',
      input: { ...message, MessageGroupId: id, MessageDeduplicationId: id },
      answer: sent,
    }),
  ),
  {
    name: 'to a FIFO queue, DelaySeconds 0',
    grade: 'R',
    source: '7.6',
    input: { ...message, DelaySeconds: 0 },
    answer: sent,
  },
  {
    name: 'to a FIFO queue that makes ids of bodies',
    grade: 'R',
    source: '7.4',
    attributes: CONTENT,
    input: { MessageBody: 'message', MessageGroupId: 'g' },
    answer: sent,
  },
  {
    name: 'to a FIFO queue, a duplicate: the digest of the new body',
    grade: '?',
    source: '7.4',
    given: [send({ MessageBody: 'other' })],
    input: message,
    answer: sent,
  },
  {
    name: 'to a FIFO queue, no group',
    grade: 'R',
    source: '3.18',
    input: { MessageBody: 'a', MessageDeduplicationId: 'd' },
    answer: missing('MessageGroupId'),
  },
  {
    name: 'to a FIFO queue, no deduplication id',
    grade: 'R',
    source: '3.18',
    input: { MessageBody: 'a', MessageGroupId: 'g' },
    answer: invalid(NO_ID),
  },
  ...badId('MessageGroupId'),
  ...badId('MessageDeduplicationId'),
  ...[1, 2, 901].map(
    (DelaySeconds): FifoRow => ({
      name: `to a FIFO queue, DelaySeconds ${DelaySeconds}`,
      grade: 'R',
      source: '3.18',
      input: { ...message, DelaySeconds },
      answer: invalidValue('DelaySeconds', DelaySeconds, OTHER_TYPE),
    }),
  ),
  {
    name: 'to a FIFO queue, body before group',
    grade: 'P+',
    source: '14',
    input: { MessageBody: '' },
    answer: missing('MessageBody'),
  },
  {
    name: 'to a FIFO queue, group present before deduplication id',
    grade: 'P+',
    source: '14',
    input: { MessageBody: 'a', MessageDeduplicationId: 'a b' },
    answer: missing('MessageGroupId'),
  },
  {
    name: 'to a FIFO queue, group before deduplication id',
    grade: 'P+',
    source: '14',
    input: { MessageBody: 'a', MessageGroupId: 'a b', MessageDeduplicationId: 'a b' },
    answer: invalidValue('MessageGroupId', 'a b', `${rule('MessageGroupId')}.`),
  },
  {
    name: 'to a FIFO queue, deduplication id before DelaySeconds',
    grade: 'P+',
    source: '14',
    input: { MessageBody: 'a', MessageGroupId: 'g', DelaySeconds: 1 },
    answer: invalid(NO_ID),
  },
  {
    name: 'to a FIFO queue, DelaySeconds before attributes',
    grade: 'P+',
    source: '14',
    input: { ...message, DelaySeconds: 1, MessageAttributes: { X: { DataType: 'String', StringValue: '' } } },
    answer: invalidValue('DelaySeconds', 1, OTHER_TYPE),
  },
]);

const entry = (Id: string, more: Input = {}): Input => ({ Id, ...message, MessageDeduplicationId: Id, ...more });
/** A batch of three whose second entry is wrong is refused as a whole. */
const wholeBatch = (name: string, grade: Grade, wrong: Input, answer: ErrorAnswer): FifoRow => ({
  name: `to a FIFO queue, one entry with ${name}`,
  grade,
  source: '3.19',
  input: { Entries: [entry('a'), entry('b', wrong), entry('c')] },
  answer,
});

const sendMessageBatch = onFifo('SendMessageBatch', [
  {
    name: 'to a FIFO queue',
    grade: 'R',
    source: '7.5',
    input: { Entries: [entry('b'), entry('a')] },
    answer: {
      Successful: [
        { Id: 'b', ...sent },
        { Id: 'a', ...sent },
      ],
    },
  },
  {
    name: 'to a FIFO queue, a duplicate',
    grade: 'D',
    source: '7.4',
    input: { Entries: [entry('b'), entry('a', { MessageDeduplicationId: 'b' })] },
    answer: {
      Successful: [
        { Id: 'b', ...sent },
        { Id: 'a', ...sent },
      ],
    },
  },
  wholeBatch(
    'no group',
    'R',
    { MessageGroupId: undefined },
    invalid('The request must contain the parameter MessageGroupId.'),
  ),
  wholeBatch('no deduplication id', 'R', { MessageDeduplicationId: undefined }, invalid(NO_ID)),
  wholeBatch('a bad group', 'P+', { MessageGroupId: 'a b' }, invalid(rule('MessageGroupId'))),
  wholeBatch(
    'a bad deduplication id',
    'P+',
    { MessageDeduplicationId: 'a b' },
    invalid(rule('MessageDeduplicationId')),
  ),
  wholeBatch('a delay', 'P+', { DelaySeconds: 2 }, invalidValue('DelaySeconds', 2, OTHER_TYPE)),
  wholeBatch(
    'an empty body',
    'P+',
    { MessageBody: '' },
    invalid('The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody.'),
  ),
  wholeBatch(
    'an empty body, no group and a delay',
    'P+',
    { MessageBody: '', MessageGroupId: undefined, DelaySeconds: 2 },
    invalid('The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody.'),
  ),
  wholeBatch(
    'no group and a delay',
    'P+',
    { MessageGroupId: undefined, DelaySeconds: 2 },
    invalid('The request must contain the parameter MessageGroupId.'),
  ),
  wholeBatch(
    'a delay and a bad group',
    'P+',
    { MessageGroupId: 'a b', DelaySeconds: 2 },
    invalidValue('DelaySeconds', 2, OTHER_TYPE),
  ),
  {
    name: 'to a FIFO queue, one entry with an illegal character',
    grade: 'R',
    source: '3.19',
    input: { Entries: [entry('a', { MessageBody: 'a\u0001' }), entry('b')] },
    answer: {
      Successful: [{ Id: 'b', ...sent }],
      Failed: [
        failed(
          'a',
          invalidMessageContents(
            'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
          ),
        ),
      ],
    },
  },
]);

export const fifoSendRows: Row[] = [...sendMessage, ...sendMessageBatch];
