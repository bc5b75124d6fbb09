/** Fair queues: a group id on a standard queue names a tenant (sqs-wire.md §8). */
import { expect, it } from 'vitest';
import { hide, remove, take } from './fifo.ts';
import { onEvery } from './matrix.ts';
import { bodies, countsOf, onFakeTime, receive, send } from './messages.ts';

onEvery('tenants', (context) => {
  /** Sends messages named `<tenant>-<n>`; '' is no tenant. */
  const fill = async (QueueUrl: string, ...tenants: [tenant: string, count: number][]) => {
    for (const [tenant, count] of tenants) {
      const more = tenant === '' ? {} : { MessageGroupId: tenant };
      for (let n = 1; n <= count; n += 1) await send(context, QueueUrl, `${tenant}-${n}`, more);
    }
  };
  /** How many of each tenant. */
  const tally = (messages: string[]) => {
    const tenants: Record<string, number> = {};
    for (const body of messages) {
      const [tenant = ''] = body.split('-');
      tenants[tenant] = (tenants[tenant] ?? 0) + 1;
    }
    return tenants;
  };
  const takeMany = async (QueueUrl: string, count: number) => {
    const got: string[] = [];
    while (got.length < count) {
      const some = await take(context, QueueUrl, Math.min(10, count - got.length));
      if (some.length === 0) break;
      got.push(...some);
    }
    return got;
  };

  it('are shown on receive, and lock nothing', async () => {
    const QueueUrl = await context.createQueue();
    await fill(QueueUrl, ['a', 3], ['', 1]);
    const messages = await receive(context, QueueUrl, { AttributeNames: ['All'] });
    expect(messages).toHaveLength(4);
    expect(tally(bodies(messages))).toEqual({ a: 3, '': 1 });
    for (const { Body, Attributes } of messages) {
      expect(Attributes?.MessageGroupId).toBe(Body.startsWith('a') ? 'a' : undefined);
      for (const name of ['SequenceNumber', 'MessageDeduplicationId']) expect(Attributes).not.toHaveProperty(name);
    }
    await fill(QueueUrl, ['a', 2]);
    expect(await take(context, QueueUrl)).toHaveLength(2);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 6, 0]);
  });

  it('that are quiet come before a noisy one with a long backlog', async () => {
    const QueueUrl = await context.createQueue();
    await fill(QueueUrl, ['noisy', 80]);
    expect(await takeMany(QueueUrl, 40)).toHaveLength(40);
    await fill(QueueUrl, ['quiet', 2], ['other', 1]);
    expect(tally(await take(context, QueueUrl, 3))).toEqual({ quiet: 2, other: 1 });
    // Nothing is dropped, and nothing waits for room.
    expect(tally(await takeMany(QueueUrl, 100))).toEqual({ noisy: 40 });
  });

  it('do not hold up messages without a tenant', async () => {
    const QueueUrl = await context.createQueue();
    await fill(QueueUrl, ['noisy', 60]);
    await takeMany(QueueUrl, 30);
    await fill(QueueUrl, ['', 2]);
    expect(tally(await take(context, QueueUrl, 2))).toEqual({ '': 2 });
  });

  it('that are all noisy come by how little they have in flight', async () => {
    const QueueUrl = await context.createQueue();
    await fill(QueueUrl, ['a', 40]);
    await takeMany(QueueUrl, 30);
    await fill(QueueUrl, ['b', 40]);
    await takeMany(QueueUrl, 10);
    // a has 30 in flight and b 10: b comes until they are even.
    expect(tally(await takeMany(QueueUrl, 20))).toEqual({ b: 20 });
    const even = tally(await takeMany(QueueUrl, 10));
    expect(even).toEqual({ a: 5, b: 5 });
  });

  it('are quiet again when their messages are deleted', async () => {
    const QueueUrl = await context.createQueue();
    await fill(QueueUrl, ['a', 20]);
    const held = [
      ...(await receive(context, QueueUrl)),
      ...(await receive(context, QueueUrl, { MaxNumberOfMessages: 5 })),
    ];
    for (const { ReceiptHandle } of held) await remove(context, QueueUrl, ReceiptHandle);
    await fill(QueueUrl, ['b', 5]);
    // With nothing in flight on either side age alone decides for the first, and then they take turns.
    expect(tally(await take(context, QueueUrl, 10))).toEqual({ a: 5, b: 5 });
  });

  it('get everything, once, whatever is released meanwhile', async () => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '1000' });
    await fill(QueueUrl, ['a', 15], ['', 5], ['b', 5]);
    const seen = new Set<string>();
    for (let round = 0; round < 10 && seen.size < 25; round += 1) {
      for (const { Body, ReceiptHandle } of await receive(context, QueueUrl)) {
        if (round === 0 && Body.endsWith('-1')) await hide(context, QueueUrl, ReceiptHandle, 0);
        else {
          expect(seen.has(Body)).toBe(false);
          seen.add(Body);
          await remove(context, QueueUrl, ReceiptHandle);
        }
      }
    }
    expect(tally([...seen])).toEqual({ a: 15, '': 5, b: 5 });
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });

  it('are as many as there are messages', async () => {
    const QueueUrl = await context.createQueue();
    await fill(QueueUrl, ...Array.from({ length: 30 }, (_, i): [string, number] => [`t${i}`, 1]));
    expect(new Set(await takeMany(QueueUrl, 30)).size).toBe(30);
    expect(await take(context, QueueUrl)).toEqual([]);
  });
});

onFakeTime('time for tenants', (context) => {
  it('brings delayed and returned messages of a tenant back like any other', async () => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '30' });
    await send(context, QueueUrl, 'a-delayed', { MessageGroupId: 'a', DelaySeconds: 10 });
    await send(context, QueueUrl, 'a-now', { MessageGroupId: 'a' });
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 1]);
    expect(await take(context, QueueUrl)).toEqual(['a-now']);
    context.pass(10);
    expect(await take(context, QueueUrl)).toEqual(['a-delayed']);
    context.pass(20);
    expect(await take(context, QueueUrl)).toEqual(['a-now']);
    context.pass(10);
    expect(await take(context, QueueUrl)).toEqual(['a-delayed']);
  });

  it('ends those that are too old, in the backlog of a tenant too', async () => {
    const QueueUrl = await context.createQueue({ MessageRetentionPeriod: '60' });
    for (let i = 0; i < 3; i += 1) await send(context, QueueUrl, 'old', { MessageGroupId: 'a' });
    context.pass(60);
    await send(context, QueueUrl, 'new', { MessageGroupId: 'a' });
    expect(await take(context, QueueUrl)).toEqual(['new']);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
  });
});
