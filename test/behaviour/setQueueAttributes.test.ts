import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ask, jsonAsking } from '../helpers/ask.ts';
import { AWS, onEvery, refusal } from './matrix.ts';

type Attributes = Record<string, string>;

const badValue = (name: string, reason?: string) => ({
  code: 'InvalidAttributeValue',
  status: 400,
  message: `Invalid value for the parameter ${name}.${reason === undefined ? '' : ` Reason: ${reason}`}`,
});
const badName = (message: string) => ({ code: 'InvalidAttributeName', status: 400, message });
const badParameter = (name: string, value: string, reason: string) => ({
  code: 'InvalidParameterValue',
  status: 400,
  message: `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
});

/** Name, default, least, most: sqs-wire.md §4.1. */
const NUMBERS: [string, number | undefined, number, number][] = [
  ['DelaySeconds', 0, 0, 900],
  ['MaximumMessageSize', 1_048_576, 1024, 1_048_576],
  ['MessageRetentionPeriod', 345_600, 60, 1_209_600],
  ['ReceiveMessageWaitTimeSeconds', 0, 0, 20],
  ['VisibilityTimeout', 30, 0, 43_200],
  ['KmsDataKeyReusePeriodSeconds', undefined, 60, 86_400],
];
const NO_NUMBERS = [
  '',
  ' ',
  'abc',
  '1e2',
  '100.0',
  ' 100',
  '100 ',
  '+100',
  '0x64',
  '-1',
  '99999999999999999999',
  'NaN',
];

/** A document of exactly `bytes` bytes. */
function policyOf(bytes: number): string {
  const policy = (Id: string) =>
    JSON.stringify({ Version: '2012-10-17', Id, Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*' }] });
  return policy('x'.repeat(bytes - policy('').length));
}
const statements = (count: number) =>
  JSON.stringify({ Version: '2008-10-17', Statement: Array.from({ length: count }, () => ({ Effect: 'Deny' })) });

onEvery('SetQueueAttributes', (context) => {
  it('takes effect at once', async () => {
    const QueueUrl = await context.createQueue({ MaximumMessageSize: '1024' });
    const send = () => context.client.call('SendMessage', { QueueUrl, MessageBody: 'x'.repeat(1025) });
    const { message } = await refusal(send());
    expect(message).toBe('One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.');
    await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { MaximumMessageSize: '1025' } });
    await send();
    await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { VisibilityTimeout: '0' } });
    for (const time of ['first', 'second']) {
      const { Messages } = await context.client.call('ReceiveMessage', { QueueUrl });
      expect(Messages, time).toHaveLength(1);
    }
  });
});

onEvery(
  'SetQueueAttributes as AWS has it',
  (context) => {
    const set = (QueueUrl: string, Attributes: Attributes | undefined) =>
      context.client.call('SetQueueAttributes', { QueueUrl, Attributes });
    const get = async (QueueUrl: string, ...AttributeNames: string[]) =>
      ((await context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames })).Attributes ?? {}) as Attributes;
    let untouched: Promise<string> | undefined;
    /** What setting and creating with the attributes are both told; a queue that is asked again and again stays as it is. */
    async function refusedBoth(Attributes: Attributes) {
      untouched ??= context.createQueue();
      const QueueUrl = await untouched;
      const before = await get(QueueUrl, 'All');
      const bySet = await refusal(set(QueueUrl, Attributes));
      expect(await refusal(context.client.call('CreateQueue', { QueueName: randomUUID(), Attributes }))).toEqual(bySet);
      expect(await get(QueueUrl, 'All')).toEqual(before);
      return bySet;
    }

    describe.each(NUMBERS)('%s', (name, byDefault, least, most) => {
      it('has its default, takes its least and its most', async () => {
        const QueueUrl = await context.createQueue();
        expect((await get(QueueUrl, name))[name]).toBe(byDefault?.toString());
        // The reuse period is shown beside a key only.
        if (byDefault === undefined) await set(QueueUrl, { KmsMasterKeyId: 'alias/key' });
        for (const value of [least, most]) {
          await set(QueueUrl, { [name]: String(value) });
          expect(await get(QueueUrl, name)).toEqual({ [name]: String(value) });
        }
      });

      it('takes nothing else', async () => {
        for (const value of [String(least - 1), String(most + 1), ...NO_NUMBERS]) {
          expect(await refusedBoth({ [name]: value }), JSON.stringify(value)).toEqual(badValue(name));
        }
      });
    });

    it('takes SqsManagedSseEnabled in any case and shows it in lower case', async () => {
      const QueueUrl = await context.createQueue();
      for (const value of ['False', 'TRUE', 'false', 'true']) {
        await set(QueueUrl, { SqsManagedSseEnabled: value });
        expect(await get(QueueUrl, 'SqsManagedSseEnabled')).toEqual({ SqsManagedSseEnabled: value.toLowerCase() });
      }
      for (const value of ['', 'yes', '1', ' true']) {
        expect(await refusedBoth({ SqsManagedSseEnabled: value })).toEqual(badValue('SqsManagedSseEnabled'));
      }
    });

    it('leaves what is not named', async () => {
      const QueueUrl = await context.createQueue({ DelaySeconds: '3', VisibilityTimeout: '4' });
      await set(QueueUrl, { VisibilityTimeout: '5' });
      expect(await get(QueueUrl, 'DelaySeconds', 'VisibilityTimeout')).toEqual({
        DelaySeconds: '3',
        VisibilityTimeout: '5',
      });
    });

    it('changes all or nothing', async () => {
      await refusedBoth({ DelaySeconds: '3', VisibilityTimeout: '43201' });
    });

    it('needs attributes', async () => {
      const QueueUrl = await context.createQueue();
      const missing = {
        code: 'MissingParameter',
        status: 400,
        message: 'The request must contain the parameter Attribute.Name.',
      };
      expect(await refusal(set(QueueUrl, undefined))).toEqual(missing);
      expect(await refusal(set(QueueUrl, {}))).toEqual(missing);
    });

    it.each([
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'CreatedTimestamp',
      'LastModifiedTimestamp',
      'QueueArn',
      'All',
      'visibilityTimeout',
      'Nonsense',
      '__proto__',
      'constructor',
      'toString',
      '',
    ])('knows no settable attribute %j', async (name) => {
      const attributes = Object.fromEntries([[name, '1']]);
      expect(await refusedBoth(attributes)).toEqual(badName(`Unknown Attribute ${name}.`));
    });

    it('knows every name before it looks at values', async () => {
      expect(await refusedBoth({ DelaySeconds: '901', Nonsense: '1' })).toEqual(badName('Unknown Attribute Nonsense.'));
      expect(await refusedBoth({ DelaySeconds: '901', DeduplicationScope: 'queue' })).toEqual(badValue('DelaySeconds'));
      expect(await refusedBoth({ DelaySeconds: '901', RedrivePolicy: redrive('no-queue') })).toEqual(
        badValue('DelaySeconds'),
      );
    });

    it('refuses what only FIFO queues have', async () => {
      for (const name of ['FifoQueue', 'ContentBasedDeduplication']) {
        for (const value of ['true', 'false']) {
          // To CreateQueue, FifoQueue=true means another thing.
          const QueueUrl = await context.createQueue();
          expect(await refusal(set(QueueUrl, { [name]: value }))).toEqual(badName(`Unknown Attribute ${name}.`));
        }
      }
      for (const [name, value] of [
        ['DeduplicationScope', 'messageGroup'],
        ['FifoThroughputLimit', 'perMessageGroupId'],
      ] as const) {
        const text = `You can specify the ${name} only when FifoQueue is set to true.`;
        expect(await refusedBoth({ [name]: value })).toEqual(badName(text));
      }
    });

    describe('Policy', () => {
      it('is read back as it was sent, and goes with an empty text', async () => {
        const QueueUrl = await context.createQueue();
        const texts = [
          ' {\r\n\t"Version" : "2012-10-17", "Statement": {"Effect":"Allow","Sid":"é ✓ <&>\\"\'"} }\n',
          statements(20),
          policyOf(8192),
        ];
        for (const Policy of texts) {
          await set(QueueUrl, { Policy });
          expect(await get(QueueUrl, 'Policy')).toEqual({ Policy });
        }
        await set(QueueUrl, { Policy: '' });
        expect(await get(QueueUrl, 'Policy')).toEqual({});
        expect(Object.keys(await get(QueueUrl, 'All'))).toHaveLength(12);
      });

      it.each([
        'no json',
        '[]',
        '"text"',
        'null',
        '{}',
        policyOf(8193),
        '{"Version":"2012-10-18","Statement":{"Effect":"Allow"}}',
        '{"Version":"2012-10-17","Statement":{"Effect":"Perhaps"}}',
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Nonsense":1}}',
        '{"Version":"2012-10-17","Statement":["Allow"]}',
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow"},"Nonsense":1}',
        '{"__proto__":{},"Statement":{"Effect":"Allow"}}',
      ])('is not %.60s', async (Policy) => {
        expect(await refusedBoth({ Policy })).toEqual(badValue('Policy'));
      });

      it('has at most 20 statements', async () => {
        const QueueUrl = await context.createQueue();
        expect(await refusal(set(QueueUrl, { Policy: statements(22) }))).toEqual({
          code: 'OverLimit',
          status: 403,
          message: '22 statements were found in the submitted policy, max allowed is 20',
        });
      });
    });

    const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
    const redrive = (name: string, maxReceiveCount: unknown = 3) =>
      JSON.stringify({ deadLetterTargetArn: arn(name), maxReceiveCount });

    describe('RedrivePolicy', () => {
      it('is read back as it was sent, and goes with an empty text', async () => {
        const target = String((await context.createQueue()).split('/').at(-1));
        const QueueUrl = await context.createQueue();
        for (const RedrivePolicy of [
          redrive(target, 1),
          redrive(target, 1000),
          redrive(target, '7'),
          ` { "maxReceiveCount" : 5,\r\n "deadLetterTargetArn":"${arn(target)}" } `,
        ]) {
          await set(QueueUrl, { RedrivePolicy });
          expect(await get(QueueUrl, 'RedrivePolicy')).toEqual({ RedrivePolicy });
        }
        await set(QueueUrl, { RedrivePolicy: '' });
        expect(await get(QueueUrl, 'RedrivePolicy')).toEqual({});
        const born = await context.createQueue({ RedrivePolicy: redrive(target) });
        expect(await get(born, 'RedrivePolicy')).toEqual({ RedrivePolicy: redrive(target) });
      });

      it.each(['no json', '[]', '3', 'null', '"{}"'])('is not %s', async (RedrivePolicy) => {
        expect(await refusedBoth({ RedrivePolicy })).toEqual(
          badValue('RedrivePolicy', 'Redrive policy is not a valid JSON map.'),
        );
      });

      const mandatory = (name: string) => `Redrive policy does not contain mandatory attribute: ${name}.`;
      const range = (given: unknown) =>
        `Invalid value for maxReceiveCount: ${given}, valid values are from 1 to 1000 both inclusive.`;
      const unqualified = 'Dead-letter target ARN should be fully qualified ARN.';
      const keys = 'Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].';
      const target = (deadLetterTargetArn: unknown, others: object = {}) => ({
        deadLetterTargetArn,
        maxReceiveCount: 3,
        ...others,
      });
      it.each<[object, string]>([
        [{}, mandatory('maxReceiveCount')],
        [{ deadLetterTargetArn: 'no arn', extra: 1 }, mandatory('maxReceiveCount')],
        [{ maxReceiveCount: 0, extra: 1 }, mandatory('deadLetterTargetArn')],
        [target('no arn', { maxReceiveCount: 0 }), range(0)],
        [target(arn('no-queue'), { maxReceiveCount: 1001 }), range(1001)],
        [target(arn('no-queue'), { maxReceiveCount: -1 }), range(-1)],
        [target(arn('no-queue'), { maxReceiveCount: 1.5 }), range(1.5)],
        [target(arn('no-queue'), { maxReceiveCount: 'many' }), range('many')],
        [target(arn('no-queue'), { maxReceiveCount: '' }), range('')],
        [target('no arn', { extra: 1 }), unqualified],
        [target(''), unqualified],
        [target({}), unqualified],
        [target('arn:aws:sns:us-east-1:000000000000:topic', { extra: 1 }), keys],
        [
          target('arn:aws:sns:us-east-1:000000000000:topic'),
          'Only SQS queues are valid resources for deadLetterTargetArn.',
        ],
        [
          target('arn:aws:sqs:us-east-1:999999999999:no-queue.fifo'),
          'Dead-letter target owner should be same as the source.',
        ],
        [target(arn('no-queue.fifo')), 'Dead-letter queue must be same type of queue as the source..'],
        [target(arn('no-queue')), 'Dead letter target does not exist.'],
        [target(arn('__proto__-no-queue')), 'Dead letter target does not exist.'],
      ])('is not %j', async (policy, reason) => {
        const RedrivePolicy = JSON.stringify(policy);
        expect(await refusedBoth({ RedrivePolicy })).toEqual(badParameter('RedrivePolicy', RedrivePolicy, reason));
      });

      it('has a target of the same region', async () => {
        const name = randomUUID();
        const west = jsonAsking('CreateQueue', { QueueName: name }, { host: 'sqs.eu-west-1.amazonaws.com' });
        expect((await ask(context.server.endpoint, west)).text).toContain(`/eu-west-1/000000000000/${name}`);
        const RedrivePolicy = redrive(name).replace('us-east-1', 'eu-west-1');
        expect(await refusedBoth({ RedrivePolicy })).toEqual(
          badParameter('RedrivePolicy', RedrivePolicy, 'Dead letter target does not exist.'),
        );
      });
    });

    describe('RedriveAllowPolicy', () => {
      const cannot = "Amazon SQS can't create the redrive allow policy";
      const arns = (count: number) => Array.from({ length: count }, (_, i) => arn(`source-${i}`));

      it('is read back as it was sent, and goes with an empty text', async () => {
        const QueueUrl = await context.createQueue();
        for (const RedriveAllowPolicy of [
          '{"redrivePermission":"allowAll"}',
          ' { "redrivePermission" : "denyAll" }\n',
          JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: arns(1) }),
          JSON.stringify({ sourceQueueArns: arns(10), redrivePermission: 'byQueue' }),
        ]) {
          await set(QueueUrl, { RedriveAllowPolicy });
          expect(await get(QueueUrl, 'RedriveAllowPolicy')).toEqual({ RedriveAllowPolicy });
        }
        await set(QueueUrl, { RedriveAllowPolicy: '' });
        expect(await get(QueueUrl, 'RedriveAllowPolicy')).toEqual({});
      });

      it.each([
        'no json',
        '[]',
        '{}',
        '{"redrivePermission":"allowSome"}',
        '{"redrivePermission":["allowAll"]}',
        '{"redrivePermission":"allowAll","extra":1}',
        '{"redrivePermission":"byQueue","sourceQueueArns":"arn"}',
        '{"redrivePermission":"byQueue","sourceQueueArns":[1]}',
      ])('is not %s', async (RedriveAllowPolicy) => {
        expect(await refusedBoth({ RedriveAllowPolicy })).toEqual(
          badValue('RedriveAllowPolicy', `${cannot}, as it’s in an unsupported format.`),
        );
      });

      const byQueue =
        'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.';
      it.each<[object, string]>([
        [{ redrivePermission: 'byQueue' }, byQueue],
        [{ redrivePermission: 'byQueue', sourceQueueArns: [] }, byQueue],
        [
          { redrivePermission: 'byQueue', sourceQueueArns: arns(11) },
          'The maximum number of source queue ARNs you can specify is 10.',
        ],
        [
          { redrivePermission: 'denyAll', sourceQueueArns: arns(1) },
          'To specify one or more source queue ARNs, you must set redrivePermission to byQueue.',
        ],
      ])('is not %j', async (policy, reason) => {
        const text = JSON.stringify(policy);
        expect(await refusedBoth({ RedriveAllowPolicy: text })).toEqual(
          badParameter('RedriveAllowPolicy', text, `${cannot}. ${reason}`),
        );
      });
    });

    describe('encryption', () => {
      const shown = (QueueUrl: string) =>
        get(QueueUrl, 'SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds');
      const key = { KmsMasterKeyId: 'alias/no such key', KmsDataKeyReusePeriodSeconds: '60' };

      it('is by SQS or by a key, the last that was set', async () => {
        const QueueUrl = await context.createQueue();
        expect(await shown(QueueUrl)).toEqual({ SqsManagedSseEnabled: 'true' });
        await set(QueueUrl, key);
        expect(await shown(QueueUrl)).toEqual({ SqsManagedSseEnabled: 'false', ...key });
        await set(QueueUrl, { SqsManagedSseEnabled: 'true' });
        expect(await shown(QueueUrl)).toEqual({ SqsManagedSseEnabled: 'true' });
      });

      it('has a reuse period of five minutes unless told', async () => {
        const QueueUrl = await context.createQueue({ KmsMasterKeyId: 'alias/a' });
        expect(await shown(QueueUrl)).toEqual({
          SqsManagedSseEnabled: 'false',
          KmsMasterKeyId: 'alias/a',
          KmsDataKeyReusePeriodSeconds: '300',
        });
      });

      it('does not come back when a key is taken away', async () => {
        const QueueUrl = await context.createQueue(key);
        await set(QueueUrl, { KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' });
        expect(await shown(QueueUrl)).toEqual({ SqsManagedSseEnabled: 'false' });
      });

      it('is never both', async () => {
        expect(await refusedBoth({ ...key, SqsManagedSseEnabled: 'True' })).toEqual(
          badName(
            'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
          ),
        );
        const QueueUrl = await context.createQueue({ ...key, SqsManagedSseEnabled: 'false' });
        expect(await shown(QueueUrl)).toEqual({ SqsManagedSseEnabled: 'false', ...key });
      });
    });
  },
  { faces: AWS },
);
