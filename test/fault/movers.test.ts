/**
 * Several movers at one outbox, and answers of Redis that are lost on the way: whatever gets in whose way, each message
 * arrives once, and it is counted once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Moved, movesOver } from '../../src/engine/moves.ts';
import { systemClock } from '../../src/model/clock.ts';
import { newGeneration } from '../../src/model/ids.ts';
import { draftOf, textOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import { openRedis } from '../../src/store/redis/store.ts';
import type { Store } from '../../src/store/store.ts';
import { hasRedis } from '../helpers/redis.ts';
import { silent } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import buildLibrary from '../setup.ts';
import { newQueue, PLAIN } from '../store/queues.ts';
import { fatal } from '../store/stores.ts';
import { heldIn } from './held.ts';
import { aProxy, aRedis } from './onRedis.ts';

const MESSAGES = 1000;
const RETENTION = 4 * 86_400_000;
const CONTENT = { attributes: [], senderId: 'AIDA', group: '', deduplicationId: '', traceHeader: '', delayMs: 0 };

beforeAll(buildLibrary);

async function openOn(url: string): Promise<Store> {
  const options = { url, prefix: 'movers', clock: systemClock(), virtual: false, waitReplicas: 0, fatal };
  const store = await openRedis({ ...options, requireDurability: 'none' });
  onTestFinished(() => store.close());
  return store;
}

interface Scene {
  source: QueueRecord;
  target: QueueRecord;
}

/** A source with `MESSAGES` messages, and a target. */
async function sceneIn({ catalogue, messages }: Store): Promise<Scene> {
  const { queue: source } = await catalogue.create(newQueue());
  const { queue: target } = await catalogue.create(newQueue());
  for (let first = 0; first < MESSAGES; first += 10) {
    const drafts = Array.from({ length: 10 }, (_, i) => draftOf({ ...CONTENT, body: `${first + i}` }));
    await messages.send(source, drafts, { maxLength: 0, requestId: '', perGroup: false });
  }
  return { source, target };
}

/** Puts up to `most` messages on their way. */
const leave = ({ messages }: Store, { source, target }: Scene, most: number) =>
  messages.leave(source, {
    numbers: [],
    most,
    to: target.name,
    id: newGeneration(),
    retentionMs: RETENTION,
    delayMs: 0,
  });

async function leaveAll(store: Store, scene: Scene): Promise<void> {
  for (let left = 0; left < MESSAGES; left += 100) await leave(store, scene, 100);
}

/** That the target has each message once and the source none. */
async function expectAll(store: Store, { source, target }: Scene): Promise<void> {
  const bodies = (await heldIn(store, target)).map(({ held }) => textOf(held.body));
  expect({ arrived: bodies.length, distinct: new Set(bodies).size }).toEqual({ arrived: MESSAGES, distinct: MESSAGES });
  expect(await heldIn(store, source)).toEqual([]);
}

/** And that as many were reported. */
async function expectOnce(store: Store, scene: Scene, reports: Moved[]): Promise<void> {
  await expectAll(store, scene);
  expect(reports.reduce((sum, { moved }) => sum + moved, 0)).toBe(MESSAGES);
}

const STEPS = ['departures', 'arrive', 'conclude'] as const;
type Step = (typeof STEPS)[number];
type Anything = (...args: unknown[]) => Promise<unknown>;

/** Does something before each of a store's calls of `step`. */
function before({ messages }: Store, step: Step, what: () => Promise<unknown>): void {
  const calls = messages as unknown as Record<Step, Anything>;
  const real = calls[step];
  calls[step] = async (...args) => {
    await what();
    return real(...args);
  };
}

/** The same pauses for the same seed: mostly none, sometimes a few milliseconds, now and then long ones. */
function pauses(seed: number): () => Promise<unknown> {
  let state = seed;
  return async () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const chance = state / 2_147_483_648;
    if (chance > 0.98) await pause(100);
    else if (chance > 0.7) await pause(Math.floor(chance * 5));
  };
}

describe.runIf(hasRedis)('movers of several servers', () => {
  it('side by side move each message once', async () => {
    const redis = await aRedis();
    const stores = [await openOn(redis.url), await openOn(redis.url)];
    const scene = await sceneIn(stores[0]!);
    await leaveAll(stores[0]!, scene);
    const reports = await Promise.all(stores.map((store) => movesOver(store, silent).drain(scene.source)));
    await expectOnce(stores[0]!, scene, reports);
  });

  it.each([1, 2, 3])('move each message once, whatever holds them up (seed %d)', async (seed) => {
    const redis = await aRedis();
    const stores = [await openOn(redis.url), await openOn(redis.url), await openOn(redis.url)];
    const scene = await sceneIn(stores[0]!);
    await leaveAll(stores[0]!, scene);
    for (const [i, store] of stores.entries()) {
      for (const step of STEPS) before(store, step, pauses(seed * 10 + i));
    }
    const reports = await Promise.all(stores.map((store) => movesOver(store, silent).drain(scene.source)));
    await expectOnce(stores[0]!, scene, reports);
  });

  it.each(['arrive', 'conclude'] as const)(
    'move each message once, though one stands still before %s',
    async (step) => {
      const redis = await aRedis();
      const [quick, slow] = [await openOn(redis.url), await openOn(redis.url)];
      const scene = await sceneIn(quick);
      await leaveAll(quick, scene);
      let go = () => {};
      let reached = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      const standing = new Promise<void>((resolve) => {
        reached = resolve;
      });
      before(slow, step, () => {
        reached();
        return gate;
      });
      const late = movesOver(slow, silent).drain(scene.source);
      await standing;
      const early = await movesOver(quick, silent).drain(scene.source);
      go();
      await expectOnce(quick, scene, [early, await late]);
    },
  );
});

describe.runIf(hasRedis)('answers of Redis that are lost', () => {
  /** A store behind a proxy, and how to lose the answer of a call. */
  async function behindProxy() {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    const store = await openOn(proxy.url);
    async function losing<T>(call: () => Promise<T>): Promise<T> {
      const { cuts } = proxy;
      proxy.cutEvery(1);
      const answer = call();
      await until('an answer is lost', () => proxy.cuts > cuts);
      proxy.cutEvery(0);
      return answer;
    }
    return { store, losing };
  }

  it('leave no message behind: each leaves once, and arrives', async () => {
    const { store, losing } = await behindProxy();
    const scene = await sceneIn(store);
    const moves = movesOver(store, silent);
    const reports: Moved[] = [];
    for (let step = 0; ; step += 1) {
      const call = () => leave(store, scene, 100);
      const { value } = await (step % 2 === 0 ? losing(call) : call());
      if (value!.left === 0) break;
      // A call that is made again is answered as before.
      expect(value!.left).toBe(100);
      reports.push(await moves.drain(scene.source));
      expect(reports.at(-1)).toEqual({ moved: 100 });
    }
    await expectOnce(store, scene, reports);
  });

  it.each(STEPS)('double no message: %s is made again', async (step) => {
    const { store, losing } = await behindProxy();
    const scene = await sceneIn(store);
    await leaveAll(store, scene);
    const calls = store.messages as unknown as Record<Step, Anything>;
    const real = calls[step];
    let made = 0;
    calls[step] = (...args) => {
      made += 1;
      return made % 20 === 1 ? losing(() => real(...args)) : real(...args);
    };
    const { moved } = await movesOver(store, silent).drain(scene.source);
    expect(made).toBeGreaterThanOrEqual(100);
    await expectAll(store, scene);
    // What a conclusion has ended is not counted when it is made again.
    const uncounted = step === 'conclude' ? 10 * Math.ceil(made / 20) : 0;
    expect(moved).toBeLessThanOrEqual(MESSAGES);
    expect(moved).toBeGreaterThanOrEqual(MESSAGES - uncounted);
  });

  it('lose no dead letter: a receive that finds nothing else is made again', async () => {
    const { store, losing } = await behindProxy();
    const scene = await sceneIn(store);
    const { source, target } = scene;
    const wish = () => ({
      ...PLAIN,
      max: 10,
      visibilityMs: 0,
      retentionMs: RETENTION,
      inFlightLimit: 120_000,
      requestId: '',
      generation: newGeneration(),
    });
    const deadly = () => ({ ...wish(), maxReceiveCount: 1, deadLetterQueue: target.name });
    // Everything is received once; then a receive finds up to a hundred dead letters and nothing to deliver.
    while ((await store.messages.receive(source, deadly())).value!.deliveries.length > 0);
    for (let step = 0; step < 9; step += 1) await losing(() => store.messages.receive(source, deadly()));
    while ((await store.messages.receive(source, deadly())).value!.more);
    await expectOnce(store, scene, [await movesOver(store, silent).drain(source)]);
  });
});

describe('movers of one server', () => {
  it('move each message once, however many are set to work', async () => {
    const options = { dataDir: '', durable: false, clock: systemClock(), diskReserveBytes: 0, fatal };
    const store = await openEmbedded(options);
    onTestFinished(() => store.close());
    const scene = await sceneIn(store);
    await leaveAll(store, scene);
    const moves = movesOver(store, silent);
    moves.kick(scene.source);
    const reports = await Promise.all(Array.from({ length: 5 }, () => moves.drain(scene.source)));
    await moves.stop();
    await expectAll(store, scene);
    expect(reports.reduce((sum, { moved }) => sum + moved, 0)).toBeLessThanOrEqual(MESSAGES);
  });
});
