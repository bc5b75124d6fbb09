/** Rows of the rules that the three batch actions share (§3), and of their entries. */
import {
  badHandle,
  batchTooLong,
  type Call,
  emptyBatch,
  failed,
  type Input,
  idsNotDistinct,
  invalidBatchEntryId,
  invalidValue,
  missing,
  of,
  type Row,
  tooMany,
} from './table.ts';

/** The rules of a batch as a whole; `entry` is an entry that is all right but for its Id, `noun` what AWS calls one. */
function shared(action: string, noun: string, entry: Input): Row[] {
  const wire = `${action}RequestEntry`;
  const ids = (...all: (string | undefined)[]): Input => ({ Entries: all.map((Id) => ({ Id, ...entry })) });
  const numbered = (count: number) => ids(...Array.from({ length: count }, (_, i) => `id_${i}`));
  return of(action, [
    { name: 'no entries', grade: 'P+', source: '3', answer: missing('Entries', wire) },
    {
      name: 'an empty list',
      grade: 'R',
      source: '3',
      faces: ['json'],
      input: { Entries: [] },
      answer: emptyBatch(`There should be at least one ${noun} in the request.`),
    },
    ...[11, 20].map(
      (count): Omit<Row, 'action'> => ({
        name: `${count} entries`,
        grade: 'R',
        source: '3',
        input: numbered(count),
        answer: tooMany(`Maximum number of entries per request are 10. You have sent ${count}.`),
      }),
    ),
    ...['', 'invalid:id', 'a b', 'x'.repeat(81)].map(
      (id): Omit<Row, 'action'> => ({
        name: `the id ${JSON.stringify(id)}`,
        grade: 'R',
        source: '3',
        input: ids('fine', id),
        answer: invalidBatchEntryId,
      }),
    ),
    {
      name: 'an entry without id',
      grade: 'P+',
      source: '3',
      input: ids('a', undefined),
      answer: missing(`${wire}.2.Id`),
    },
    {
      name: 'ids 1, 2, 2, 1',
      grade: 'R',
      source: '3',
      input: ids('id_1', 'id_2', 'id_2', 'id_1'),
      answer: idsNotDistinct('Id id_2 repeated.'),
    },
    {
      name: 'eleven entries, ids not distinct',
      grade: 'R',
      source: '14',
      input: ids(...Array(11).fill('a')),
      answer: tooMany('Maximum number of entries per request are 10. You have sent 11.'),
    },
    {
      name: 'a bad id after one that is not distinct',
      grade: 'P+',
      source: '14',
      input: ids('a', 'a', ':'),
      answer: invalidBatchEntryId,
    },
  ]);
}

const MD5 = '78e731027d8fd50ed642340b7c9a63b3';
const message = (Id: string) => ({ Id, MessageBody: 'message' });
const sent = (Id: string) => ({ Id, MessageId: '‹uuid›', MD5OfMessageBody: MD5 });
const received: Call[] = [['SendMessage', { MessageBody: 'message' }], ['ReceiveMessage']];
const noHandle = failed('a', missing('ReceiptHandle'));
const half = 'x'.repeat(524_288);

export const batchRows: Row[] = [
  ...shared('SendMessageBatch', 'SendMessageBatchRequestEntry', { MessageBody: 'message' }),
  ...shared('DeleteMessageBatch', 'DeleteMessageBatchRequestEntry', { ReceiptHandle: 'h' }),
  // Without RequestEntry: AWS's own slip.
  ...shared('ChangeMessageVisibilityBatch', 'ChangeMessageVisibilityBatch', {
    ReceiptHandle: 'h',
    VisibilityTimeout: 0,
  }),
  ...of('SendMessageBatch', [
    {
      name: 'two entries, in order',
      grade: 'R',
      source: '3',
      input: { Entries: [message('b'), message('a')] },
      answer: { Successful: [sent('b'), sent('a')] },
    },
    {
      name: 'a number as id',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { Entries: [{ Id: 7, MessageBody: 'message' }] },
      answer: { Successful: [sent('7')] },
    },
    {
      name: 'a byte too much in all',
      grade: 'R',
      source: '3.19',
      input: {
        Entries: [
          { Id: 'a', MessageBody: half },
          { Id: 'b', MessageBody: `${half}x` },
        ],
      },
      answer: batchTooLong('Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.'),
    },
    {
      name: 'one entry that is too much in all',
      grade: 'R',
      source: '3.19',
      queue: { MaximumMessageSize: '1024' },
      input: { Entries: [{ Id: 'a', MessageBody: `${half}${half}x` }] },
      answer: batchTooLong('Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.'),
    },
  ]),
  ...of('DeleteMessageBatch', [
    {
      name: 'a message and garbage',
      grade: 'L',
      source: '3.7',
      given: received,
      input: {
        Entries: [
          { Id: 'a', ReceiptHandle: 'x' },
          { Id: 'b', ReceiptHandle: '‹handle›' },
        ],
      },
      answer: { Successful: [{ Id: 'b' }], Failed: [failed('a', badHandle('x'))] },
    },
    {
      name: 'nothing but garbage',
      grade: 'R',
      source: '3',
      input: { Entries: [{ Id: 'a', ReceiptHandle: 'x' }] },
      answer: { Failed: [failed('a', badHandle('x'))] },
    },
    {
      name: 'a message that is gone',
      grade: 'R',
      source: '3.6',
      given: [...received, ['DeleteMessage', { ReceiptHandle: '‹handle›' }]],
      input: { Entries: [{ Id: 'a', ReceiptHandle: '‹handle›' }] },
      answer: { Successful: [{ Id: 'a' }] },
    },
    {
      name: 'no handle',
      grade: 'P+',
      source: '3.6',
      input: { Entries: [{ Id: 'a' }] },
      answer: { Failed: [noHandle] },
    },
  ]),
  ...of('ChangeMessageVisibilityBatch', [
    {
      name: 'a message and garbage',
      grade: 'P+',
      source: '3.4',
      given: received,
      input: {
        Entries: [
          { Id: 'a', ReceiptHandle: '‹handle›', VisibilityTimeout: 5 },
          { Id: 'b', ReceiptHandle: 'x', VisibilityTimeout: 5 },
        ],
      },
      answer: { Successful: [{ Id: 'a' }], Failed: [failed('b', badHandle('x'))] },
    },
    {
      name: 'no handle',
      grade: 'P+',
      source: '3.4',
      input: { Entries: [{ Id: 'a', VisibilityTimeout: 5 }] },
      answer: { Failed: [noHandle] },
    },
    {
      name: 'a blank handle',
      grade: 'P+',
      source: '3.4',
      input: { Entries: [{ Id: 'a', ReceiptHandle: ' ', VisibilityTimeout: 5 }] },
      answer: { Failed: [noHandle] },
    },
    {
      name: 'no timeout',
      grade: 'P+',
      source: '3.4',
      given: received,
      input: {
        Entries: [
          { Id: 'b', ReceiptHandle: 'x', VisibilityTimeout: 5 },
          { Id: 'a', ReceiptHandle: '‹handle›' },
        ],
      },
      answer: {
        Failed: [
          failed('b', badHandle('x')),
          failed('a', missing('ChangeMessageVisibilityBatchRequestEntry.2.VisibilityTimeout')),
        ],
      },
    },
    ...[-1, 43201].map(
      (VisibilityTimeout): Omit<Row, 'action'> => ({
        name: `VisibilityTimeout ${VisibilityTimeout}`,
        grade: 'P+',
        source: '3.4',
        given: received,
        input: { Entries: [{ Id: 'a', ReceiptHandle: '‹handle›', VisibilityTimeout }] },
        answer: {
          Failed: [
            failed(
              'a',
              invalidValue(
                'VisibilityTimeout',
                VisibilityTimeout,
                'VisibilityTimeout must be an integer between 0 and 43200.',
              ),
            ),
          ],
        },
      }),
    ),
    {
      name: 'a deleted message',
      grade: '?',
      source: '3.4',
      given: [...received, ['DeleteMessage', { ReceiptHandle: '‹handle›' }]],
      input: { Entries: [{ Id: 'a', ReceiptHandle: '‹handle›', VisibilityTimeout: 5 }] },
      answer: {
        Failed: [
          failed(
            'a',
            invalidValue(
              'ReceiptHandle',
              '‹handle›',
              'Message does not exist or is not available for visibility timeout change.',
            ),
          ),
        ],
      },
    },
  ]),
];
