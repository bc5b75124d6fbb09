/** Rows of queue attributes (§4): values that CreateQueue and SetQueueAttributes take and refuse, and how they are read back. */
import { badRedrive, byQueue, type Case } from './redrive.ts';
import {
  type Call,
  DONE,
  type Grade,
  invalid,
  invalidAttributeName,
  invalidAttributeValue,
  malformed,
  missing,
  of,
  overLimit,
  type Row,
} from './table.ts';

type Attributes = Record<string, string>;

const RANGES: [name: string, least: number, most: number][] = [
  ['DelaySeconds', 0, 900],
  ['MaximumMessageSize', 1024, 1048576],
  ['MessageRetentionPeriod', 60, 1209600],
  ['ReceiveMessageWaitTimeSeconds', 0, 20],
  ['VisibilityTimeout', 0, 43200],
];

const badNumbers = RANGES.flatMap(([name, least, most]) =>
  [String(least - 1), String(most + 1), '', 'x', '5.0', ' 5'].map(
    (value): Case => [
      `${name} ${JSON.stringify(value)}`,
      name === 'DelaySeconds' ? 'L' : 'P+',
      '4.1',
      { [name]: value },
      invalidAttributeValue(`Invalid value for the parameter ${name}.`),
    ],
  ),
);

const badPolicy = invalidAttributeValue('Invalid value for the parameter Policy.');
const policy = (statements: number) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: Array(statements).fill({ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' }),
  });
const unknown = (name: string) => invalidAttributeName(`Unknown Attribute ${name}.`);
const onlyFifo = (name: string) =>
  invalidAttributeName(`You can specify the ${name} only when FifoQueue is set to true.`);

/** What both actions refuse, with the same words. */
const refused: Case[] = [
  ...badNumbers,
  [
    'KmsDataKeyReusePeriodSeconds "59"',
    'P+',
    '4.1',
    { KmsDataKeyReusePeriodSeconds: '59' },
    invalidAttributeValue('Invalid value for the parameter KmsDataKeyReusePeriodSeconds.'),
  ],
  [
    'KmsDataKeyReusePeriodSeconds "86401"',
    'P+',
    '4.1',
    { KmsDataKeyReusePeriodSeconds: '86401' },
    invalidAttributeValue('Invalid value for the parameter KmsDataKeyReusePeriodSeconds.'),
  ],
  [
    'SqsManagedSseEnabled "yes"',
    'P+',
    '4.1',
    { SqsManagedSseEnabled: 'yes' },
    invalidAttributeValue('Invalid value for the parameter SqsManagedSseEnabled.'),
  ],
  ['an unknown attribute', 'R', '3.20', { Foo: 'x' }, unknown('Foo')],
  ...['QueueArn', 'CreatedTimestamp', 'LastModifiedTimestamp', 'ApproximateNumberOfMessages'].map(
    (name): Case => [`read-only ${name}`, 'P', '3.20', { [name]: '1' }, unknown(name)],
  ),
  ['All', '?', '3.20', { All: '1' }, unknown('All')],
  ['FifoQueue "false"', 'R', '3.5', { FifoQueue: 'false' }, unknown('FifoQueue')],
  [
    'ContentBasedDeduplication',
    'R',
    '3.5',
    { ContentBasedDeduplication: 'true' },
    unknown('ContentBasedDeduplication'),
  ],
  ['DeduplicationScope', 'R', '3.5', { DeduplicationScope: 'queue' }, onlyFifo('DeduplicationScope')],
  ['FifoThroughputLimit', 'R', '3.5', { FifoThroughputLimit: 'perQueue' }, onlyFifo('FifoThroughputLimit')],
  [
    'both kinds of encryption',
    'R',
    '3.20',
    { KmsMasterKeyId: 'k', SqsManagedSseEnabled: 'true' },
    invalidAttributeName(
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    ),
  ],
  ...badRedrive,
  ['Policy that is no JSON', 'L', '4.6', { Policy: 'x' }, badPolicy],
  [
    'Policy with an unknown field',
    'L',
    '4.6',
    { Policy: '{"Version":"2012-10-17","Foo":1,"Statement":[]}' },
    badPolicy,
  ],
  ['Policy of another version', 'P+', '4.6', { Policy: policy(1).replace('2012', '2013') }, badPolicy],
  ['Policy over 8192 bytes', 'D', '4.6', { Policy: policy(1).replace('sqs:*', 'x'.repeat(8192)) }, badPolicy],
];

/** A queue for dead letters. */
const DEAD: Call = ['CreateQueue', { QueueName: 'dead' }];

/** What both take, and how GetQueueAttributes shows it. */
const taken: [name: string, grade: Grade, source: string, Attributes: Attributes, shown?: Attributes][] = [
  ...RANGES.flatMap(([name, least, most]): [string, Grade, string, Attributes][] => [
    [`${name} at its least`, 'D', '4.1', { [name]: String(least) }],
    [`${name} at its most`, 'D', '4.1', { [name]: String(most) }],
  ]),
  [
    'SqsManagedSseEnabled in another case',
    'R',
    '4.1',
    { SqsManagedSseEnabled: 'False' },
    { SqsManagedSseEnabled: 'false' },
  ],
  ['Policy as it was sent', 'L', '4.6', { Policy: ` ${policy(2)}` }],
  [
    'RedrivePolicy',
    'R',
    '4.4',
    { RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:‹account›:dead","maxReceiveCount":3}' },
  ],
  [
    'RedrivePolicy with the count as text',
    '?',
    '13',
    { RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:‹account›:dead","maxReceiveCount":"1000"}' },
  ],
  ['RedriveAllowPolicy with ten sources', 'D', '4.5', { RedriveAllowPolicy: byQueue(10) }],
  [
    'KmsMasterKeyId',
    'R',
    '4.7',
    { KmsMasterKeyId: 'alias/k' },
    { KmsMasterKeyId: 'alias/k', KmsDataKeyReusePeriodSeconds: '300', SqsManagedSseEnabled: 'false' },
  ],
];

const order = ['SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];
const inOrder = (shown: Attributes): Attributes =>
  Object.fromEntries(Object.entries(shown).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
const read = (
  source: string,
  name: string,
  given: Attributes[],
  names: string[],
  shown: Attributes,
): Omit<Row, 'action'> => ({
  name,
  grade: 'R',
  source,
  given: [DEAD, ...given.map((Attributes): Call => ['SetQueueAttributes', { Attributes }])],
  input: { AttributeNames: names },
  answer: Object.keys(shown).length === 0 ? {} : { Attributes: inOrder(shown) },
});
const KMS = ['SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];
const KEY = { KmsMasterKeyId: 'k', KmsDataKeyReusePeriodSeconds: '60' };

export const attributeRows: Row[] = [
  ...of(
    'CreateQueue',
    refused.map(([name, grade, source, Attributes, answer]) => ({
      name,
      grade,
      source,
      input: { QueueName: 'new', Attributes },
      answer,
    })),
  ),
  ...of(
    'SetQueueAttributes',
    refused.map(([name, grade, source, Attributes, answer]) => ({
      name,
      grade,
      source,
      input: { Attributes },
      answer,
    })),
  ),
  ...of(
    'CreateQueue',
    taken.map(([name, grade, source, Attributes]) => ({
      name,
      grade,
      source,
      given: [DEAD],
      input: { QueueName: 'new', Attributes },
      answer: { QueueUrl: '‹origin›/‹account›/new' },
    })),
  ),
  ...of(
    'SetQueueAttributes',
    taken.map(([name, grade, source, Attributes]) => ({
      name,
      grade,
      source,
      given: [DEAD],
      input: { Attributes },
      answer: DONE,
    })),
  ),
  ...of(
    'GetQueueAttributes',
    taken.map(([name, grade, source, Attributes, shown = Attributes]) => ({
      ...read(source, `${name}, read back`, [Attributes], Object.keys(shown), shown),
      grade,
    })),
  ),
  ...of('CreateQueue', [
    {
      name: 'a policy of 21 statements',
      grade: 'P+',
      source: '3.20',
      input: { QueueName: 'new', Attributes: { Policy: policy(21) } },
      answer: invalid('21 statements were found in the submitted policy, max allowed is 20'),
    },
    {
      name: 'an attribute that is a list',
      grade: 'P+',
      source: '1.6',
      faces: ['json'],
      input: { QueueName: 'new', Attributes: { DelaySeconds: ['1'] } },
      answer: malformed('Unrecognized collection type class java.lang.String'),
    },
  ]),
  ...of('SetQueueAttributes', [
    {
      name: 'a policy of 21 statements',
      grade: 'P+',
      source: '3.20',
      input: { Attributes: { Policy: policy(21) } },
      answer: overLimit('21 statements were found in the submitted policy, max allowed is 20'),
    },
    {
      name: 'FifoQueue "true"',
      grade: 'R',
      source: '3.20',
      input: { Attributes: { FifoQueue: 'true' } },
      answer: unknown('FifoQueue'),
    },
    { name: 'no attributes', grade: 'L', source: '3.20', answer: missing('Attribute.Name') },
    { name: 'an empty map', grade: 'L', source: '3.20', input: { Attributes: {} }, answer: missing('Attribute.Name') },
    ...['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId'].map(
      (name): Omit<Row, 'action'> => ({
        name: `${name} to nothing`,
        grade: name === 'RedriveAllowPolicy' ? 'P+' : 'R',
        source: '4.1',
        input: { Attributes: { [name]: '' } },
        answer: DONE,
      }),
    ),
  ]),
  ...of('GetQueueAttributes', [
    read('3.20', 'what was not named stays', [{ DelaySeconds: '5' }, { VisibilityTimeout: '6' }], ['DelaySeconds'], {
      DelaySeconds: '5',
    }),
    read('4.1', 'a policy that was taken away', [{ Policy: policy(1) }, { Policy: '' }], ['Policy'], {}),
    read('4.7', 'encryption of a new queue', [], KMS, { SqsManagedSseEnabled: 'true' }),
    read('4.7', 'encryption with a key', [KEY], KMS, { ...KEY, SqsManagedSseEnabled: 'false' }),
    {
      ...read('4.7', 'encryption by SQS again', [KEY, { SqsManagedSseEnabled: 'true' }], KMS, {
        SqsManagedSseEnabled: 'true',
      }),
      grade: 'P+',
    },
    read('4.7', 'encryption without the key', [KEY, { KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' }], KMS, {
      SqsManagedSseEnabled: 'false',
    }),
    {
      name: 'LastModifiedTimestamp after a change, in seconds',
      grade: 'R',
      source: '4.2',
      given: [90_000, ['SetQueueAttributes', { Attributes: { DelaySeconds: '1' } }]],
      input: { AttributeNames: ['LastModifiedTimestamp'] },
      answer: { Attributes: { LastModifiedTimestamp: '‹s›' } },
    },
  ]),
];
