/** Rows of the attributes RedrivePolicy and RedriveAllowPolicy that are wrong whatever queues there are (§§4.4, 4.5). */
import { type ErrorAnswer, type Grade, invalidAttributeValue, invalidValue } from './table.ts';

/** What both CreateQueue and SetQueueAttributes refuse. */
export type Case = [
  name: string,
  grade: Grade,
  source: string,
  Attributes: Record<string, string>,
  answer: ErrorAnswer,
];

const ARN = 'arn:aws:sqs:us-east-1:‹account›:none';
const SQS_ARN = 'arn:aws:sqs:us-east-1:999999999999:none';
const badReasons = (
  [
    ['without maxReceiveCount', '{}', 'Redrive policy does not contain mandatory attribute: maxReceiveCount.'],
    [
      'without deadLetterTargetArn',
      '{"maxReceiveCount":0}',
      'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.',
    ],
    [
      'of count 0',
      '{"deadLetterTargetArn":"x","maxReceiveCount":0}',
      'Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.',
    ],
    [
      'of count 1001',
      `{"deadLetterTargetArn":"${ARN}","maxReceiveCount":1001}`,
      'Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.',
    ],
    [
      'to what is no ARN',
      '{"deadLetterTargetArn":"x","maxReceiveCount":1,"y":1}',
      'Dead-letter target ARN should be fully qualified ARN.',
    ],
    [
      'with another key',
      '{"deadLetterTargetArn":"arn:aws:sns:us-east-1:999999999999:x","maxReceiveCount":1,"y":1}',
      'Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].',
    ],
    [
      'to another service',
      '{"deadLetterTargetArn":"arn:aws:sns:us-east-1:999999999999:x","maxReceiveCount":1}',
      'Only SQS queues are valid resources for deadLetterTargetArn.',
    ],
    [
      'to another account',
      `{"deadLetterTargetArn":"${SQS_ARN}","maxReceiveCount":1}`,
      'Dead-letter target owner should be same as the source.',
    ],
    [
      'to a FIFO queue',
      `{"deadLetterTargetArn":"${ARN}.fifo","maxReceiveCount":1}`,
      'Dead-letter queue must be same type of queue as the source..',
    ],
    [
      'to a queue that is not there',
      `{"deadLetterTargetArn":"${ARN}","maxReceiveCount":"3"}`,
      'Dead letter target does not exist.',
    ],
  ] as const
).map(
  ([name, RedrivePolicy, reason]): Case => [
    `RedrivePolicy ${name}`,
    name === 'to a FIFO queue' ? 'L' : 'P+',
    '4.4',
    { RedrivePolicy },
    invalidValue('RedrivePolicy', RedrivePolicy, reason),
  ],
);

const noMap = invalidAttributeValue(
  'Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.',
);
const CANNOT = "Amazon SQS can't create the redrive allow policy";
const unsupportedFormat = invalidAttributeValue(
  `Invalid value for the parameter RedriveAllowPolicy. Reason: ${CANNOT}, as it’s in an unsupported format.`,
);
export const byQueue = (count: number) =>
  JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: Array(count).fill('arn:aws:sqs:r:1:q') });
const badSources = (
  [
    [
      'byQueue without sources',
      '{"redrivePermission":"byQueue"}',
      'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.',
    ],
    ['byQueue with eleven sources', byQueue(11), 'The maximum number of source queue ARNs you can specify is 10.'],
    [
      'denyAll with sources',
      '{"redrivePermission":"denyAll","sourceQueueArns":["arn:aws:sqs:r:1:q"]}',
      'To specify one or more source queue ARNs, you must set redrivePermission to byQueue.',
    ],
  ] as const
).map(
  ([name, RedriveAllowPolicy, reason]): Case => [
    `RedriveAllowPolicy ${name}`,
    'P+',
    '4.5',
    { RedriveAllowPolicy },
    invalidValue('RedriveAllowPolicy', RedriveAllowPolicy, `${CANNOT}. ${reason}`),
  ],
);
/** In the order in which the reference has them. */
export const badRedrive: Case[] = [
  ['RedrivePolicy that is no JSON', 'L', '4.4', { RedrivePolicy: 'x' }, noMap],
  ['RedrivePolicy that is a list', 'L', '4.4', { RedrivePolicy: '[]' }, noMap],
  ...badReasons,
  ['RedriveAllowPolicy that is no JSON', 'P+', '4.5', { RedriveAllowPolicy: 'x' }, unsupportedFormat],
  [
    'RedriveAllowPolicy with another key',
    'P+',
    '4.5',
    { RedriveAllowPolicy: '{"redrivePermission":"allowAll","x":1}' },
    unsupportedFormat,
  ],
  [
    'RedriveAllowPolicy of another permission',
    'P+',
    '4.5',
    { RedriveAllowPolicy: '{"redrivePermission":"x"}' },
    unsupportedFormat,
  ],
  [
    'RedriveAllowPolicy with sources that are no list',
    'P+',
    '4.5',
    { RedriveAllowPolicy: '{"redrivePermission":"byQueue","sourceQueueArns":"x"}' },
    unsupportedFormat,
  ],
  ...badSources,
];
