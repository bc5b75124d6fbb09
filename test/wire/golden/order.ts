/** Rows of the order of checks (§14): each request has two faults, and the first in the order is told. */
import {
  batchTooLong,
  type Call,
  type ErrorAnswer,
  failed,
  type Input,
  idsNotDistinct,
  invalid,
  invalidAttributeName,
  invalidAttributeValue,
  invalidMessageContents,
  invalidValue,
  missing,
  noQueue,
  of,
  type Row,
} from './table.ts';

const first = (
  name: string,
  input: Input,
  answer: Input | ErrorAnswer,
  more: Partial<Row> = {},
): Omit<Row, 'action'> => ({
  name,
  grade: 'P+',
  source: '14',
  input,
  answer,
  ...more,
});

const badGroup = invalidValue(
  'MessageGroupId',
  'a b',
  'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
);
const notHere = 'The request include parameter that is not valid for this queue type';
const badDelay = invalidValue('DelaySeconds', 901, 'DelaySeconds must be >= 0 and <= 900.');
const badAttribute = { X: { DataType: 'String', StringValue: '' } };
const emptyValue = invalid("Message (user) attribute 'X' must contain a non-empty value of type 'String'.");
const badSystem = { Y: { DataType: 'String', StringValue: 'x' } };
const tooLong = invalid('One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.');
const small = { queue: { MaximumMessageSize: '1024' } };
const over = 'x'.repeat(1025);
const unknown = invalidAttributeName('Unknown Attribute Foo.');
const keyLength = invalid('Tag keys must be between 1 and 128 characters in length.');
const keyCharacters = invalid(
  'Tag keys may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @',
);
const contents = invalidMessageContents(
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
);
const NOWHERE = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:‹account›:none","maxReceiveCount":1}';
const most = (value: number) => invalidValue('MaxNumberOfMessages', value, 'Must be between 1 and 10, if provided.');
const deleted: Call[] = [['DeleteQueue']];

export const orderRows: Row[] = [
  ...of('SendMessage', [
    first('queue before types', { MessageBody: {}, DelaySeconds: 'x' }, noQueue, { queue: null, faces: ['json'] }),
    first('queue before body', {}, noQueue, { given: deleted }),
    first('body before deduplication id', { MessageBody: '', MessageDeduplicationId: 'd' }, missing('MessageBody')),
    first('body before group', { MessageGroupId: 'a b' }, missing('MessageBody')),
    first(
      'deduplication id before group',
      { MessageBody: 'a', MessageDeduplicationId: 'd', MessageGroupId: 'a b' },
      invalidValue('MessageDeduplicationId', 'd', `${notHere}.`),
    ),
    first('group before DelaySeconds', { MessageBody: 'a', MessageGroupId: 'a b', DelaySeconds: 901 }, badGroup),
    first(
      'DelaySeconds before attributes',
      { MessageBody: 'a', DelaySeconds: 901, MessageAttributes: badAttribute },
      badDelay,
    ),
    first('attributes before size', { MessageBody: over, MessageAttributes: badAttribute }, emptyValue, small),
    first('size before system attributes', { MessageBody: over, MessageSystemAttributes: badSystem }, tooLong, small),
  ]),
  ...of('SendMessageBatch', [
    first('queue before entries', {}, noQueue, { queue: null, grade: 'R' }),
    first(
      'ids before total size',
      { Entries: ['a', 'a'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) })) },
      idsNotDistinct('Id a repeated.'),
    ),
    first(
      'total size before entries',
      {
        Entries: [
          { Id: 'a', MessageBody: '' },
          { Id: 'b', MessageBody: 'x'.repeat(1_048_577) },
        ],
      },
      batchTooLong('Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.'),
    ),
    first(
      'in an entry, deduplication id before body',
      { Entries: [{ Id: 'a', MessageBody: '\u0001', MessageDeduplicationId: 'd' }] },
      { Failed: [failed('a', invalid(notHere))] },
    ),
    first(
      'in an entry, body before DelaySeconds',
      { Entries: [{ Id: 'a', MessageBody: '\u0001', DelaySeconds: 901 }] },
      { Failed: [failed('a', contents)] },
    ),
  ]),
  ...of('ReceiveMessage', [
    first('queue before MaxNumberOfMessages', { MaxNumberOfMessages: 11 }, noQueue, { queue: null }),
    first('MaxNumberOfMessages before WaitTimeSeconds', { WaitTimeSeconds: 21, MaxNumberOfMessages: 11 }, most(11)),
    first(
      'WaitTimeSeconds before VisibilityTimeout',
      { VisibilityTimeout: -1, WaitTimeSeconds: 21 },
      invalidValue('WaitTimeSeconds', 21, 'Must be >= 0 and <= 20, if provided.'),
    ),
  ]),
  ...of('CreateQueue', [
    first('attributes before tags', { QueueName: 'a b', Attributes: { Foo: '1' }, tags: { '': 'x' } }, unknown),
    first('tags before the characters of the name', { QueueName: 'a b', tags: { '': 'x' } }, keyLength),
    first(
      'names of attributes before their values',
      { QueueName: 'new', Attributes: { DelaySeconds: 'x', Foo: '1' } },
      unknown,
    ),
    first(
      'attributes before the same queue',
      { QueueName: 'q', Attributes: { DelaySeconds: '901' } },
      invalidAttributeValue('Invalid value for the parameter DelaySeconds.'),
    ),
  ]),
  ...of('SetQueueAttributes', [
    first('queue before attributes', {}, noQueue, { queue: null }),
    first(
      'the target of dead letters before kinds of encryption',
      { Attributes: { KmsMasterKeyId: 'k', SqsManagedSseEnabled: 'true', RedrivePolicy: NOWHERE } },
      invalidValue('RedrivePolicy', NOWHERE, 'Dead letter target does not exist.'),
    ),
    first(
      'what only FIFO queues have before the target of dead letters',
      { Attributes: { RedrivePolicy: NOWHERE, DeduplicationScope: 'queue' } },
      invalidAttributeName('You can specify the DeduplicationScope only when FifoQueue is set to true.'),
    ),
    first('names before values', { Attributes: { DelaySeconds: 'x', Foo: '1' } }, unknown),
    first(
      'values before what only FIFO queues have',
      { Attributes: { DeduplicationScope: 'queue', DelaySeconds: 'x' } },
      invalidAttributeValue('Invalid value for the parameter DelaySeconds.'),
    ),
  ]),
  ...of('TagQueue', [
    first('queue before tags', {}, noQueue, { queue: null }),
    first('length of keys before their characters', { Tags: { 'a!': 'x', '': 'x' } }, keyLength),
    first('characters of keys before those of values', { Tags: { a: '!', 'b!': 'x' } }, keyCharacters),
  ]),
  ...of('AddPermission', [first('queue before label', {}, noQueue, { queue: null })]),
  ...of('DeleteMessage', [first('queue before handle', {}, noQueue, { queue: null })]),
];
