/** Rows of FIFO queues themselves and of their attributes (§§3.5, 3.20, 4.3, 4.8). */
import { type Attributes, arn, CONTENT, FIFO, type FifoRow, onFifo, QueueUrl, receive, send } from './fifo.ts';
import {
  DONE,
  type ErrorAnswer,
  type Grade,
  invalid,
  invalidAttributeName,
  invalidAttributeValue,
  invalidValue,
  nameExists,
  type Row,
} from './table.ts';

const combination = invalidAttributeValue(
  'Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.',
);
const badValue = (name: string) => invalidAttributeValue(`Invalid value for the parameter ${name}.`);
const PER_GROUP = { FifoThroughputLimit: 'perMessageGroupId' };
const HIGH = { DeduplicationScope: 'messageGroup', ...PER_GROUP };

/** What both actions refuse, with the same words. */
const refused: [name: string, grade: Grade, source: string, Attributes: Attributes, answer: ErrorAnswer][] = [
  [
    'ContentBasedDeduplication "x"',
    'P+',
    '4.1',
    { ContentBasedDeduplication: 'x' },
    badValue('ContentBasedDeduplication'),
  ],
  [
    'ContentBasedDeduplication ""',
    'P+',
    '4.1',
    { ContentBasedDeduplication: '' },
    badValue('ContentBasedDeduplication'),
  ],
  ['DeduplicationScope "x"', '?', '4.1', { DeduplicationScope: 'x' }, badValue('DeduplicationScope')],
  ['FifoThroughputLimit "x"', '?', '4.1', { FifoThroughputLimit: 'x' }, badValue('FifoThroughputLimit')],
  ['throughput per group alone', 'L', '4.8', PER_GROUP, combination],
  ['throughput per group, deduplication per queue', 'L', '4.8', { ...HIGH, DeduplicationScope: 'queue' }, combination],
  ['values before combinations', 'P+', '14', { ...PER_GROUP, DelaySeconds: 'x' }, badValue('DelaySeconds')],
  [
    'names before values',
    'P+',
    '14',
    { Foo: '1', DeduplicationScope: 'x' },
    invalidAttributeName('Unknown Attribute Foo.'),
  ],
  [
    'RedrivePolicy to a standard queue',
    'L',
    '4.4',
    { RedrivePolicy: `{"deadLetterTargetArn":"${arn('q')}","maxReceiveCount":1}` },
    invalidValue(
      'RedrivePolicy',
      `{"deadLetterTargetArn":"${arn('q')}","maxReceiveCount":1}`,
      'Dead-letter queue must be same type of queue as the source..',
    ),
  ],
];
const taken: [name: string, grade: Grade, Attributes: Attributes, shown?: Attributes][] = [
  ['ContentBasedDeduplication in another case', 'R', { ContentBasedDeduplication: 'True' }, CONTENT],
  ['high throughput', 'D', HIGH],
  ['deduplication per group, throughput per queue', 'R', { ...HIGH, FifoThroughputLimit: 'perQueue' }],
  ['the defaults', 'D', { DeduplicationScope: 'queue', FifoThroughputLimit: 'perQueue' }],
];
const url = { QueueUrl };
const differs = (name: string) =>
  nameExists(`A queue already exists with the same name and a different value for attribute ${name}`);

export const fifoQueueRows: Row[] = [
  ...onFifo('CreateQueue', [
    ...refused.map(
      ([name, grade, source, Attributes, answer]): FifoRow => ({
        name: `FIFO, ${name}`,
        grade,
        source,
        input: { QueueName: 'new.fifo', Attributes: { ...FIFO, ...Attributes } },
        answer,
      }),
    ),
    ...['x.fifo', `${'x'.repeat(75)}.fifo`].map(
      (QueueName): FifoRow => ({
        name: `FIFO, a name of ${QueueName.length} characters`,
        grade: 'D',
        source: '3.5',
        input: { QueueName, Attributes: FIFO },
        answer: { QueueUrl: `‹origin›/‹account›/${QueueName}` },
      }),
    ),
    ...['a', '.fifo', 'a b.fifo', `${'x'.repeat(76)}.fifo`].map(
      (QueueName): FifoRow => ({
        name: `FIFO, the name ${QueueName}`,
        grade: 'P+',
        source: '3.5',
        input: { QueueName, Attributes: FIFO },
        answer: invalid(
          'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
        ),
      }),
    ),
    {
      name: 'FIFO, the same again',
      grade: 'R',
      source: '3.5',
      input: { QueueName: 'f.fifo', Attributes: FIFO },
      answer: url,
    },
    {
      name: 'FIFO, the same again with a default',
      grade: 'R',
      source: '3.5',
      input: { QueueName: 'f.fifo', Attributes: { ...FIFO, DeduplicationScope: 'queue' } },
      answer: url,
    },
    {
      name: 'FIFO, again with another ContentBasedDeduplication',
      grade: 'R',
      source: '3.5',
      input: { QueueName: 'f.fifo', Attributes: { ...FIFO, ...CONTENT } },
      answer: differs('ContentBasedDeduplication'),
    },
    {
      name: 'FIFO, again without saying so',
      grade: 'L',
      source: '3.5',
      input: { QueueName: 'f.fifo' },
      answer: invalid('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'),
    },
    {
      name: 'FIFO, FifoQueue "false"',
      grade: 'R',
      source: '3.5',
      input: { QueueName: 'new.fifo', Attributes: { FifoQueue: 'false' } },
      answer: invalidAttributeName('Unknown Attribute FifoQueue.'),
    },
  ]),
  ...onFifo('SetQueueAttributes', [
    ...refused.map(
      ([name, grade, source, Attributes, answer]): FifoRow => ({
        name: `FIFO, ${name}`,
        grade,
        source,
        input: { Attributes },
        answer,
      }),
    ),
    ...taken.map(
      ([name, grade, Attributes]): FifoRow => ({
        name: `FIFO, ${name}`,
        grade,
        source: '4.8',
        input: { Attributes },
        answer: DONE,
      }),
    ),
    { name: 'FIFO, FifoQueue "true"', grade: 'R', source: '3.20', input: { Attributes: FIFO }, answer: DONE },
    {
      name: 'FIFO, FifoQueue "false"',
      grade: 'R',
      source: '3.20',
      input: { Attributes: { FifoQueue: 'false' } },
      answer: invalidAttributeValue(
        'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
      ),
    },
    {
      name: 'FIFO, deduplication per queue where throughput is per group',
      grade: '?',
      source: '4.8',
      attributes: HIGH,
      input: { Attributes: { DeduplicationScope: 'queue' } },
      answer: combination,
    },
  ]),
  ...onFifo('GetQueueAttributes', [
    ...taken.map(
      ([name, grade, Attributes, shown = Attributes]): FifoRow => ({
        name: `FIFO, ${name}, read back`,
        grade,
        source: '4.8',
        given: [['SetQueueAttributes', { Attributes }]],
        input: { AttributeNames: Object.keys(shown) },
        answer: { Attributes: shown },
      }),
    ),
    {
      name: 'All of a FIFO queue',
      grade: 'R',
      source: '4.3',
      input: { AttributeNames: ['All'] },
      answer: {
        Attributes: {
          ApproximateNumberOfMessages: '0',
          ApproximateNumberOfMessagesDelayed: '0',
          ApproximateNumberOfMessagesNotVisible: '0',
          CreatedTimestamp: '‹s›',
          LastModifiedTimestamp: '‹s›',
          QueueArn: arn('f.fifo'),
          DelaySeconds: '0',
          MaximumMessageSize: '1048576',
          MessageRetentionPeriod: '345600',
          ReceiveMessageWaitTimeSeconds: '0',
          SqsManagedSseEnabled: 'true',
          VisibilityTimeout: '30',
          FifoQueue: 'true',
          ContentBasedDeduplication: 'false',
          DeduplicationScope: 'queue',
          FifoThroughputLimit: 'perQueue',
        },
      },
    },
    {
      name: 'what is blocked is not in flight',
      grade: 'R',
      source: '4.2',
      given: [
        ...[1, 2, 3, 4, 5, 6].map((n) => send({ MessageDeduplicationId: String(n) })),
        receive({ MaxNumberOfMessages: 2 }),
      ],
      input: { AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] },
      answer: { Attributes: { ApproximateNumberOfMessages: '4', ApproximateNumberOfMessagesNotVisible: '2' } },
    },
  ]),
];
