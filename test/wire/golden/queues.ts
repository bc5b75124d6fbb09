/** Rows of the actions on queues themselves: §§3.1, 3.5, 3.8–3.11, 3.13–3.15, 3.17, 3.22, 3.23. */
import {
  type Call,
  DONE,
  deletedRecently,
  invalid,
  invalidAttributeName,
  invalidValue,
  malformed,
  missing,
  nameExists,
  noQueue,
  ON_QUEUE,
  of,
  overLimit,
  purgeInProgress,
  type Row,
} from './table.ts';

/** What every action on a queue says of the queue (§§1.5, 1.6, 2.1). */
const anyAction: Row[] = Object.entries(ON_QUEUE).flatMap(([action, input]) =>
  of(action, [
    { name: 'no such queue', grade: 'R', source: '2.1', queue: null, input, answer: noQueue },
    {
      name: 'no QueueUrl',
      grade: 'R',
      source: '1.5',
      input: { ...input, QueueUrl: undefined },
      answer: missing('QueueUrl'),
    },
    {
      name: 'a QueueUrl that names no queue',
      grade: 'R',
      source: '1.1',
      input: { ...input, QueueUrl: 'http://whatever.example/x' },
      answer: noQueue,
    },
    {
      name: 'a QueueUrl that is a number',
      grade: 'P+',
      source: '1.6',
      input: { ...input, QueueUrl: 7 },
      faces: ['json'],
      answer: malformed('NUMBER_VALUE can not be converted to a String'),
    },
  ]),
);

const NAME = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
const noName = invalid('Value for parameter QueueName is invalid. Reason: Must specify a queue name.');
const url = { QueueUrl: '‹url›' };
const differs = (name: string) =>
  nameExists(`A queue already exists with the same name and a different value for attribute ${name}`);

const createQueue = of('CreateQueue', [
  { name: 'a new queue', grade: 'R', source: '3.5', queue: null, input: { QueueName: 'q' }, answer: url },
  { name: 'the same again', grade: 'R', source: '3.5', input: { QueueName: 'q' }, answer: url },
  {
    name: 'a name of 80 characters',
    grade: 'D',
    source: '3.5',
    input: { QueueName: 'x'.repeat(80) },
    answer: { QueueUrl: `‹origin›/‹account›/${'x'.repeat(80)}` },
  },
  {
    name: 'with tags',
    grade: 'M',
    source: '1.2',
    queue: null,
    input: { QueueName: 'q', tags: { a: 'b' } },
    answer: url,
  },
  {
    name: 'again with the default that it has',
    grade: 'R',
    source: '3.5',
    input: { QueueName: 'q', Attributes: { DelaySeconds: '0' } },
    answer: url,
  },
  {
    name: 'again without the attribute that it was made with',
    grade: 'R',
    source: '3.5',
    queue: { DelaySeconds: '7' },
    input: { QueueName: 'q' },
    answer: url,
  },
  {
    name: 'again with another value',
    grade: 'R',
    source: '3.5',
    input: { QueueName: 'q', Attributes: { DelaySeconds: '1' } },
    answer: differs('DelaySeconds'),
  },
  {
    name: 'again with the value that it had, after a change',
    grade: 'R',
    source: '3.5',
    queue: { VisibilityTimeout: '5' },
    given: [['SetQueueAttributes', { Attributes: { VisibilityTimeout: '6' } }]],
    input: { QueueName: 'q', Attributes: { VisibilityTimeout: '5' } },
    answer: differs('VisibilityTimeout'),
  },
  {
    name: 'again with the value that it was changed to',
    grade: 'R',
    source: '3.5',
    queue: { VisibilityTimeout: '5' },
    given: [['SetQueueAttributes', { Attributes: { VisibilityTimeout: '6' } }]],
    input: { QueueName: 'q', Attributes: { VisibilityTimeout: '6' } },
    answer: url,
  },
  {
    name: 'again with messages inside',
    grade: 'R',
    source: '3.5',
    given: [['SendMessage', { MessageBody: 'a' }]],
    input: { QueueName: 'q' },
    answer: url,
  },
  {
    name: 'a name that was deleted just now',
    grade: 'R',
    source: '3.5',
    given: [['DeleteQueue']],
    input: { QueueName: 'q' },
    answer: deletedRecently(
      'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
    ),
  },
  {
    name: 'a name that was deleted a minute ago',
    grade: 'R',
    source: '3.5',
    given: [['DeleteQueue'], 60_000],
    input: { QueueName: 'q' },
    answer: url,
  },
  { name: 'no name', grade: 'P+', source: '3.5', answer: noName },
  {
    name: 'an empty name',
    grade: 'P+',
    source: '3.5',
    input: { QueueName: '' },
    answer: invalid('Queue name cannot be empty'),
  },
  ...['a b', 'a.b', 'ä', 'a/b', 'x'.repeat(81), 'q.fifo'].map(
    (QueueName): Omit<Row, 'action'> => ({
      name: `the name ${QueueName}`,
      grade: 'L',
      source: '3.5',
      input: { QueueName },
      answer: invalid(NAME),
    }),
  ),
  {
    name: 'a FIFO queue without .fifo',
    grade: 'P+',
    source: '3.5',
    input: { QueueName: 'a', Attributes: { FifoQueue: 'true' } },
    answer: invalid(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    ),
  },
]);

const getQueueUrl = of('GetQueueUrl', [
  { name: 'a queue', grade: 'R', source: '3.10', input: { QueueName: 'q' }, answer: url },
  {
    name: 'with its owner',
    grade: 'M',
    source: '3.10',
    input: { QueueName: 'q', QueueOwnerAWSAccountId: '‹account›' },
    answer: url,
  },
  { name: 'an unknown name', grade: 'R', source: '3.10', input: { QueueName: 'other' }, answer: noQueue },
  {
    name: 'a deleted name',
    grade: 'R',
    source: '3.10',
    given: [['DeleteQueue']],
    input: { QueueName: 'q' },
    answer: noQueue,
  },
  { name: 'no name', grade: 'P+', source: '3.10', answer: noName },
]);

const deleteQueue = of('DeleteQueue', [
  { name: 'a queue', grade: 'D', source: '3.8', answer: DONE },
  {
    name: 'a queue with messages',
    grade: 'D',
    source: '3.8',
    given: [['SendMessage', { MessageBody: 'a' }]],
    answer: DONE,
  },
  { name: 'again', grade: 'R', source: '3.8', given: [['DeleteQueue']], answer: noQueue },
]);

const MAX = invalid(
  'Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.',
);
const CHANGED = invalid(
  'Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.',
);
const three: Call[] = ['c', 'a', 'b'].map((QueueName) => ['CreateQueue', { QueueName }]);
const urlsOf = (...names: string[]) => names.map((name) => `‹origin›/‹account›/${name}`);

const listQueues = of('ListQueues', [
  { name: 'no queue', grade: 'R', source: '3.13', queue: null, answer: {} },
  { name: 'by name', grade: 'P', source: '3.13', given: three, answer: { QueueUrls: urlsOf('a', 'b', 'c', 'q') } },
  {
    name: 'a prefix',
    grade: 'D',
    source: '3.13',
    given: three,
    input: { QueueNamePrefix: 'b' },
    answer: { QueueUrls: urlsOf('b') },
  },
  { name: 'a prefix in the wrong case', grade: 'R', source: '3.13', input: { QueueNamePrefix: 'Q' }, answer: {} },
  {
    name: 'a first page',
    grade: 'L',
    source: '3.13',
    given: three,
    input: { MaxResults: 2 },
    answer: { QueueUrls: urlsOf('a', 'b'), NextToken: '‹a token›' },
  },
  {
    name: 'a last page',
    grade: 'D',
    source: '3.13',
    given: [...three, ['ListQueues', { MaxResults: 2 }]],
    input: { MaxResults: 2, NextToken: '‹token›' },
    answer: { QueueUrls: urlsOf('c', 'q') },
  },
  { name: 'MaxResults 0', grade: 'P+', source: '3.13', input: { MaxResults: 0 }, answer: MAX },
  { name: 'MaxResults 1001', grade: 'P+', source: '3.13', input: { MaxResults: 1001 }, answer: MAX },
  {
    name: 'a token without MaxResults',
    grade: 'P+',
    source: '3.13',
    input: { NextToken: 'x' },
    answer: invalid('MaxResults is a mandatory parameter when you provide a value for NextToken.'),
  },
  {
    name: 'a token that is none',
    grade: 'P+',
    source: '3.13',
    input: { MaxResults: 1, NextToken: 'x' },
    answer: invalid('Invalid NextToken value.'),
  },
  {
    name: 'a token with another prefix',
    grade: 'P+',
    source: '3.13',
    given: [...three, ['ListQueues', { MaxResults: 2 }]],
    input: { MaxResults: 2, NextToken: '‹token›', QueueNamePrefix: 'b' },
    answer: CHANGED,
  },
]);

const RedrivePolicy = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:‹account›:q","maxReceiveCount":3}';
const sources: Call[] = ['c', 'a', 'b'].map((QueueName) => [
  'CreateQueue',
  { QueueName, Attributes: { RedrivePolicy } },
]);

const listSources = of('ListDeadLetterSourceQueues', [
  { name: 'no source', grade: '?', source: '1.2', answer: { queueUrls: [] } },
  { name: 'its sources', grade: 'M', source: '3.11', given: sources, answer: { queueUrls: urlsOf('a', 'b', 'c') } },
  {
    name: 'of a queue that is nobody’s target',
    grade: '?',
    source: '1.2',
    given: sources,
    input: { QueueUrl: '‹origin›/‹account›/a' },
    answer: { queueUrls: [] },
  },
  {
    name: 'a first page',
    grade: 'P+',
    source: '3.11',
    given: sources,
    input: { MaxResults: 2 },
    answer: { queueUrls: urlsOf('a', 'b'), NextToken: '‹a token›' },
  },
  {
    name: 'a last page',
    grade: 'P+',
    source: '3.11',
    given: [...sources, ['ListDeadLetterSourceQueues', { MaxResults: 2 }]],
    input: { MaxResults: 2, NextToken: '‹token›' },
    answer: { queueUrls: urlsOf('c') },
  },
  {
    name: 'MaxResults 0',
    grade: 'P+',
    source: '3.11',
    given: sources,
    input: { MaxResults: 0 },
    answer: { queueUrls: urlsOf('a', 'b', 'c') },
  },
  { name: 'MaxResults 1001', grade: 'P+', source: '3.11', input: { MaxResults: 1001 }, answer: MAX },
  { name: 'MaxResults -1', grade: 'P+', source: '3.11', input: { MaxResults: -1 }, answer: MAX },
  {
    name: 'a token that is none',
    grade: 'P+',
    source: '3.11',
    input: { MaxResults: 1, NextToken: 'x' },
    answer: invalid('Invalid or expired next token.'),
  },
  {
    name: 'a token with another MaxResults',
    grade: 'P+',
    source: '3.11',
    given: [...sources, ['ListDeadLetterSourceQueues', { MaxResults: 2 }]],
    input: { MaxResults: 1, NextToken: '‹token›' },
    answer: CHANGED,
  },
]);

const purgeQueue = of('PurgeQueue', [
  { name: 'a queue', grade: 'R', source: '3.15', answer: DONE },
  {
    name: 'again within a minute',
    grade: 'R',
    source: '3.15',
    given: [['PurgeQueue'], 59_000],
    answer: purgeInProgress('Only one PurgeQueue operation on q is allowed every 60 seconds.'),
  },
  { name: 'again after a minute', grade: 'R', source: '3.15', given: [['PurgeQueue'], 60_000], answer: DONE },
]);

const SYMBOLS = 'unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @';
const KEY_LENGTH = invalid('Tag keys must be between 1 and 128 characters in length.');
const KEY_CHARACTERS = invalid(`Tag keys may only contain ${SYMBOLS}`);

const badTags: Omit<Row, 'action'>[] = [
  { name: 'an empty key', grade: 'L', source: '3.22', input: { Tags: { '': 'x' } }, answer: KEY_LENGTH },
  {
    name: 'a key of 129 characters',
    grade: 'L',
    source: '3.22',
    input: { Tags: { ['x'.repeat(129)]: 'x' } },
    answer: KEY_LENGTH,
  },
  { name: 'a key with a symbol', grade: 'P+', source: '3.22', input: { Tags: { 'a!': 'x' } }, answer: KEY_CHARACTERS },
  {
    name: 'a value with a symbol',
    grade: 'P+',
    source: '3.22',
    input: { Tags: { a: 'x!' } },
    answer: invalid(`Tag values may only contain ${SYMBOLS}'`),
  },
  {
    name: '51 tags',
    grade: 'P',
    source: '3.22',
    input: { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
    answer: invalid('Too many tags added for queue q.'),
  },
];

const tags = [
  ...of('TagQueue', [
    { name: 'a tag', grade: 'R', source: '3.22', input: { Tags: { a: 'b' } }, answer: DONE },
    { name: 'an empty value', grade: 'R', source: '3.22', input: { Tags: { a: '' } }, answer: DONE },
    {
      name: 'the longest key and value',
      grade: 'D',
      source: '3.22',
      input: { Tags: { ['x'.repeat(128)]: 'x'.repeat(256) } },
      answer: DONE,
    },
    {
      name: 'every symbol',
      grade: 'D',
      source: '3.22',
      input: { Tags: { 'ä 1_.:/=+-@': 'ä 1_.:/=+-@' } },
      answer: DONE,
    },
    { name: 'no tags', grade: 'P+', source: '3.22', answer: missing('Tags') },
    ...badTags,
  ]),
  ...of(
    'CreateQueue',
    badTags.map(({ input, ...row }) => ({
      ...row,
      name: `tags: ${row.name}`,
      source: '14',
      queue: null,
      input: { QueueName: 'q', tags: input!.Tags },
    })),
  ),
  ...of('UntagQueue', [
    {
      name: 'a tag',
      grade: 'R',
      source: '3.23',
      given: [['TagQueue', { Tags: { a: 'b' } }]],
      input: { TagKeys: ['a'] },
      answer: DONE,
    },
    { name: 'an unknown key', grade: 'R', source: '3.23', input: { TagKeys: ['a'] }, answer: DONE },
    { name: 'no keys', grade: 'P+', source: '3.23', answer: missing('TagKeys') },
    { name: 'an empty key', grade: 'L', source: '3.23', input: { TagKeys: [''] }, answer: KEY_LENGTH },
    {
      name: 'a key of 129 characters',
      grade: 'L',
      source: '3.23',
      input: { TagKeys: ['x'.repeat(129)] },
      answer: KEY_LENGTH,
    },
    { name: 'a key with a symbol', grade: 'P+', source: '3.23', input: { TagKeys: ['a!'] }, answer: KEY_CHARACTERS },
  ]),
  ...of('ListQueueTags', [
    { name: 'none', grade: 'R', source: '3.14', answer: {} },
    {
      name: 'tags',
      grade: 'R',
      source: '3.14',
      given: [['TagQueue', { Tags: { a: 'b', A: '' } }]],
      answer: { Tags: { a: 'b', A: '' } },
    },
    {
      name: 'a tag that was overwritten',
      grade: 'R',
      source: '3.22',
      given: [
        ['TagQueue', { Tags: { a: 'b', c: 'd' } }],
        ['TagQueue', { Tags: { a: 'e' } }],
      ],
      answer: { Tags: { a: 'e', c: 'd' } },
    },
    {
      name: 'tags that are gone',
      grade: 'R',
      source: '3.14',
      given: [
        ['TagQueue', { Tags: { a: 'b' } }],
        ['UntagQueue', { TagKeys: ['a'] }],
      ],
      answer: {},
    },
  ]),
];

const grant = { Label: 'read', AWSAccountIds: ['111111111111'], Actions: ['ReceiveMessage'] };
const granted: Call = ['AddPermission', grant];
const ARN = 'arn:aws:sqs:us-east-1:‹account›:q';
const READ = `{"Sid":"read","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"SQS:ReceiveMessage","Resource":"${ARN}"}`;
const ALL = `{"Sid":"all","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:root"]},"Action":["SQS:*","SQS:SendMessage"],"Resource":"${ARN}"}`;
const policy = (...statements: string[]) => ({
  Attributes: {
    Policy: `{"Version":"2008-10-17","Id":"${ARN}/SQSDefaultPolicy","Statement":[${statements.join(',')}]}`,
  },
});
const askPolicy = { AttributeNames: ['Policy'] };
const all = { Label: 'all', AWSAccountIds: ['111111111111', '222222222222'], Actions: ['*', 'SendMessage'] };
const ofOwner = (action: string): Omit<Row, 'action'> => ({
  name: `the owner’s ${action}`,
  grade: 'P+',
  source: '3.1',
  input: { ...grant, Actions: [action] },
  answer: invalidValue('ActionName', `SQS:${action}`, 'Only the queue owner is allowed to invoke this action.'),
});

const permissions = [
  ...of('AddPermission', [
    { name: 'a statement', grade: 'R', source: '3.1', input: grant, answer: DONE },
    { name: 'a second statement', grade: 'R', source: '3.1', given: [granted], input: all, answer: DONE },
    {
      name: 'every action that may be granted',
      grade: 'P+',
      source: '3.1',
      input: {
        ...grant,
        Actions: [
          'ChangeMessageVisibility',
          'DeleteMessage',
          'GetQueueAttributes',
          'GetQueueUrl',
          'ListDeadLetterSourceQueues',
          'PurgeQueue',
          'SendMessage',
        ],
      },
      answer: DONE,
    },
    {
      name: 'the longest label',
      grade: 'D',
      source: '3.1',
      input: { ...grant, Label: 'x'.repeat(80) },
      answer: DONE,
    },
    {
      name: 'a label that is there',
      grade: 'R',
      source: '3.1',
      given: [granted],
      input: { ...all, Label: 'read' },
      answer: invalidValue('Label', 'read', 'Already exists.'),
    },
    {
      name: 'the same again',
      grade: '?',
      source: '13',
      given: [granted],
      input: grant,
      answer: invalidValue('Label', 'read', 'Already exists.'),
    },
    { name: 'no label', grade: 'P+', source: '3.1', input: { ...grant, Label: undefined }, answer: missing('Label') },
    {
      name: 'no account',
      grade: 'P+',
      source: '3.1',
      input: { ...grant, AWSAccountIds: undefined },
      answer: missing('AWSAccountIds'),
    },
    {
      name: 'no action',
      grade: 'P+',
      source: '3.1',
      input: { ...grant, Actions: undefined },
      answer: missing('ActionName'),
    },
    ...[
      'AddPermission',
      'RemovePermission',
      'CreateQueue',
      'DeleteQueue',
      'ListQueues',
      'ListQueueTags',
      'TagQueue',
      'UntagQueue',
      'StartMessageMoveTask',
      'CancelMessageMoveTask',
      'ListMessageMoveTasks',
    ].map(ofOwner),
    {
      name: 'an unknown action',
      grade: 'P+',
      source: '3.1',
      input: { ...grant, Actions: ['FooBar'] },
      answer: invalidValue(
        'ActionName',
        'SQS:FooBar',
        'Please refer to the appropriate WSDL for a list of valid actions.',
      ),
    },
    {
      name: 'eight actions',
      grade: 'P',
      source: '3.1',
      input: { ...grant, Actions: Array(8).fill('SendMessage') },
      answer: overLimit('8 Actions were found, maximum allowed is 7.'),
    },
    {
      name: 'a 21st statement',
      grade: 'P+',
      source: '3.1',
      given: Array.from({ length: 20 }, (_, i): Call => ['AddPermission', { ...grant, Label: `l${i}` }]),
      input: grant,
      answer: overLimit('21 Statements were found, maximum allowed is 20.'),
    },
  ]),
  ...of('GetQueueAttributes', [
    {
      name: 'the policy of a permission',
      grade: 'R',
      source: '3.1',
      given: [granted],
      input: askPolicy,
      answer: policy(READ),
    },
    {
      name: 'the policy of two permissions',
      grade: 'R',
      source: '3.1',
      given: [granted, ['AddPermission', all]],
      input: askPolicy,
      answer: policy(READ, ALL),
    },
    {
      name: 'the policy with one permission less',
      grade: 'R',
      source: '3.17',
      given: [granted, ['AddPermission', all], ['RemovePermission', { Label: 'read' }]],
      input: askPolicy,
      answer: policy(ALL),
    },
    {
      name: 'no policy after the last permission',
      grade: 'R',
      source: '3.17',
      given: [granted, ['RemovePermission', { Label: 'read' }]],
      input: askPolicy,
      answer: {},
    },
  ]),
  ...of('RemovePermission', [
    { name: 'a statement', grade: 'R', source: '3.17', given: [granted], input: { Label: 'read' }, answer: DONE },
    {
      name: 'again',
      grade: 'R',
      source: '3.17',
      given: [granted, ['RemovePermission', { Label: 'read' }]],
      input: { Label: 'read' },
      answer: invalidValue('Label', 'read', "can't find label."),
    },
    {
      name: 'an unknown label',
      grade: 'P+',
      source: '3.17',
      given: [granted],
      input: { Label: 'Read' },
      answer: invalidValue('Label', 'Read', "can't find label on existing policy."),
    },
    { name: 'no label', grade: 'P+', source: '3.17', answer: missing('Label') },
  ]),
];

const getQueueAttributes = of('GetQueueAttributes', [
  { name: 'no names', grade: 'R', source: '3.9', answer: {} },
  {
    name: 'All of a new queue',
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
        QueueArn: ARN,
        DelaySeconds: '0',
        MaximumMessageSize: '1048576',
        MessageRetentionPeriod: '345600',
        ReceiveMessageWaitTimeSeconds: '0',
        SqsManagedSseEnabled: 'true',
        VisibilityTimeout: '30',
      },
    },
  },
  {
    name: 'some, in whatever order',
    grade: 'R',
    source: '3.9',
    input: { AttributeNames: ['VisibilityTimeout', 'QueueArn'] },
    answer: { Attributes: { QueueArn: ARN, VisibilityTimeout: '30' } },
  },
  ...['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'].map(
    (name): Omit<Row, 'action'> => ({
      name: `${name} that is not set`,
      grade: 'R',
      source: '3.9',
      input: { AttributeNames: [name] },
      answer: {},
    }),
  ),
  {
    name: 'what only FIFO queues have',
    grade: 'P',
    source: '3.9',
    input: {
      AttributeNames: ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'],
    },
    answer: {},
  },
  {
    name: 'an unknown name',
    grade: 'R',
    source: '3.9',
    input: { AttributeNames: ['All', 'Foo'] },
    answer: invalidAttributeName('Unknown Attribute Foo.'),
  },
  {
    name: 'the three counters',
    grade: 'D',
    source: '4.2',
    given: [
      ['SendMessage', { MessageBody: 'a' }],
      ['SendMessage', { MessageBody: 'b' }],
      ['SendMessage', { MessageBody: 'c' }],
      ['SendMessage', { MessageBody: 'd', DelaySeconds: 9 }],
      ['SendMessage', { MessageBody: 'e', DelaySeconds: 9 }],
      ['SendMessage', { MessageBody: 'f', DelaySeconds: 9 }],
      ['ReceiveMessage', { MaxNumberOfMessages: 2 }],
    ],
    input: {
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesDelayed',
        'ApproximateNumberOfMessagesNotVisible',
      ],
    },
    answer: {
      Attributes: {
        ApproximateNumberOfMessages: '1',
        ApproximateNumberOfMessagesDelayed: '3',
        ApproximateNumberOfMessagesNotVisible: '2',
      },
    },
  },
  {
    name: 'by a bare queue name',
    grade: 'R',
    source: '1.1',
    input: { QueueUrl: 'q', AttributeNames: ['QueueArn'] },
    answer: { Attributes: { QueueArn: ARN } },
  },
  {
    name: 'by a URL with a trailing slash',
    grade: 'D',
    source: '1.1',
    input: { QueueUrl: '‹url›/', AttributeNames: ['QueueArn'] },
    answer: { Attributes: { QueueArn: ARN } },
  },
]);

export const queueRows: Row[] = [
  ...anyAction,
  ...createQueue,
  ...getQueueUrl,
  ...deleteQueue,
  ...listQueues,
  ...listSources,
  ...purgeQueue,
  ...tags,
  ...permissions,
  ...getQueueAttributes,
];
