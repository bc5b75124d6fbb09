/** Rows of dead letters on standard queues (§§4.4, 4.5, 6.1, 6.2). Each has a source q and a queue dead. */
import { type Call, DONE, type Grade, type Input, invalidValue, of, type Row } from './table.ts';

const arn = (name: string, account = '‹account›') => `arn:aws:sqs:us-east-1:${account}:${name}`;
const redrive = (deadLetterTargetArn: string, maxReceiveCount: number | string = 1) =>
  JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
const TO_DEAD = redrive(arn('dead'));
const allow = (redrivePermission: string, ...sourceQueueArns: string[]) => ({
  RedriveAllowPolicy: JSON.stringify({
    redrivePermission,
    ...(sourceQueueArns.length > 0 && { sourceQueueArns }),
  }),
});
const dead = (Attributes: Input = {}): Call => ['CreateQueue', { QueueName: 'dead', Attributes }];
const setRedrive = (RedrivePolicy: string): Call => ['SetQueueAttributes', { Attributes: { RedrivePolicy } }];

type Case = [
  name: string,
  grade: Grade,
  source: string,
  given: Call[],
  RedrivePolicy: string,
  reason: (name: string) => string,
];
const denied = (name: string) =>
  `The RedriveAllowPolicy of ${arn('dead')} does not allow ${arn(name)} as a source queue.`;
const always = (reason: string) => () => reason;

/** What SetQueueAttributes of q and CreateQueue of `new` refuse; the reason names the one that is refused. */
const refused: Case[] = [
  ['whose target denies all', '?', '4.5', [dead(allow('denyAll'))], TO_DEAD, denied],
  ['whose target lists others', '?', '4.5', [dead(allow('byQueue', arn('x')))], TO_DEAD, denied],
  [
    'of a target that lists the name in another account',
    '?',
    '4.5',
    [dead(allow('byQueue', arn('q', '999999999999'), arn('new', '999999999999')))],
    TO_DEAD,
    denied,
  ],
  [
    'to what is there in another region',
    'P+',
    '4.4',
    [dead()],
    redrive(arn('dead').replace('us-east-1', 'eu-west-1')),
    always('Dead letter target does not exist.'),
  ],
  [
    'to a FIFO queue that is there',
    'L',
    '4.4',
    [['CreateQueue', { QueueName: 'dead.fifo', Attributes: { FifoQueue: 'true' } }]],
    redrive(arn('dead.fifo')),
    always('Dead-letter queue must be same type of queue as the source..'),
  ],
];
const SELF = 'Dead-letter queue must be another queue than the source.';

/** A message that has been delivered once and is asked for again. */
const dying: Call[] = [
  dead(),
  setRedrive(TO_DEAD),
  ['SendMessage', { MessageBody: 'message' }],
  ['ReceiveMessage', { VisibilityTimeout: 0 }],
  ['ReceiveMessage'],
];
const received = {
  MessageId: '‹uuid›',
  ReceiptHandle: '‹a handle›',
  MD5OfBody: '78e731027d8fd50ed642340b7c9a63b3',
  Body: 'message',
};

export const deadLetterRows: Row[] = [
  ...of('SetQueueAttributes', [
    ...refused.map(
      ([name, grade, source, given, RedrivePolicy, reason]): Omit<Row, 'action'> => ({
        name: `RedrivePolicy ${name}`,
        grade,
        source,
        given,
        input: { Attributes: { RedrivePolicy } },
        answer: invalidValue('RedrivePolicy', RedrivePolicy, reason('q')),
      }),
    ),
    {
      name: 'RedrivePolicy to the queue itself',
      grade: '?',
      source: '4.4',
      input: { Attributes: { RedrivePolicy: redrive(arn('q')) } },
      answer: invalidValue('RedrivePolicy', redrive(arn('q')), SELF),
    },
    ...[allow('byQueue', arn('x'), arn('q')), allow('allowAll'), { RedriveAllowPolicy: '' }].map(
      (Attributes): Omit<Row, 'action'> => ({
        name: `RedrivePolicy where ${JSON.stringify(Attributes)} lets it`,
        grade: 'D',
        source: '4.5',
        given: [dead(Attributes)],
        input: { Attributes: { RedrivePolicy: TO_DEAD } },
        answer: DONE,
      }),
    ),
  ]),
  ...of('CreateQueue', [
    ...refused.map(
      ([name, grade, source, given, RedrivePolicy, reason]): Omit<Row, 'action'> => ({
        name: `RedrivePolicy ${name}`,
        grade,
        source,
        given,
        input: { QueueName: 'new', Attributes: { RedrivePolicy } },
        answer: invalidValue('RedrivePolicy', RedrivePolicy, reason('new')),
      }),
    ),
    {
      name: 'RedrivePolicy to the queue itself',
      grade: '?',
      source: '4.4',
      input: { QueueName: 'new', Attributes: { RedrivePolicy: redrive(arn('new')) } },
      answer: invalidValue('RedrivePolicy', redrive(arn('new')), SELF),
    },
  ]),
  ...of('ReceiveMessage', [
    {
      name: 'the last delivery before a message is a dead letter',
      grade: 'R',
      source: '6.1',
      given: [
        dead(),
        setRedrive(redrive(arn('dead'), 2)),
        ['SendMessage', { MessageBody: 'message' }],
        ['ReceiveMessage', { VisibilityTimeout: 0 }],
      ],
      input: { MessageSystemAttributeNames: ['ApproximateReceiveCount'] },
      answer: { Messages: [{ ...received, Attributes: { ApproximateReceiveCount: '2' } }] },
    },
    { name: 'nothing where a dead letter was', grade: 'R', source: '6.1', given: dying, answer: {} },
    {
      name: 'a dead letter from a standard queue',
      grade: 'R',
      source: '6.2',
      given: dying,
      // It is moved in the background.
      input: {
        QueueUrl: '‹origin›/‹account›/dead',
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'DeadLetterQueueSourceArn'],
      },
      answer: {
        Messages: [{ ...received, Attributes: { ApproximateReceiveCount: '2', DeadLetterQueueSourceArn: arn('q') } }],
      },
    },
  ]),
];
