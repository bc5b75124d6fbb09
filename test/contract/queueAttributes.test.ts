import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../src/contract/errors.ts';
import {
  changedAttributes,
  checkAttributes,
  checkEncryption,
  differingAttribute,
  settableAttributes,
} from '../../src/contract/queueAttributes.ts';
import type { QueueRecord } from '../../src/model/queue.ts';

const queueWith = (attributes: Record<string, string>): QueueRecord => ({
  id: 'id',
  account: '000000000000',
  region: 'us-east-1',
  name: 'orders',
  version: 1,
  createdAtMs: 0,
  modifiedAtMs: 0,
  attributes,
  tags: {},
  maxLength: null,
});

/** `<error>: <text>` of what the checks throw, undefined when the attributes will do on a queue with the `current` ones. */
function refusal(attributes: Record<string, string>, current: Record<string, string> = {}): string | undefined {
  try {
    checkAttributes(attributes, current);
    checkEncryption(attributes);
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return `${error.error}: ${error.message}`;
  }
}

/** What a queue shows that was created with `first` and then changed, one after the other. */
function shownAfter(first: Record<string, string>, ...changes: Record<string, string>[]): Record<string, string> {
  const isFifo = first.FifoQueue?.toLowerCase() === 'true';
  checkAttributes(first, isFifo ? { FifoQueue: 'true' } : {});
  let current = changedAttributes({}, first);
  for (const change of changes) {
    checkAttributes(change, current);
    current = changedAttributes(current, change);
  }
  return settableAttributes(queueWith(current));
}

const DEFAULTS = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};

const wrong = (name: string) => `InvalidAttributeValue: Invalid value for the parameter ${name}.`;

describe('names', () => {
  it.each(['Strange', '', 'All', 'QueueArn', 'CreatedTimestamp', 'ApproximateNumberOfMessages', 'constructor'])(
    'that cannot be set are unknown: %s',
    (name) => expect(refusal({ [name]: '1' })).toBe(`InvalidAttributeName: Unknown Attribute ${name}.`),
  );

  it('__proto__ is a name like any other', () => {
    expect(refusal(JSON.parse('{"__proto__":"1"}'))).toBe('InvalidAttributeName: Unknown Attribute __proto__.');
  });

  it('are all looked at before any value', () => {
    expect(refusal({ DelaySeconds: 'x', Strange: '1' })).toBe('InvalidAttributeName: Unknown Attribute Strange.');
  });

  it.each(['FifoQueue', 'ContentBasedDeduplication'])('%s is unknown on a standard queue', (name) => {
    expect(refusal({ [name]: 'false' })).toBe(`InvalidAttributeName: Unknown Attribute ${name}.`);
  });

  it.each([
    ['DeduplicationScope', 'queue'],
    ['FifoThroughputLimit', 'perQueue'],
  ])('%s is for FIFO queues', (name, value) => {
    const text = `InvalidAttributeName: You can specify the ${name} only when FifoQueue is set to true.`;
    expect(refusal({ [name]: value })).toBe(text);
  });
});

describe('FIFO queues', () => {
  const FIFO = { FifoQueue: 'true' };
  const shownOfFifo = {
    ...DEFAULTS,
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    DeduplicationScope: 'queue',
    FifoThroughputLimit: 'perQueue',
  };
  const combination =
    'InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.';

  it('show four more', () => {
    expect(shownAfter(FIFO)).toEqual(shownOfFifo);
    expect(shownAfter({ FifoQueue: 'TRUE', ContentBasedDeduplication: 'True' })).toEqual({
      ...shownOfFifo,
      ContentBasedDeduplication: 'true',
    });
  });

  it.each([
    ['FifoQueue', ['', '1', 'yes']],
    ['ContentBasedDeduplication', ['', '1', 'yes']],
    ['DeduplicationScope', ['', 'Queue', 'messagegroup', 'true', 'perQueue']],
    ['FifoThroughputLimit', ['', 'perqueue', 'perMessageGroup', 'queue', 'messageGroup']],
  ])('have no %s %j', (name, values) => {
    for (const value of values)
      for (const current of [FIFO, {}]) expect(refusal({ [name]: value }, current)).toBe(wrong(name));
  });

  it('stay FIFO queues', () => {
    expect(refusal({ FifoQueue: 'True' }, FIFO)).toBeUndefined();
    for (const value of ['false', 'FALSE']) {
      expect(refusal({ FifoQueue: value }, FIFO)).toBe(
        'InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
      );
    }
  });

  it.each([
    ['queue', 'perQueue'],
    ['messageGroup', 'perMessageGroupId'],
    ['messageGroup', 'perQueue'],
  ])('have the scope %s with the limit %s', (DeduplicationScope, FifoThroughputLimit) => {
    const wanted = { DeduplicationScope, FifoThroughputLimit };
    expect(shownAfter(FIFO, wanted)).toEqual({ ...shownOfFifo, ...wanted });
    expect(shownAfter({ ...FIFO, ...wanted })).toEqual({ ...shownOfFifo, ...wanted });
  });

  it('have no limit per group without the scope for it, whatever was set first', () => {
    const perGroup = { FifoThroughputLimit: 'perMessageGroupId' };
    const high = { ...FIFO, DeduplicationScope: 'messageGroup', ...perGroup };
    expect(refusal(perGroup, FIFO)).toBe(combination);
    expect(refusal({ ...perGroup, DeduplicationScope: 'queue' }, FIFO)).toBe(combination);
    expect(refusal({ ...perGroup, DeduplicationScope: 'queue' }, high)).toBe(combination);
    expect(refusal({ DeduplicationScope: 'queue' }, high)).toBe(combination);
    expect(refusal(perGroup, { ...FIFO, DeduplicationScope: 'messageGroup' })).toBeUndefined();
    expect(refusal({ DeduplicationScope: 'queue', FifoThroughputLimit: 'perQueue' }, high)).toBeUndefined();
    expect(refusal({ DelaySeconds: '1' }, high)).toBeUndefined();
  });

  it('are looked at as such after every value', () => {
    expect(refusal({ DeduplicationScope: 'queue', DelaySeconds: 'x' })).toBe(wrong('DelaySeconds'));
    expect(refusal({ FifoQueue: 'false', DelaySeconds: 'x' }, FIFO)).toBe(wrong('DelaySeconds'));
    const both = { KmsMasterKeyId: 'k', SqsManagedSseEnabled: 'true', FifoThroughputLimit: 'perMessageGroupId' };
    expect(refusal(both, FIFO)).toBe(combination);
  });
});

describe('numbers', () => {
  it.each([
    ['DelaySeconds', 0, 900],
    ['MaximumMessageSize', 1024, 1_048_576],
    ['MessageRetentionPeriod', 60, 1_209_600],
    ['ReceiveMessageWaitTimeSeconds', 0, 20],
    ['VisibilityTimeout', 0, 43_200],
    ['KmsDataKeyReusePeriodSeconds', 60, 86_400],
  ])('%s is from %i to %i', (name, least, most) => {
    for (const value of [least, most]) expect(refusal({ [name]: String(value) })).toBeUndefined();
    for (const value of [least - 1, most + 1]) expect(refusal({ [name]: String(value) })).toBe(wrong(name));
  });

  it.each(['', ' ', ' 30', '30 ', '30.0', '3e1', '0x1e', '+30', '-0', 'NaN', 'thirty', '٣٠', '99999999999999999999'])(
    'are whole and plain: not %j',
    (value) => expect(refusal({ VisibilityTimeout: value })).toBe(wrong('VisibilityTimeout')),
  );
});

describe('booleans', () => {
  it('come back in lower case', () => {
    expect(shownAfter({ SqsManagedSseEnabled: 'False' }).SqsManagedSseEnabled).toBe('false');
  });

  it.each(['', '1', 'yes', ' true'])('are true or false: not %j', (value) => {
    expect(refusal({ SqsManagedSseEnabled: value })).toBe(wrong('SqsManagedSseEnabled'));
  });
});

describe('RedrivePolicy', () => {
  const arn = 'arn:aws:sqs:us-east-1:000000000000:dead';
  const redrive = (policy: unknown) => JSON.stringify(policy);

  it.each([
    redrive({ deadLetterTargetArn: arn, maxReceiveCount: 3 }),
    ` {"maxReceiveCount" : "1000", "deadLetterTargetArn":"${arn}"}\n`,
  ])('reads back byte-equal: %s', (value) => expect(shownAfter({ RedrivePolicy: value }).RedrivePolicy).toBe(value));

  it("'' takes it away", () => {
    const value = redrive({ deadLetterTargetArn: arn, maxReceiveCount: 3 });
    expect(shownAfter({ RedrivePolicy: value }, { RedrivePolicy: '' })).toEqual(DEFAULTS);
  });

  it.each(['nonsense', '[]', 'null', '3', '"text"', '{'])('is a JSON map: not %s', (value) => {
    expect(refusal({ RedrivePolicy: value })).toBe(
      'InvalidAttributeValue: Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.',
    );
  });

  // In the order of the checks: each has the faults of all that follow.
  it.each([
    [{ other: 1 }, 'Redrive policy does not contain mandatory attribute: maxReceiveCount.'],
    [{ maxReceiveCount: 0, other: 1 }, 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.'],
    [
      { maxReceiveCount: 1001, deadLetterTargetArn: 'dead', other: 1 },
      'Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.',
    ],
    [
      { maxReceiveCount: 1, deadLetterTargetArn: 'dead', other: 1 },
      'Dead-letter target ARN should be fully qualified ARN.',
    ],
    [
      { maxReceiveCount: 1, deadLetterTargetArn: 'arn:aws:sns:us-east-1:000000000000:dead', other: 1 },
      'Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].',
    ],
    [
      { maxReceiveCount: 1, deadLetterTargetArn: 'arn:aws:sns:us-east-1:000000000000:dead' },
      'Only SQS queues are valid resources for deadLetterTargetArn.',
    ],
  ])('%j is refused', (policy, reason) => {
    const value = redrive(policy);
    expect(refusal({ RedrivePolicy: value })).toBe(
      `InvalidParameterValue: Value ${value} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    );
  });

  it.each([0, -1, 1.5, '', 'three', true])('maxReceiveCount is from 1 to 1000: not %j', (maxReceiveCount) => {
    const value = redrive({ maxReceiveCount, deadLetterTargetArn: arn });
    expect(refusal({ RedrivePolicy: value })).toContain(`Invalid value for maxReceiveCount: ${maxReceiveCount}, valid`);
  });
});

describe('RedriveAllowPolicy', () => {
  const arns = (count: number) => Array.from({ length: count }, (_, i) => `arn:aws:sqs:us-east-1:000000000000:s${i}`);
  const allow = (redrivePermission: string, sourceQueueArns?: unknown) =>
    JSON.stringify({ redrivePermission, sourceQueueArns });

  it.each([allow('allowAll'), allow('denyAll'), allow('byQueue', arns(1)), allow('byQueue', arns(10))])(
    'reads back byte-equal: %s',
    (value) => expect(shownAfter({ RedriveAllowPolicy: value }).RedriveAllowPolicy).toBe(value),
  );

  it.each([
    'x',
    '[]',
    '{}',
    allow('none'),
    allow('byQueue', 'arn'),
    allow('byQueue', [1]),
    '{"redrivePermission":"allowAll","x":1}',
  ])('of another form is refused: %s', (value) =>
    expect(refusal({ RedriveAllowPolicy: value })).toBe(
      "InvalidAttributeValue: Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
    ),
  );

  it.each([
    [
      allow('byQueue', []),
      'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.',
    ],
    [allow('byQueue', arns(11)), 'The maximum number of source queue ARNs you can specify is 10.'],
    [allow('denyAll', arns(1)), 'To specify one or more source queue ARNs, you must set redrivePermission to byQueue.'],
  ])('%s is refused', (value, reason) => {
    expect(refusal({ RedriveAllowPolicy: value })).toBe(
      `InvalidParameterValue: Value ${value} for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive allow policy. ${reason}`,
    );
  });
});

describe('Policy', () => {
  const statement = { Sid: 's', Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const policy = (fields: object) =>
    JSON.stringify({ Version: '2012-10-17', Id: 'p', Statement: [statement], ...fields });
  const statements = (count: number) =>
    policy({ Statement: Array.from({ length: count }, () => ({ Effect: 'Deny' })) });

  it.each([policy({}), policy({ Version: '2008-10-17' }), policy({ Statement: statement }), statements(20)])(
    'reads back byte-equal: %s',
    (value) => expect(shownAfter({ Policy: value }).Policy).toBe(value),
  );

  it("'' takes it away", () => expect(shownAfter({ Policy: policy({}) }, { Policy: '' })).toEqual(DEFAULTS));

  it.each([
    'x',
    '[]',
    '{}',
    policy({ Version: '2013-10-17' }),
    policy({ Other: 1 }),
    policy({ Statement: [{ ...statement, Other: 1 }] }),
    policy({ Statement: [{ ...statement, Effect: 'Perhaps' }] }),
    policy({ Statement: ['text'] }),
    policy({ Id: 'x'.repeat(8192) }),
  ])('%.60s is refused', (value) => expect(refusal({ Policy: value })).toBe(wrong('Policy')));

  it('has at most 20 statements', () => {
    expect(refusal({ Policy: statements(22) })).toBe(
      'OverLimit: 22 statements were found in the submitted policy, max allowed is 20',
    );
  });
});

describe('encryption', () => {
  const withKey = { ...DEFAULTS, SqsManagedSseEnabled: 'false', KmsMasterKeyId: 'alias/k' };

  it('by a KMS key ends the other kind, and shows the default of the reuse period', () => {
    const shown = shownAfter({ KmsMasterKeyId: 'alias/k' });
    expect(shown).toEqual({ ...withKey, KmsDataKeyReusePeriodSeconds: '300' });
  });

  it('the reuse period is shown with a key only', () => {
    expect(shownAfter({ KmsDataKeyReusePeriodSeconds: '60' })).toEqual(DEFAULTS);
    const shown = shownAfter({ KmsMasterKeyId: 'alias/k', KmsDataKeyReusePeriodSeconds: '60' });
    expect(shown).toEqual({ ...withKey, KmsDataKeyReusePeriodSeconds: '60' });
  });

  it('managed by SQS ends KMS', () => {
    expect(shownAfter({ KmsMasterKeyId: 'alias/k' }, { SqsManagedSseEnabled: 'True' })).toEqual(DEFAULTS);
  });

  it('is off after the key is taken away', () => {
    const away = { KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' };
    expect(shownAfter({ KmsMasterKeyId: 'alias/k' }, away)).toEqual({ ...DEFAULTS, SqsManagedSseEnabled: 'false' });
  });

  it('of both kinds in one request is refused', () => {
    expect(refusal({ KmsMasterKeyId: 'alias/k', SqsManagedSseEnabled: 'TRUE' })).toBe(
      'InvalidAttributeName: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
    expect(refusal({ KmsMasterKeyId: 'alias/k', SqsManagedSseEnabled: 'false' })).toBeUndefined();
  });
});

describe('what is shown', () => {
  it('of a fresh queue are the defaults', () => expect(settableAttributes(queueWith({}))).toEqual(DEFAULTS));

  it('keeps what a change does not name', () => {
    const shown = shownAfter({ DelaySeconds: '5' }, { VisibilityTimeout: '7' });
    expect(shown).toEqual({ ...DEFAULTS, DelaySeconds: '5', VisibilityTimeout: '7' });
  });
});

describe('a repeated CreateQueue', () => {
  const queue = queueWith({ DelaySeconds: '5', SqsManagedSseEnabled: 'false' });

  it.each([{}, { DelaySeconds: '5' }, { VisibilityTimeout: '30' }, { SqsManagedSseEnabled: 'FALSE' }, { Policy: '' }])(
    'is the same with %j',
    (wanted) => expect(differingAttribute(queue, wanted as Record<string, string>)).toBeUndefined(),
  );

  it('of a FIFO queue is judged by its own attributes too', () => {
    const fifo = queueWith({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    const same = { FifoQueue: 'True', ContentBasedDeduplication: 'TRUE', DeduplicationScope: 'queue' };
    expect(differingAttribute(fifo, same)).toBeUndefined();
    expect(differingAttribute(fifo, { FifoQueue: 'true' })).toBeUndefined();
    expect(differingAttribute(fifo, { ...same, ContentBasedDeduplication: 'false' })).toBe('ContentBasedDeduplication');
    expect(differingAttribute(fifo, { ...same, DeduplicationScope: 'messageGroup' })).toBe('DeduplicationScope');
  });

  it.each([
    ['DelaySeconds', { VisibilityTimeout: '30', DelaySeconds: '0' }],
    ['VisibilityTimeout', { VisibilityTimeout: '31' }],
    ['KmsMasterKeyId', { KmsMasterKeyId: 'alias/k' }],
  ])('differs in %s', (name, wanted) => expect(differingAttribute(queue, wanted as Record<string, string>)).toBe(name));
});
