/** Rows of the three actions on message move tasks: §§3.2, 3.12, 3.21. q is a dead-letter queue where `fed` is given. */
import {
  type Call,
  type ErrorAnswer,
  type Grade,
  type Input,
  invalid,
  malformed,
  missing,
  of,
  type Row,
  resourceNotFound,
} from './table.ts';

const arn = (name: string, account = '‹account›', region = 'us-east-1') => `arn:aws:sqs:${region}:${account}:${name}`;
const SourceArn = arn('q');
const fifo = { FifoQueue: 'true' };
const fed: Call[] = [
  [
    'CreateQueue',
    {
      QueueName: 'source',
      Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 }) },
    },
  ],
];
const destination: Call = ['CreateQueue', { QueueName: 'destination' }];
const fifoDestination: Call = ['CreateQueue', { QueueName: 'd.fifo', Attributes: fifo }];
const begun: Call[] = [...fed, ['StartMessageMoveTask', { SourceArn }]];
const cancelled: Call[] = [...begun, ['CancelMessageMoveTask', { TaskHandle: '‹task›' }]];

const noResource = (name: string) =>
  resourceNotFound(`The resource that you specified for the ${name} parameter doesn't exist.`);
const format = (name: string) =>
  invalid(
    `You must use this format to specify the ${name}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
  );
const range = (name: string, most: number) =>
  invalid(`Value for parameter ${name} is invalid. Reason: You must enter a number that's between 1 and ${most}.`);
const noDeadLetters = invalid('Source queue must be configured as a Dead Letter Queue.');
const same = invalid('Source queue arn and destination queue arn cannot be the same.');
const mixed = invalid('The source queue and destination queue must be of the same queue type.');
const active = invalid(
  'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
);
const badHandle = invalid('Value for parameter TaskHandle is invalid.');
const noTask = resourceNotFound('Task does not exist.');

type Case = [
  name: string,
  grade: Grade,
  given: (Call | number)[],
  input: Input,
  answer: Input | ErrorAnswer,
  more?: Partial<Row>,
];
const cases = (source: string, all: Case[]) =>
  all.map(([name, grade, given, input, answer, more]): Omit<Row, 'action'> => {
    return { name, grade, source, given, input, answer, ...more };
  });

const json: Partial<Row> = { faces: ['json'], source: '1.6' };
const badRate = { MaxNumberOfMessagesPerSecond: 0 };
const started = { TaskHandle: '‹a task›' };
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const taskId = '00000000-0000-4000-8000-000000000000';

const start: Case[] = [
  ['a task', 'R', fed, { SourceArn }, started],
  ['a task to a destination', 'R', [...fed, destination], { SourceArn, DestinationArn: arn('destination') }, started],
  ['a rate of 1', 'D', fed, { SourceArn, MaxNumberOfMessagesPerSecond: 1 }, started],
  ['a rate of 500', 'D', fed, { SourceArn, MaxNumberOfMessagesPerSecond: 500 }, started],
  ['a source that is no dead-letter queue', 'R', [], { SourceArn }, noDeadLetters],
  ['a source that is not there', 'R', [], { SourceArn: arn('none') }, noResource('SourceArn')],
  ['a source in another region', '?', fed, { SourceArn: arn('q', '‹account›', 'eu-west-1') }, noResource('SourceArn')],
  ['a source of another account', '?', fed, { SourceArn: arn('q', '999999999999') }, noResource('SourceArn')],
  [
    'a destination that is not there',
    'R',
    fed,
    { SourceArn, DestinationArn: arn('none') },
    noResource('DestinationArn'),
  ],
  [
    'a destination of another account',
    '?',
    [...fed, destination],
    { SourceArn, DestinationArn: arn('destination', '999999999999') },
    noResource('DestinationArn'),
  ],
  ['while another is active', 'R', begun, { SourceArn }, active],
  ['while another is being cancelled', '?', cancelled, { SourceArn }, active],
  ['a SourceArn that is none', 'P+', fed, { SourceArn: 'q' }, format('SourceArn')],
  ['a SourceArn of another service', '?', fed, { SourceArn: SourceArn.replace(':sqs:', ':sns:') }, format('SourceArn')],
  ['a DestinationArn that is none', 'P+', fed, { SourceArn, DestinationArn: 'source' }, format('DestinationArn')],
  ['to itself', 'P+', fed, { SourceArn, DestinationArn: SourceArn }, same],
  ['to a FIFO queue', 'P+', [...fed, fifoDestination], { SourceArn, DestinationArn: arn('d.fifo') }, mixed],
  ['a rate of 0', 'P+', fed, { SourceArn, ...badRate }, range('MaxNumberOfMessagesPerSecond', 500)],
  [
    'a rate of 501',
    'P+',
    fed,
    { SourceArn, MaxNumberOfMessagesPerSecond: 501 },
    range('MaxNumberOfMessagesPerSecond', 500),
  ],
  [
    'a rate below 0',
    'P+',
    fed,
    { SourceArn, MaxNumberOfMessagesPerSecond: -1 },
    range('MaxNumberOfMessagesPerSecond', 500),
  ],
  ['no SourceArn', 'P+', fed, {}, missing('SourceArn')],
  ['an empty SourceArn', '?', fed, { SourceArn: '' }, missing('SourceArn')],
  [
    'a SourceArn that is a number',
    'P+',
    fed,
    { SourceArn: 7 },
    malformed('NUMBER_VALUE can not be converted to a String'),
    json,
  ],
  [
    'a rate that is a text',
    'P+',
    fed,
    { SourceArn, MaxNumberOfMessagesPerSecond: 'x' },
    malformed('STRING_VALUE can not be converted to an Integer'),
    json,
  ],
];

/** Each request has two faults: the one that is told, and one that comes later in the order. */
const startOrder: Case[] = [
  ['SourceArn before DestinationArn', 'P+', fed, { SourceArn: 'q', DestinationArn: 'x' }, format('SourceArn')],
  ['source before DestinationArn', 'P+', [], { SourceArn: arn('none'), DestinationArn: 'x' }, noResource('SourceArn')],
  ['dead-letter queue before DestinationArn', 'P+', [], { SourceArn, DestinationArn: 'x' }, noDeadLetters],
  ['DestinationArn before rate', 'P+', fed, { SourceArn, DestinationArn: 'x', ...badRate }, format('DestinationArn')],
  ['itself before rate', 'P+', fed, { SourceArn, DestinationArn: SourceArn, ...badRate }, same],
  [
    'destination before rate',
    'P+',
    fed,
    { SourceArn, DestinationArn: arn('none'), ...badRate },
    noResource('DestinationArn'),
  ],
  ['destination before type', 'P+', fed, { SourceArn, DestinationArn: arn('none.fifo') }, noResource('DestinationArn')],
  [
    'type before rate',
    'P+',
    [...fed, fifoDestination],
    { SourceArn, DestinationArn: arn('d.fifo'), ...badRate },
    mixed,
  ],
  ['rate before the active task', 'P+', begun, { SourceArn, ...badRate }, range('MaxNumberOfMessagesPerSecond', 500)],
];

const entry = { Status: 'RUNNING', SourceArn };
const counts = { ApproximateNumberOfMessagesMoved: 0, ApproximateNumberOfMessagesToMove: 0 };
const listed = (members: Input) => ({ Results: [{ ...members, StartedTimestamp: '‹ms›' }] });
const wish = { DestinationArn: arn('destination'), MaxNumberOfMessagesPerSecond: 500 };

const list: Case[] = [
  ['a task', 'R', begun, { SourceArn }, listed({ TaskHandle: '‹task›', ...entry, ...counts })],
  [
    'a task with destination and rate',
    'R',
    [...fed, destination, ['StartMessageMoveTask', { SourceArn, ...wish }]],
    { SourceArn, MaxResults: 10 },
    listed({ TaskHandle: '‹task›', ...entry, ...wish, ...counts }),
  ],
  [
    'a task that is being cancelled',
    'D',
    cancelled,
    { SourceArn, MaxResults: 1 },
    listed({ ...entry, Status: 'CANCELLING', ...counts }),
  ],
  ['no task', '?', fed, { SourceArn }, {}],
  ['no dead-letter queue', '?', [], { SourceArn }, {}],
  ['a source that is not there', 'P+', [], { SourceArn: arn('none') }, noResource('SourceArn')],
  ['a source of another account', '?', begun, { SourceArn: arn('q', '999999999999') }, noResource('SourceArn')],
  ['a SourceArn that is none', 'P+', [], { SourceArn: 'q' }, format('SourceArn')],
  ['no SourceArn', 'P+', [], {}, missing('SourceArn')],
  ['an empty SourceArn', '?', [], { SourceArn: '' }, missing('SourceArn')],
  ['MaxResults of 0', 'P+', fed, { SourceArn, MaxResults: 0 }, range('MaxResults', 10)],
  ['MaxResults of 11', 'P+', fed, { SourceArn, MaxResults: 11 }, range('MaxResults', 10)],
  ['source before MaxResults', '?', [], { SourceArn: arn('none'), MaxResults: 11 }, noResource('SourceArn')],
  [
    'MaxResults that is a text',
    'P+',
    fed,
    { SourceArn, MaxResults: 'x' },
    malformed('STRING_VALUE can not be converted to an Integer'),
    json,
  ],
];

const cancel: Case[] = [
  ['a task', 'R', begun, { TaskHandle: '‹task›' }, { ApproximateNumberOfMessagesMoved: 0 }],
  ['a handle that is none', 'R', [], { TaskHandle: 'handle' }, badHandle],
  ['a handle of something else', 'R', [], { TaskHandle: base64({ queue: 'q' }) }, badHandle],
  ['a handle whose source is none', '?', [], { TaskHandle: base64({ taskId, sourceArn: 'q' }) }, badHandle],
  [
    'a handle whose source is not there',
    'R',
    [],
    { TaskHandle: base64({ taskId, sourceArn: arn('q', '999999999999') }) },
    noResource('SourceArn'),
  ],
  ['a task whose source has gone', 'R', [...begun, ['DeleteQueue']], { TaskHandle: '‹task›' }, noResource('SourceArn')],
  [
    'a task that is not known any more',
    'R',
    [...begun, ['DeleteQueue'], 60_000, ['CreateQueue', { QueueName: 'q' }]],
    { TaskHandle: '‹task›' },
    noTask,
  ],
  ['a task twice', 'P+', cancelled, { TaskHandle: '‹task›' }, invalid('Only active tasks can be cancelled.')],
  ['no handle', 'P+', [], {}, missing('TaskHandle')],
  ['an empty handle', '?', [], { TaskHandle: '' }, missing('TaskHandle')],
  [
    'a handle that is a number',
    'P+',
    [],
    { TaskHandle: 7 },
    malformed('NUMBER_VALUE can not be converted to a String'),
    json,
  ],
];

export const moveTaskRows: Row[] = [
  ...of('StartMessageMoveTask', cases('3.21', [...start, ...startOrder])),
  ...of('ListMessageMoveTasks', cases('3.12', list)),
  ...of('CancelMessageMoveTask', cases('3.2', cancel)),
];
