/** Message move tasks when something goes wrong in the middle: steps that fail, a cancel or a start in a bad moment, a restart. */
import { afterEach, describe, expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { STORES, startServer, type TestServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { arnOf, fail } from './dead.ts';
import { nameOf } from './fifo.ts';
import { bodies, countsOf, onFakeTime, receive, send, type TimedContext } from './messages.ts';
import { cancel, die, ended, pairOf, start, taskOf, tasksOf, turn, visibleIn } from './moveTasks.ts';

/** How long a queue whose turn failed is nobody's. */
const LEASE_SECONDS = 10;

type Step = 'leave' | 'arrive' | 'conclude';
type Anything = (...args: unknown[]) => Promise<unknown>;

/** Does something at a step of the server's next move, before or after it; answers how to end that. */
function meddle({ server }: Pick<TimedContext, 'server'>, step: Step, when: 'before' | 'after', what: () => unknown) {
  const messages = server.store.messages as unknown as Record<Step, Anything>;
  const real = messages[step];
  messages[step] = async (...args) => {
    messages[step] = real;
    if (when === 'before') await what();
    const outcome = await real(...args);
    if (when === 'after') await what();
    return outcome;
  };
  return () => {
    messages[step] = real;
  };
}

const broken = () => {
  throw new Error('the store broke off');
};

onFakeTime('a move task in trouble', (context) => {
  let restore = () => {};
  afterEach(() => restore());

  const steps = (['leave', 'arrive', 'conclude'] as const).flatMap((step) =>
    (['before', 'after'] as const).map((when) => [when, step] as const),
  );
  it.each(steps)('moves everything once though the server broke off %s %s', async (when, step) => {
    const { dead, source } = await pairOf(context);
    const all = Array.from({ length: 25 }, (_, i) => `${i}`);
    await die(context, source, dead, ...all);
    await start(context, dead);
    restore = meddle(context, step, when, broken);
    await turn(context, LEASE_SECONDS + 2);
    expect(await taskOf(context, dead)).toMatchObject({ Status: 'COMPLETED' });
    const found = [];
    for (let more = await receive(context, source); more.length > 0; more = await receive(context, source)) {
      found.push(...bodies(more));
    }
    expect(found.sort()).toEqual(all.sort());
    expect(await visibleIn(context, dead)).toBe(0);
  });

  it('does not matter to dead letters: those whose move broke off are moved by a turn, whether anybody receives or not', async () => {
    const { dead, source } = await pairOf(context);
    await send(context, source, 'a');
    await fail(context, source);
    let isBroken = false;
    restore = meddle(context, 'arrive', 'before', () => {
      isBroken = true;
      broken();
    });
    expect(await fail(context, source)).toEqual([]);
    await until('the move breaks off', () => isBroken);
    expect(await countsOf(context, source)).toEqual([0, 0, 0]);
    expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
    // On Redis a queue that was created has its first turn after a minute.
    await turn(context, 62);
    expect(await countsOf(context, source)).toEqual([0, 0, 0]);
    expect(await countsOf(context, dead)).toEqual([1, 0, 0]);
  });

  it('is CANCELLED when the cancel comes while it finds that nothing is left', async () => {
    const { dead } = await pairOf(context);
    const handle = await start(context, dead);
    restore = meddle(context, 'leave', 'after', () => cancel(context, handle));
    expect(await ended(context, dead)).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 0 });
  });

  it('begins when it is started while its queue has its turn', async () => {
    const { dead, source } = await pairOf(context);
    await die(context, source, dead, 'a');
    const { store } = context.server;
    const { id } = (await store.catalogue.find('000000000000', 'us-east-1', nameOf(dead)))!;
    const { note } = store.messages;
    restore = () => {
      store.messages.note = note;
    };
    // The turn has seen that no task is active when one is started.
    store.messages.note = async (queue, name) => {
      const tasks = await note(queue, name);
      if (queue.id !== id) return tasks;
      restore();
      await start(context, dead);
      return tasks;
    };
    await context.client.call('SetQueueAttributes', { QueueUrl: dead, Attributes: { VisibilityTimeout: '31' } });
    await turn(context);
    expect(await taskOf(context, dead)).toMatchObject({ Status: 'RUNNING' });
    await turn(context, 2);
    expect(await taskOf(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
  });

  it('fails after 36 hours', async () => {
    const { dead, source } = await pairOf(context);
    await die(context, source, dead, 'a', 'b', 'c');
    await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
    await turn(context);
    context.pass(36 * 3600);
    expect(await ended(context, dead)).toMatchObject({
      Status: 'FAILED',
      FailureReason: expect.any(String),
      ApproximateNumberOfMessagesMoved: 1,
    });
    expect(await visibleIn(context, dead)).toBe(2);
  });
});

describe.each(STORES.filter((store) => store !== 'memory'))('a restart of the server, store %s', (store) => {
  let server: TestServer;
  const clock = fakeClock();

  async function contextOf(started: TestServer): Promise<TimedContext> {
    server = started;
    const client = await clientOf('json', server.endpoint);
    const createQueue = async (Attributes = {}) => {
      const QueueName = `queue-${clock.now()}-${Object.keys(Attributes).length}`;
      return String((await client.call('CreateQueue', { QueueName, Attributes })).QueueUrl);
    };
    return { face: 'json', store, client, server, clock, createQueue } as unknown as TimedContext;
  }
  async function restarted({ client }: TimedContext): Promise<TimedContext> {
    client.close();
    return contextOf(await server.restart());
  }
  afterEach(() => server.stop());
  const here = (QueueUrl: string) => `${server.endpoint}/000000000000/${nameOf(QueueUrl)}`;

  it('keeps tasks: one that ran goes on, with its handle, its count and its rate', async () => {
    let context = await contextOf(await startServer(store, { clock }));
    const { dead, source } = await pairOf(context);
    await start(context, dead);
    await turn(context);
    await die(context, source, dead, 'a', 'b', 'c');
    await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
    await turn(context);
    const before = await tasksOf(context, dead, 10);
    expect(before).toMatchObject([
      { Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 1, ApproximateNumberOfMessagesToMove: 3 },
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 0, ApproximateNumberOfMessagesToMove: 0 },
    ]);
    context = await restarted(context);
    expect(await tasksOf(context, dead, 10)).toEqual(before);
    const moved: number[] = [];
    for (let second = 0; second < 2; second += 1) {
      await turn(context);
      moved.push((await taskOf(context, dead)).ApproximateNumberOfMessagesMoved);
    }
    expect(moved).toEqual([2, 3]);
    expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED' });
    expect(bodies(await receive(context, here(source))).sort()).toEqual(['a', 'b', 'c']);
    context.client.close();
  });

  it('keeps what is being cancelled, and handles', async () => {
    let context = await contextOf(await startServer(store, { clock }));
    const { dead, source } = await pairOf(context);
    await die(context, source, dead, 'a', 'b', 'c');
    const handle = await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
    await turn(context);
    context = await restarted(context);
    expect(await cancel(context, handle)).toEqual({ ApproximateNumberOfMessagesMoved: 1 });
    context = await restarted(context);
    expect(await taskOf(context, dead)).toMatchObject({ Status: 'CANCELLING' });
    expect(await ended(context, dead)).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 1 });
    expect(await visibleIn(context, here(dead))).toBe(2);
    context.client.close();
  });

  it('moves on what was on its way when the server stopped', async () => {
    let context = await contextOf(await startServer(store, { clock }));
    const { dead, source } = await pairOf(context);
    await die(context, source, dead, 'a', 'b', 'c');
    const destination = await context.createQueue({ DelaySeconds: '0' });
    await start(context, dead, { DestinationArn: arnOf(destination) });
    meddle(context, 'arrive', 'before', broken);
    await turn(context);
    // They are in no queue that anybody could ask.
    expect(await visibleIn(context, dead)).toBe(0);
    expect(await visibleIn(context, destination)).toBe(0);
    context = await restarted(context);
    await turn(context, LEASE_SECONDS + 2);
    expect(await taskOf(context, dead)).toMatchObject({ Status: 'COMPLETED' });
    expect(bodies(await receive(context, here(destination))).sort()).toEqual(['a', 'b', 'c']);
    context.client.close();
  });
});
