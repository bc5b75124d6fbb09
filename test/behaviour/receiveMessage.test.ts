import { expect, it } from 'vitest';
import { AWS, onEvery, refusal } from './matrix.ts';
import {
  bodies,
  countsOf,
  invalidValue,
  type Message,
  noQueue,
  onFakeTime,
  receive,
  receiveOne,
  send,
} from './messages.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const FIVE = ['1', '2', '3', '4', '5'];

onEvery('ReceiveMessage', (context) => {
  const { face } = context;
  const filled = async (count: number) => {
    const QueueUrl = await context.createQueue();
    for (let i = 0; i < count; i += 1) await send(context, QueueUrl, String(i));
    return QueueUrl;
  };

  it('finds nothing in an empty queue', async () => {
    const QueueUrl = await context.createQueue();
    const answer = await context.client.call('ReceiveMessage', { QueueUrl });
    expect(answer).toEqual(face === 'rest' ? { Messages: [] } : {});
  });

  it('receives one message unless told, and up to ten', async () => {
    const QueueUrl = await filled(14);
    expect(bodies(await receive(context, QueueUrl, { MaxNumberOfMessages: undefined }))).toEqual(['0']);
    expect(bodies(await receive(context, QueueUrl, { MaxNumberOfMessages: 3 }))).toEqual(['1', '2', '3']);
    expect(await receive(context, QueueUrl, { MaxNumberOfMessages: 10 })).toHaveLength(10);
    expect(await receive(context, QueueUrl, { MaxNumberOfMessages: 10 })).toEqual([]);
  });

  it('takes every message once while it is hidden, with handles of its own', async () => {
    const QueueUrl = await filled(30);
    const rounds = await Promise.all(Array.from({ length: 6 }, () => receive(context, QueueUrl)));
    const messages = rounds.flat();
    expect(messages).toHaveLength(30);
    expect(new Set(messages.map(({ MessageId }) => MessageId)).size).toBe(30);
    expect(new Set(messages.map(({ ReceiptHandle }) => ReceiptHandle)).size).toBe(30);
    expect(messages.every(({ ReceiptHandle }) => ReceiptHandle.length <= 1024)).toBe(true);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 30, 0]);
  });

  it('hides for no time with VisibilityTimeout 0, and counts', async () => {
    const QueueUrl = await filled(2);
    const wish = { VisibilityTimeout: 0, MessageSystemAttributeNames: ['ApproximateReceiveCount'] };
    const handles = new Set<string>();
    for (const count of ['1', '2', '3']) {
      const messages = await receive(context, QueueUrl, wish);
      expect(bodies(messages)).toEqual(['0', '1']);
      for (const { Attributes, ReceiptHandle } of messages) {
        expect(Attributes).toMatchObject({ ApproximateReceiveCount: count });
        handles.add(ReceiptHandle);
      }
    }
    expect(handles.size).toBe(6);
    expect(await countsOf(context, QueueUrl)).toEqual([2, 0, 0]);
  });

  const range = (least: number | string, most: number, name: string, value: number) =>
    invalidValue(
      face,
      name,
      value,
      name === 'MaxNumberOfMessages'
        ? `Must be between ${least} and ${most}, if provided.`
        : `Must be >= ${least} and <= ${most}, if provided.`,
    );
  it.each<[string, number, number, number]>([
    ['MaxNumberOfMessages', 0, 1, 10],
    ['MaxNumberOfMessages', -1, 1, 10],
    ['MaxNumberOfMessages', 11, 1, 10],
    ['WaitTimeSeconds', -1, 0, 20],
    ['WaitTimeSeconds', 21, 0, 20],
    ['VisibilityTimeout', -1, 0, 43200],
    ['VisibilityTimeout', 43201, 0, 43200],
  ])('takes no %s %i', async (name, value, least, most) => {
    const QueueUrl = await filled(1);
    expect(await refusal(receive(context, QueueUrl, { [name]: value }))).toEqual(range(least, most, name, value));
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
  });

  it('looks at the queue, then at the members in order', async () => {
    const all = { MaxNumberOfMessages: 11, WaitTimeSeconds: 21, VisibilityTimeout: -1 };
    const none = `${context.server.endpoint}/000000000000/no-queue`;
    expect(await refusal(receive(context, none, all))).toEqual(noQueue(face));
    const QueueUrl = await context.createQueue();
    const { MaxNumberOfMessages: _, ...two } = all;
    expect(await refusal(receive(context, QueueUrl, all))).toEqual(range(1, 10, 'MaxNumberOfMessages', 11));
    expect(await refusal(receive(context, QueueUrl, two))).toEqual(range(0, 20, 'WaitTimeSeconds', 21));
  });

  it('takes the ends of its ranges', async () => {
    const QueueUrl = await filled(1);
    const wish = { WaitTimeSeconds: 20, VisibilityTimeout: 43200, MaxNumberOfMessages: 1 };
    expect(bodies(await receive(context, QueueUrl, wish))).toEqual(['0']);
  });

  it('ignores ReceiveRequestAttemptId on a standard queue', async () => {
    const QueueUrl = await filled(2);
    const wish = { ReceiveRequestAttemptId: 'attempt', MaxNumberOfMessages: 1 };
    expect(bodies(await receive(context, QueueUrl, wish))).toEqual(['0']);
    expect(bodies(await receive(context, QueueUrl, wish))).toEqual(['1']);
  });
});

onEvery('attributes of a received message that REST always shows', (context) => {
  it('are what was sent and what happened', async () => {
    const before = Date.now();
    const QueueUrl = await context.createQueue();
    await send(context, QueueUrl, 'x', { MessageAttributes: { k: text('x') } });
    const { Attributes, MessageAttributes, MD5OfMessageAttributes } = await receiveOne(context, QueueUrl, {
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    expect(MessageAttributes).toEqual({ k: text('x') });
    expect(MD5OfMessageAttributes).toBe('a45daa70926828a2f0a1db3418e6feb4');
    expect(Attributes).toEqual({
      SenderId: expect.stringMatching(/^\S+$/),
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateReceiveCount: '1',
    });
    expect(Number(Attributes?.SentTimestamp)).toBeGreaterThanOrEqual(before);
    expect(Number(Attributes?.SentTimestamp)).toBeLessThanOrEqual(Date.now());
  });
});

onEvery(
  'attributes that a receive asks for',
  (context) => {
    const MessageAttributes = {
      Hello: text('There'),
      General: text('Kenobi'),
      'Help.Me': text('Me'),
      hello: text('small'),
      constructor: text('x'),
    };
    const HELLO_HELP = '83fee93c1bcd8b9a5a923ffacdc636c7';
    const asking = async (wish: Record<string, unknown>): Promise<Message> => {
      const QueueUrl = await context.createQueue();
      await send(context, QueueUrl, 'x', { MessageAttributes, MessageGroupId: 'tenant' });
      return receiveOne(context, QueueUrl, wish);
    };
    const namesOf = ({ MessageAttributes: shown = {} }: Message) => Object.keys(shown).sort();
    const every = Object.keys(MessageAttributes).sort();

    it.each<[string[], string[]]>([
      [['All'], every],
      [['.*'], every],
      [['*'], every],
      [['nothing', 'All'], every],
      [['Hello'], ['Hello']],
      [['Hel.*'], ['Hello', 'Help.Me']],
      [['Help.*'], ['Help.Me']],
      [['Help.Me.*'], ['Help.Me']],
      [
        ['H.*', 'General', 'General'],
        ['General', 'Hello', 'Help.Me'],
      ],
      [
        ['hello', 'constructor'],
        ['constructor', 'hello'],
      ],
      [['HELLO', 'Hell', 'Hello.', 'Hel*', 'all', 'AWS.', '..foo', '__proto__', 'toString', ''], []],
      [[], []],
    ])('with %j are %j', async (MessageAttributeNames, names) => {
      const message = await asking({ MessageAttributeNames });
      expect(namesOf(message)).toEqual(names);
      expect('MD5OfMessageAttributes' in message).toBe(names.length > 0);
    });

    it('have the digest over just them', async () => {
      expect(await asking({ MessageAttributeNames: ['Hel.*'] })).toMatchObject({ MD5OfMessageAttributes: HELLO_HELP });
      expect(await asking({ MessageAttributeNames: ['Hello'] })).toMatchObject({
        MD5OfMessageAttributes: 'a311262e065454b75da111d535b8dacd',
      });
    });

    it('are none when none is asked for', async () => {
      expect(Object.keys(await asking({})).sort()).toEqual(['Body', 'MD5OfBody', 'MessageId', 'ReceiptHandle']);
    });

    it.each(['AttributeNames', 'MessageSystemAttributeNames'])('of the system come with %s', async (member) => {
      const names = async (list: string[]) =>
        Object.keys((await asking({ [member]: list })).Attributes ?? { none: '' }).sort();
      expect(await names(['All'])).toEqual([
        'ApproximateFirstReceiveTimestamp',
        'ApproximateReceiveCount',
        'MessageGroupId',
        'SenderId',
        'SentTimestamp',
      ]);
      expect(await names(['SenderId', 'MessageGroupId', 'Nonsense', 'AWSTraceHeader', 'SequenceNumber'])).toEqual([
        'MessageGroupId',
        'SenderId',
      ]);
      expect(await names(['Nonsense', 'senderid', '__proto__', 'AWSTraceHeader'])).toEqual(['none']);
      expect(await names([])).toEqual(['none']);
    });
  },
  { faces: AWS },
);

onEvery(
  'both lists of system attributes',
  (context) => {
    it('are put together', async () => {
      const QueueUrl = await context.createQueue();
      await send(context, QueueUrl, 'x');
      const { Attributes } = await receiveOne(context, QueueUrl, {
        AttributeNames: ['SentTimestamp'],
        MessageSystemAttributeNames: ['SenderId'],
      });
      expect(Object.keys(Attributes ?? {}).sort()).toEqual(['SenderId', 'SentTimestamp']);
    });
  },
  { faces: ['json'] },
);

onFakeTime('visibility', (context) => {
  const { pass } = context;
  const system = { MessageSystemAttributeNames: ['All'] };

  it('comes back when the queue’s timeout ends, on the millisecond', async () => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '5' });
    const MessageId = await send(context, QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(context, QueueUrl);
    pass(4.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    pass(0.001);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    const again = await receiveOne(context, QueueUrl);
    expect(again.MessageId).toBe(MessageId);
    expect(again.ReceiptHandle).not.toBe(ReceiptHandle);
  });

  it('is the receive’s own just once', async () => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '5' });
    await send(context, QueueUrl, 'x');
    await receiveOne(context, QueueUrl, { VisibilityTimeout: 100 });
    pass(99.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    await receiveOne(context, QueueUrl);
    pass(5);
    await receiveOne(context, QueueUrl, { VisibilityTimeout: 0 });
    await receiveOne(context, QueueUrl);
    pass(4.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
  });

  it('is 30 seconds unless told, and 12 hours at most', async () => {
    const QueueUrl = await context.createQueue();
    await send(context, QueueUrl, 'x');
    await receiveOne(context, QueueUrl);
    pass(29.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    await receiveOne(context, QueueUrl, { VisibilityTimeout: 43200 });
    pass(43199.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    await receiveOne(context, QueueUrl);
  });

  it('changes for messages that are received after a change of the queue’s', async () => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '5' });
    await send(context, QueueUrl, 'early');
    await receiveOne(context, QueueUrl);
    await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { VisibilityTimeout: '50' } });
    pass(5);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['early']);
    pass(49.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['early']);
  });

  it('is told by counts and timestamps', async () => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '10' });
    const sentAt = context.clock.wall();
    await send(context, QueueUrl, 'x');
    pass(3);
    const first = await receiveOne(context, QueueUrl, system);
    const expected = {
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(sentAt + 3000),
      ApproximateReceiveCount: '1',
    };
    expect(first.Attributes).toMatchObject(expected);
    pass(10);
    const second = await receiveOne(context, QueueUrl, system);
    expect(second.Attributes).toMatchObject({ ...expected, ApproximateReceiveCount: '2' });
  });

  it('lets messages come back in the order of their times', async () => {
    const QueueUrl = await context.createQueue();
    for (const body of FIVE) await send(context, QueueUrl, body);
    for (const seconds of [50, 10, 40, 20, 30]) {
      await receive(context, QueueUrl, { MaxNumberOfMessages: 1, VisibilityTimeout: seconds });
    }
    pass(50);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['2', '4', '5', '3', '1']);
  });
});

onFakeTime('retention', (context) => {
  const { pass } = context;
  const set = (QueueUrl: string, seconds: string) =>
    context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { MessageRetentionPeriod: seconds } });

  it('ends on the millisecond, counted from the sending', async () => {
    const QueueUrl = await context.createQueue({ MessageRetentionPeriod: '60' });
    await send(context, QueueUrl, 'first');
    await send(context, QueueUrl, 'delayed', { DelaySeconds: 900 });
    pass(30);
    await send(context, QueueUrl, 'second');
    pass(29.999);
    expect(bodies(await receive(context, QueueUrl, { VisibilityTimeout: 0 }))).toEqual(['first', 'second']);
    pass(0.001);
    expect(bodies(await receive(context, QueueUrl, { VisibilityTimeout: 0 }))).toEqual(['second']);
    pass(30);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(900);
    expect(await receive(context, QueueUrl)).toEqual([]);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });

  it('is four days unless told, and 14 days at most', async () => {
    const short = await context.createQueue();
    const long = await context.createQueue({ MessageRetentionPeriod: '1209600' });
    for (const QueueUrl of [short, long]) await send(context, QueueUrl, 'x');
    pass(345_600 - 0.001);
    await receiveOne(context, short, { VisibilityTimeout: 0 });
    pass(0.001);
    expect(await receive(context, short)).toEqual([]);
    pass(1_209_600 - 345_600 - 0.001);
    await receiveOne(context, long, { VisibilityTimeout: 0 });
    pass(0.001);
    expect(await receive(context, long)).toEqual([]);
  });

  it('applies to old messages when it is shortened or lengthened', async () => {
    const QueueUrl = await context.createQueue();
    await send(context, QueueUrl, 'old');
    pass(100);
    await send(context, QueueUrl, 'young');
    await set(QueueUrl, '60');
    expect(bodies(await receive(context, QueueUrl, { VisibilityTimeout: 0 }))).toEqual(['young']);
    pass(59);
    await set(QueueUrl, '120');
    pass(60);
    expect(bodies(await receive(context, QueueUrl, { VisibilityTimeout: 0 }))).toEqual(['young']);
    pass(1);
    expect(await receive(context, QueueUrl)).toEqual([]);
  });

  it('ends for messages in flight, whose deletion succeeds all the same', async () => {
    const { client } = context;
    const QueueUrl = await context.createQueue({ MessageRetentionPeriod: '60' });
    await send(context, QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(context, QueueUrl, { VisibilityTimeout: 600 });
    pass(60);
    expect(
      await refusal(client.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 })),
    ).toEqual(
      invalidValue(
        'json',
        'ReceiptHandle',
        ReceiptHandle,
        'Message does not exist or is not available for visibility timeout change.',
      ),
    );
    await client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
    pass(600);
    expect(await receive(context, QueueUrl)).toEqual([]);
  });
});
