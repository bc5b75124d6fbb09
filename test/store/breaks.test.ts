/**
 * What is left when a function inside Redis breaks off (parts.ts, breaks; reliability.md R5). A function is atomic, but
 * what it has written is not taken back. So every call of Redis that a function makes is made to fail once, and whatever
 * the clients do then, no message that was acknowledged is lost, none is delivered twice within its visibility, nothing
 * is stuck, and no key is left behind.
 *
 * The library is the real one; only its `redis.call` is another, which counts and breaks off where it was told to.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draftOf, textOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Settled, Settlement } from '../../src/queue/settle.ts';
import type { Delivery } from '../../src/queue/wish.ts';
import { compileLibrary } from '../../src/store/redis/build.ts';
import { keysUnder } from '../../src/store/redis/keys.ts';
import { openRedis } from '../../src/store/redis/store.ts';
import type { Outcome, Store, User, Users } from '../../src/store/store.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { hasRedis, type RedisProcess, startRedis } from '../helpers/redis.ts';
import { newQueue, PLAIN } from './queues.ts';
import { fatal } from './stores.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** Longer than any message is hidden or delayed here, and shorter than what is left of any retention. */
const LONG = 120 * SECOND;
const RETENTION = 2 * HOUR;
const RULES = { retentionMs: RETENTION, visibilityLimitMs: 12 * HOUR };
/** A body that gets a key of its own. */
const LARGE = 'x'.repeat(17_000);
const DRAFT = { attributes: [], senderId: 'AIDA', group: '', deduplicationId: '', traceHeader: '' };
/** Stores that take turns at the runs, each with a clock of its own. */
const BENCHES = 8;
/** No queue here needs as many calls to be emptied. */
const ENOUGH = 60;

/**
 * `break` plans for the next call over a key; `calls` answers which calls of Redis the last whole one made; `at` moves the
 * tail of a queue's log, and its head unless that is 0, as if much had been sent.
 */
const BREAKER = `
local function call(...) return redis.call(...) end
local register = redis.register_function
local planned, whole = {}, {}
local made, breakAt = {}, 0
local redis = {
  call = function(command, ...)
    made[#made + 1] = command
    if #made == breakAt then error({ err = 'ERR broken at ' .. command }) end
    return call(command, ...)
  end,
  register_function = function(row)
    local callback = row.callback
    row.callback = function(keys, values)
      made, breakAt = {}, planned[keys[1]] or 0
      planned[keys[1]] = nil
      local reply = callback(keys, values)
      whole[keys[1]] = made
      return reply
    end
    return register(row)
  end,
}
register({ function_name = 'LIBRARY_break', callback = function(keys, values)
  planned[keys[1]] = tonumber(values[1])
  return 'OK'
end })
register({ function_name = 'LIBRARY_calls', callback = function(keys) return whole[keys[1]] end })
register({ function_name = 'LIBRARY_at', callback = function(keys, values)
  local row = cmsgpack.unpack(call('GET', keys[1]))
  local head, tail = tonumber(values[1]), tonumber(values[2])
  if head > 0 then row[3] = head end
  row[4] = tail
  return call('SET', keys[1], cmsgpack.pack(row))
end })
`;

let redis: RedisProcess;
let library = '';
let benches: Bench[] = [];
let pairs = 0;
let runs = 0;

interface Bench {
  prefix: string;
  clock: FakeClock;
  store: Store;
}

async function openBench(): Promise<Bench> {
  const prefix = `breaks-${randomBytes(6).toString('hex')}`;
  const clock = fakeClock();
  const unlimited = { virtual: true, requireDurability: 'none', waitReplicas: 0, fatal } as const;
  const options = { url: redis.url, prefix, clock, ...unlimited };
  return { prefix, clock, store: await openRedis(options) };
}

/** The library that breaks stands where the store looks for its own: under its name. */
async function loadBreaking(): Promise<void> {
  const [first = '', ...rest] = compileLibrary().split('\n');
  library = first.slice('#!lua name='.length);
  await redis.client.function('LOAD', [first, BREAKER.replaceAll('LIBRARY', library), ...rest].join('\n'));
}

const tell = (what: 'break' | 'calls' | 'at', key: string, ...args: number[]): Promise<unknown> =>
  redis.client.fcall(`${library}_${what}`, 1, key, ...args);

/** Breaks the next call over `key` at its `k`th call of Redis; answers the command that failed, '' when none did. */
async function breakAt(key: string, k: number, act: () => Promise<unknown>): Promise<string> {
  await tell('break', key, k);
  try {
    await act();
    return '';
  } catch (error) {
    const found = /broken at (\w+)/.exec((error as Error).message);
    if (found === null) throw error;
    return found[1]!;
  }
}

/** What is left of a queue, or of people, that should not be: its answers go by themselves. */
async function leftOf(key: string, ...but: string[]): Promise<string[]> {
  const keys = await redis.client.keys(`${key}*`);
  return keys.filter((each) => !but.includes(each) && !each.startsWith(`${key}:r`)).sort();
}

async function forgetKeys(key: string): Promise<void> {
  const keys = await redis.client.keys(`${key}*`);
  if (keys.length > 0) await redis.client.unlink(...keys);
}

function done<T>(outcome: Outcome<T>): T {
  if (outcome.refused !== undefined) throw new Error(`refused: ${outcome.refused}`);
  return outcome.value;
}

/** What clients know of a message. */
interface Known {
  body: string;
  /** The id that its send was answered. */
  id: string;
  /** Acknowledged; asked to be sent or removed without an answer; removed. */
  is: 'there' | 'perhaps' | 'gone';
  sentAt: number;
  /** Nobody may be given it before. */
  until: number;
  receipt: Pick<Settlement, 'epoch' | 'number' | 'generation'>;
}

interface Order {
  body: string;
  delayMs: number;
}

interface Wanted {
  of: Known;
  to: Settlement['to'];
  visibilityMs?: number;
}

/** A queue, its clients, and what they may expect of it. */
class Scene {
  readonly bench: Bench;
  readonly queue: QueueRecord;
  readonly key: string;
  readonly known = new Map<string, Known>();
  /** A send may have broken off. */
  sends = false;
  /** What another client has received and not removed yet. */
  private held: Known[] = [];
  private names = 0;

  constructor(bench: Bench, queue: QueueRecord) {
    this.bench = bench;
    this.queue = queue;
    this.key = keysUnder(bench.prefix).queue(queue.id);
  }

  get now(): number {
    return this.bench.clock.now();
  }

  pass(ms: number): void {
    this.bench.clock.advance(ms);
  }

  /** Bodies that no other message has. */
  orders(count: number, delayMs = 0, filling = ''): Order[] {
    return Array.from({ length: count }, () => {
      this.names += 1;
      return { body: `${this.names}${filling}`, delayMs };
    });
  }

  /** The drafts are new at each attempt, as they are when a client tries again. */
  async send(orders: Order[], requestId = ''): Promise<void> {
    for (const { body, delayMs } of orders) {
      if (this.known.has(body)) continue;
      const until = this.now + delayMs;
      const receipt = { epoch: 0, number: 0, generation: 0 };
      this.known.set(body, { body, id: '', is: 'perhaps', sentAt: this.now, until, receipt });
    }
    const drafts = orders.map((order) => draftOf({ ...DRAFT, ...order }));
    const sent = done(
      await this.bench.store.messages.send(this.queue, drafts, { maxLength: 0, requestId, perGroup: false }),
    );
    for (const [i, { body, delayMs }] of orders.entries()) {
      const one = this.known.get(body)!;
      const { id, number } = sent[i]!;
      one.id = id;
      if (one.is === 'perhaps') one.is = 'there';
      // Else it was received before its send was answered.
      if (one.receipt.number !== 0) continue;
      const { rows } = done(await this.bench.store.messages.page(this.queue, { from: number, most: 1, bodies: false }));
      const { sentAt } = rows[0]!.held.message;
      Object.assign(one, { sentAt, until: sentAt + delayMs });
    }
  }

  /** Receives, and holds what comes against what is known. */
  async receive(max: number, visibilityMs: number, requestId = ''): Promise<{ got: Known[]; more: boolean }> {
    const { epoch, deliveries, more } = await this.take(max, visibilityMs, requestId);
    const got = deliveries.map((delivery) => this.delivered(epoch, delivery));
    expect(new Set(got).size, 'a message comes once in an answer').toBe(got.length);
    for (const one of got) one.until = this.now + visibilityMs;
    return { got, more };
  }

  /** A receive that was answered, made again at once: what is still in flight by it comes again, as it was. */
  async receiveAgain(max: number, visibilityMs: number, requestId: string, got: Known[]): Promise<void> {
    if (visibilityMs === 0 || got.length === 0) return;
    const { epoch, deliveries } = await this.take(max, visibilityMs, requestId);
    const again = deliveries.map(({ number, state }) => ({ epoch, number, generation: state.generation }));
    expect(again, 'the same messages').toEqual(got.map(({ receipt }) => receipt));
  }

  private async take(max: number, visibilityMs: number, requestId: string) {
    const generation = randomBytes(6).readUIntBE(0, 6);
    const wish = { max, visibilityMs, retentionMs: RETENTION, inFlightLimit: 1000, generation, requestId, ...PLAIN };
    return done(await this.bench.store.messages.receive(this.queue, wish));
  }

  private delivered(epoch: number, { number, message, body, state }: Delivery): Known {
    const one = this.known.get(textOf(body));
    if (one === undefined) throw new Error(`delivered what nobody sent: ${textOf(body).slice(0, 10)}`);
    const name = one.body.slice(0, 10);
    expect(one.is, `${name} was removed`).not.toBe('gone');
    expect(one.sentAt + RETENTION, `${name} has expired`).toBeGreaterThan(this.now);
    expect(one.until, `${name} is hidden`).toBeLessThanOrEqual(this.now);
    if (one.id !== '') expect(message.id, `${name} has another id`).toBe(one.id);
    one.receipt = { epoch, number, generation: state.generation };
    return one;
  }

  async settle(wanted: Wanted[]): Promise<Settled[]> {
    const untilOf = ({ to, visibilityMs = 0 }: Wanted) => this.now + (to === 'hidden' ? visibilityMs : 0);
    for (const each of wanted) {
      const { of, to } = each;
      if (to !== 'gone') of.until = Math.min(of.until, untilOf(each));
      else if (of.is === 'there') of.is = 'perhaps';
    }
    const entries = wanted.map(({ of, to, visibilityMs = 0 }) => ({ ...of.receipt, to, visibilityMs }));
    const settled = done(await this.bench.store.messages.settle(this.queue, entries, RULES));
    for (const [i, each] of wanted.entries()) {
      if (each.to === 'gone') each.of.is = 'gone';
      else if (settled[i] === 'done') each.of.until = untilOf(each);
    }
    return settled;
  }

  async purge(): Promise<void> {
    const all = [...this.known.values()];
    for (const one of all) if (one.is === 'there') one.is = 'perhaps';
    done(await this.bench.store.messages.purge(this.queue, 0));
    for (const one of all) one.is = 'gone';
  }

  async sweep(): Promise<boolean> {
    return done(await this.bench.store.messages.sweep(this.queue, 100, { retentionMs: RETENTION })).more;
  }

  private async sweepAll(): Promise<void> {
    for (let sweeps = 0; sweeps < ENOUGH; sweeps += 1) if (!(await this.sweep())) return;
    throw new Error('there is always more to sweep');
  }

  async counts(): Promise<number[]> {
    const { visible, inFlight, delayed } = done(await this.bench.store.messages.counts(this.queue));
    return [visible, inFlight, delayed];
  }

  /** Another client, who knows nothing of the break. */
  async goOn(): Promise<void> {
    for (const count of await this.counts()) expect(count, 'a count').toBeGreaterThanOrEqual(0);
    const { got } = await this.receive(3, 30 * SECOND);
    const [first, second] = got;
    if (first !== undefined) await this.settle([{ of: first, to: 'gone' }]);
    if (second !== undefined) await this.settle([{ of: second, to: 'hidden' }]);
    await this.send([...this.orders(2), ...this.orders(1, 5 * SECOND)]);
    this.pass(SECOND);
    this.held = (await this.receive(10, 20 * SECOND)).got.slice(1);
    await this.sweepAll();
  }

  async removeHeld(): Promise<void> {
    await this.settle(this.held.map((of) => ({ of, to: 'gone' })));
    this.held = [];
  }

  /** Time passes, everything is received and removed, and then nothing is left. */
  async finish(): Promise<void> {
    // The numbers that a send had taken when it broke off are given again.
    if (this.sends) await this.send([...this.orders(10), ...this.orders(10, SECOND)]);
    await this.removeHeld();
    this.pass(LONG);
    const all = await this.drain();
    const lost = [...this.known.values()].filter((one) => one.is === 'there' && !this.isExpired(one) && !all.has(one));
    expect(
      lost.map(({ body }) => body.slice(0, 10)),
      'lost',
    ).toEqual([]);
    const gone = await this.settle([...all].map((of) => ({ of, to: 'gone' })));
    expect(gone, 'each can be removed').toEqual(gone.map(() => 'done'));
    expect((await this.receive(10, SECOND)).got).toEqual([]);
    expect(await this.counts()).toEqual([0, 0, 0]);
    await this.sweepAll();
    expect(await leftOf(this.key, this.key, `${this.key}:q`, `${this.key}:e`), 'keys left').toEqual([]);
  }

  private isExpired({ sentAt }: Known): boolean {
    return sentAt + RETENTION <= this.now;
  }

  private async drain(): Promise<Set<Known>> {
    const all = new Set<Known>();
    for (let calls = 0; calls < ENOUGH; calls += 1) {
      const { got, more } = await this.receive(10, HOUR);
      for (const one of got) all.add(one);
      if (got.length === 0 && !more) return all;
    }
    throw new Error('the queue is never empty');
  }

  /** The queue is removed, and the agenda discards what it held. */
  async end(): Promise<void> {
    await this.bench.store.catalogue.remove(this.queue);
    await bury(this.bench, this.key);
  }

  /** Answers that Redis would never forget. */
  async unforgotten(): Promise<string[]> {
    const keys = await redis.client.keys(`${this.key}:r*`);
    const left = await Promise.all(keys.map((key) => redis.client.ttl(key)));
    return keys.filter((_, i) => left[i]! < 0);
  }
}

async function bury({ store, clock }: Bench, key: string): Promise<void> {
  for (let turns = 0; turns < ENOUGH; turns += 1) {
    await store.agenda.claim(100, SECOND);
    if ((await leftOf(key)).length === 0) return;
    clock.advance(2 * SECOND);
  }
  expect(await leftOf(key), 'keys of a queue that is gone').toEqual([]);
}

interface Case {
  name: string;
  history: (q: Scene) => Promise<unknown>;
  /** The one call that breaks off; it may be made again. */
  act: (q: Scene) => Promise<unknown>;
}

const CALL = 'call';

/** A send of the same messages each time it is made. */
function sending(name: string, ordersOf: (q: Scene) => Order[], history = some): Case {
  const orders = new WeakMap<Scene, Order[]>();
  const act = (q: Scene) => {
    q.sends = true;
    if (!orders.has(q)) orders.set(q, ordersOf(q));
    return q.send(orders.get(q)!, CALL);
  };
  return { name: `send: ${name}`, history, act };
}

const receiving = (name: string, max: number, visibilityMs: number, history = mixed): Case => ({
  name: `receive: ${name}`,
  history,
  async act(q) {
    const { got } = await q.receive(max, visibilityMs, CALL);
    await q.receiveAgain(max, visibilityMs, CALL, got);
  },
});

/** What was received in the history is settled, each as `to` says. */
function settling(name: string, count: number, to: (of: Known, i: number) => Wanted): Case {
  const held = new WeakMap<Scene, Known[]>();
  return {
    name: `settle: ${name}`,
    async history(q) {
      await mixed(q);
      held.set(q, (await q.receive(count, 30 * SECOND)).got);
      expect(held.get(q)).toHaveLength(count);
    },
    async act(q) {
      await q.settle(held.get(q)!.map(to));
    },
  };
}

/** Three that wait and one in flight. */
async function some(q: Scene): Promise<void> {
  await q.send(q.orders(4));
  q.pass(SECOND);
  await q.receive(1, 30 * SECOND);
}

/** In flight, returned, out after a delay, delayed, and waiting; a large one of each kind but the delayed. */
async function mixed(q: Scene): Promise<void> {
  await q.send([...q.orders(3), ...q.orders(1, 0, LARGE)]);
  await q.send([...q.orders(2, SECOND), ...q.orders(1, SECOND, LARGE)]);
  await q.receive(1, 50 * SECOND);
  await q.receive(3, SECOND);
  q.pass(SECOND);
  await q.send([...q.orders(3), ...q.orders(1, 0, LARGE)]);
  await q.send(q.orders(1, 40 * SECOND));
  q.pass(SECOND);
}

/** Returned, out after a delay and waiting, all of it expired by the time when more is sent. */
async function expired(q: Scene): Promise<void> {
  await q.send([...q.orders(1), ...q.orders(1, 0, LARGE)]);
  await q.send([...q.orders(1, SECOND), ...q.orders(1, SECOND, LARGE)]);
  await q.receive(2, SECOND);
  await q.send([...q.orders(1), ...q.orders(1, 0, LARGE)]);
  q.pass(RETENTION);
  await q.send(q.orders(2));
  q.pass(SECOND);
}

/** An epoch whose messages stood in several buckets, in flight and waiting, was purged and swept so often. */
const purged =
  (sweeps: number) =>
  async (q: Scene): Promise<void> => {
    await tell('at', q.key, 124, 124);
    await mixed(q);
    await tell('at', q.key, 0, 400);
    await q.send(q.orders(2));
    await tell('at', q.key, 0, 600);
    await q.purge();
    await mixed(q);
    for (let i = 0; i < sweeps; i += 1) await q.sweep();
  };

/** Nothing waits, and the numbers end where a bucket does. */
const atBorder = async (q: Scene): Promise<void> => {
  await tell('at', q.key, 125, 125);
};

const stages = [0, 1, 2, 3, 4];
const cases: Case[] = [
  sending('one', (q) => q.orders(1)),
  sending('one, delayed', (q) => q.orders(1, 2 * SECOND)),
  sending('ten with large bodies, some delayed', (q) => [...q.orders(6, 0, LARGE), ...q.orders(4, SECOND, LARGE)]),
  sending('ten across buckets', (q) => [...q.orders(5), ...q.orders(5, SECOND)], atBorder),
  sending('ten large ones across buckets', (q) => q.orders(10, 0, LARGE), atBorder),
  receiving('one that waits', 1, 30 * SECOND, some),
  receiving('ten, returned, out and waiting', 10, 30 * SECOND),
  receiving('ten, hidden for no time', 10, 0),
  receiving('past expired ones', 10, 30 * SECOND, expired),
  settling('gone', 1, (of) => ({ of, to: 'gone' })),
  settling('five gone', 5, (of) => ({ of, to: 'gone' })),
  settling('hidden', 1, (of) => ({ of, to: 'hidden', visibilityMs: 40 * SECOND })),
  settling('five hidden for no time', 5, (of) => ({ of, to: 'hidden' })),
  settling('back', 1, (of) => ({ of, to: 'back' })),
  settling('five back', 5, (of) => ({ of, to: 'back' })),
  settling('ten, one thing and another', 10, (of, i) => ({
    of,
    to: (['gone', 'hidden', 'back'] as const)[i % 3]!,
    visibilityMs: 10 * SECOND,
  })),
  { name: 'purge', history: mixed, act: (q) => q.purge() },
  { name: 'sweep of expired messages', history: expired, act: (q) => q.sweep() },
  ...stages.map((stage) => ({
    name: `sweep of a purged epoch, ${stage} times before`,
    history: purged(stage),
    act: (q: Scene) => q.sweep(),
  })),
  { name: 'counts', history: mixed, act: (q) => q.counts() },
];

/** What clients do after a call broke off. */
const ENDINGS: Record<string, (q: Scene, act: () => Promise<unknown>) => Promise<void>> = {
  async 'made again'(q, act) {
    await act();
    await q.finish();
  },
  async 'not made again'(q) {
    await q.goOn();
    await q.finish();
  },
  async 'made again after others'(q, act) {
    await q.goOn();
    // Numbers that were given twice may be those of messages that are gone.
    await q.removeHeld();
    await act();
    await q.finish();
  },
  async 'queue removed'(q) {
    await q.end();
  },
};

/** A call on the catalogue that breaks off in the function that `over` is the key of. */
interface CatalogueCase {
  name: string;
  over: (bench: Bench, queue: QueueRecord) => string;
  /** Answers the record that `act` is given. */
  history: (bench: Bench) => Promise<QueueRecord>;
  act: (store: Store, queue: QueueRecord) => Promise<unknown>;
  /** Answers the record of a queue that must work; undefined when there is none. */
  madeAgain: (store: Store, queue: QueueRecord) => Promise<QueueRecord | undefined>;
  notMadeAgain: (store: Store, queue: QueueRecord) => Promise<QueueRecord | undefined>;
}

const overQueue = ({ prefix }: Bench, { id }: QueueRecord) => keysUnder(prefix).queue(id);
const CHANGE = { modifiedAtMs: 1, maxLength: 1000 };

async function created(store: Store, wanted: QueueRecord): Promise<QueueRecord> {
  const made = await store.catalogue.create(wanted);
  expect(made, 'the name is free').toMatchObject({ created: true, queue: { id: wanted.id } });
  return made.queue;
}

/** A queue with messages in it. */
async function used(bench: Bench): Promise<QueueRecord> {
  const queue = await created(bench.store, newQueue());
  await mixed(new Scene(bench, queue));
  return queue;
}

const found = ({ catalogue }: Store, { account, region, name }: QueueRecord) => catalogue.find(account, region, name);

async function updated({ catalogue }: Store, queue: QueueRecord): Promise<QueueRecord> {
  return done(await catalogue.update(queue, CHANGE));
}

const creating: Omit<CatalogueCase, 'name' | 'over'> = {
  history: async () => newQueue(),
  act: created,
  madeAgain: created,
  notMadeAgain: (store, { name }) => created(store, newQueue({ name })),
};

const catalogueCases: CatalogueCase[] = [
  { ...creating, name: 'create', over: overQueue },
  {
    ...creating,
    name: 'claimname',
    over: ({ prefix }, { account, region }) => keysUnder(prefix).names(account, region),
  },
  {
    name: 'update',
    over: overQueue,
    history: used,
    act: updated,
    madeAgain: updated,
    notMadeAgain: async (store, queue) => updated(store, (await found(store, queue))!),
  },
  {
    name: 'remove',
    over: overQueue,
    history: used,
    act: async ({ catalogue }, queue) => done(await catalogue.remove(queue)),
    async madeAgain({ catalogue }, queue) {
      await catalogue.remove(queue);
      return undefined;
    },
    notMadeAgain: (store, { name }) => created(store, newQueue({ name })),
  },
];

async function runCatalogue(bench: Bench, one: CatalogueCase, k: number, isAgain: boolean): Promise<string[]> {
  const { store, prefix } = bench;
  const queue = await one.history(bench);
  const command = await breakAt(one.over(bench, queue), k, () => one.act(store, queue));
  runs += 1;
  const wrong: string[] = [];
  try {
    expect(command, 'it breaks').not.toBe('');
    const after = await (isAgain ? one.madeAgain : one.notMadeAgain)(store, queue);
    if (after !== undefined) await works(bench, after);
    await bury(bench, keysUnder(prefix).queue(queue.id));
  } catch (error) {
    wrong.push(said(k, command, isAgain ? 'made again' : 'not made again', error));
  }
  return wrong;
}

/** Whoever looks the queue up can use it, and remove it. */
async function works(bench: Bench, wanted: QueueRecord): Promise<void> {
  const queue = await found(bench.store, wanted);
  expect(queue).toEqual(wanted);
  const q = new Scene(bench, queue!);
  await q.purge();
  await q.send(q.orders(1));
  await q.finish();
  await q.end();
}

const said = (k: number, command: string, ending: string, error: unknown): string =>
  `broken at ${k}, ${command}, ${ending}: ${(error as Error).message.split('\n').slice(0, 12).join(' ')}`;

const ANN: User = {
  username: 'ann',
  account: '000000000000',
  role: 'member',
  passwordHash: '$',
  createdAtMs: 1,
  tokensValidFromMs: 1,
};
const FAMILIES = ['f1', 'f2'];
const familyOf = (family: string) => ({ family, username: 'ann', current: 'c', expiresAtMs: HOUR });
const EVER = Number.MAX_SAFE_INTEGER;

interface PeopleCase {
  name: string;
  /** Whether Ann is there, and her families. */
  before: 'nobody' | 'ann';
  act: (users: Users) => Promise<unknown>;
  /** After it was made again. */
  check: (users: Users) => Promise<void>;
}

/** Whether a refresh token of the family is good. */
const isAlive = async (users: Users, family: string): Promise<boolean> =>
  (await users.rotateFamily(family, 'c', 'd')) === 'rotated';

async function endedAll(users: Users): Promise<void> {
  for (const family of FAMILIES) expect(await isAlive(users, family), family).toBe(false);
}

const peopleCases: PeopleCase[] = [
  {
    name: 'createuser',
    before: 'nobody',
    act: (users) => users.create(ANN),
    check: async (users) => expect(await users.find('ann')).toEqual(ANN),
  },
  {
    name: 'updateuser',
    before: 'ann',
    act: (users) => users.update({ ...ANN, role: 'admin' }),
    check: async (users) => expect((await users.find('ann'))?.role).toBe('admin'),
  },
  {
    name: 'removeuser',
    before: 'ann',
    act: (users) => users.remove('ann'),
    async check(users) {
      expect(await users.find('ann')).toBeUndefined();
      await endedAll(users);
    },
  },
  {
    name: 'startfamily',
    before: 'ann',
    act: (users) => users.startFamily(familyOf('new')),
    async check(users) {
      expect(await isAlive(users, 'new')).toBe(true);
      await users.endFamilies('ann');
      expect(await isAlive(users, 'new')).toBe(false);
    },
  },
  {
    name: 'rotatefamily',
    before: 'ann',
    act: (users) => users.rotateFamily('f1', 'c', 'd'),
    check: async (users) => expect(await users.rotateFamily('f1', 'd', 'e')).toBe('rotated'),
  },
  {
    name: 'rotatefamily of a used token',
    before: 'ann',
    act: (users) => users.rotateFamily('f1', 'used', 'd'),
    check: async (users) => expect(await isAlive(users, 'f1')).toBe(false),
  },
  { name: 'endfamilies', before: 'ann', act: (users) => users.endFamilies('ann'), check: endedAll },
  { name: 'sweepfamilies', before: 'ann', act: (users) => users.sweepFamilies(EVER), check: endedAll },
];

async function runPeople({ store, prefix }: Bench, one: PeopleCase, k: number, isAgain: boolean): Promise<string[]> {
  const { users } = store;
  const key = keysUnder(prefix).users;
  await peopleBefore(users, one);
  const command = await breakAt(key, k, () => one.act(users));
  runs += 1;
  const wrong: string[] = [];
  try {
    expect(command, 'it breaks').not.toBe('');
    if (isAgain) {
      await one.act(users);
      await one.check(users);
    }
    // Whatever broke off, who is put out is out, and what has expired leaves nothing.
    await users.endFamilies('ann');
    await endedAll(users);
    await users.sweepFamilies(EVER);
    expect(await leftOf(key, key), 'keys left').toEqual([]);
  } catch (error) {
    wrong.push(said(k, command, isAgain ? 'made again' : 'not made again', error));
  }
  await forgetKeys(key);
  return wrong;
}

async function peopleBefore(users: Users, { before }: PeopleCase): Promise<void> {
  if (before === 'nobody') return;
  await users.create(ANN);
  for (const family of FAMILIES) await users.startFamily(familyOf(family));
}

/** Every place among `calls`, each with both endings. */
const bothWays = (calls: string[]) => calls.flatMap((_, i) => [true, false].map((isAgain) => ({ k: i + 1, isAgain })));

const READS = /^(?:TIME|GET|HGET|LINDEX|SRANDMEMBER|Z(?:CARD|COUNT|RANGE|RANGEBYSCORE))$/;

/** A read that breaks off leaves what the next write leaves that does: one ending is enough. */
const endingsFor = (command: string): string[] => Object.keys(ENDINGS).slice(0, READS.test(command) ? 1 : undefined);

/** Does `job` for each of `list`, on whichever bench is free; answers what went wrong. */
async function onBenches<T>(list: T[], job: (bench: Bench, item: T) => Promise<string[]>): Promise<string[]> {
  const waiting = [...list];
  const wrong: string[] = [];
  const work = async (bench: Bench): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      wrong.push(...(await job(bench, item)));
  };
  await Promise.all(benches.map(work));
  return wrong.sort();
}

async function sceneOf(bench: Bench, { history }: Pick<Case, 'history'>): Promise<Scene> {
  const q = new Scene(bench, (await bench.store.catalogue.create(newQueue())).queue);
  await history(q);
  return q;
}

/** The calls of Redis that the last function over `key` made, all of which will be broken. */
async function callsOver(key: string): Promise<string[]> {
  const calls = (await tell('calls', key)) as string[];
  expect(calls).not.toEqual([]);
  pairs += calls.length;
  return calls;
}

/** The calls of Redis that the case makes when nothing breaks. */
async function callsOf(one: Case): Promise<string[]> {
  const q = await sceneOf(benches[0]!, one);
  q.receiveAgain = async () => {};
  await one.act(q);
  const calls = await callsOver(q.key);
  await q.end();
  return calls;
}

async function run(bench: Bench, one: Case, k: number, ending: string): Promise<string[]> {
  const q = await sceneOf(bench, one);
  const act = () => one.act(q);
  const command = await breakAt(q.key, k, act);
  runs += 1;
  const wrong: string[] = [];
  try {
    expect(command, 'it breaks').not.toBe('');
    await ENDINGS[ending]!(q, act);
    expect(await q.unforgotten(), 'answers that stay').toEqual([]);
  } catch (error) {
    wrong.push(said(k, command, ending, error));
  }
  await bench.store.catalogue.remove(q.queue);
  await forgetKeys(q.key);
  await redis.client.unlink(keysUnder(bench.prefix).agenda);
  return wrong;
}

describe.runIf(hasRedis)('a function that breaks off inside Redis', () => {
  beforeAll(async () => {
    redis = await startRedis();
    await loadBreaking();
    benches = await Promise.all(Array.from({ length: BENCHES }, openBench));
  });
  afterAll(async () => {
    console.log(`${pairs} calls of Redis broken, one at a time, in ${runs} runs`);
    for (const { store } of benches) await store.close();
    await redis.stop();
  });

  it.each(cases)('$name', async (one) => {
    const calls = await callsOf(one);
    const list = calls.flatMap((command, i) => endingsFor(command).map((ending) => ({ k: i + 1, ending })));
    expect(await onBenches(list, (bench, { k, ending }) => run(bench, one, k, ending))).toEqual([]);
  });

  it.each(stages)('discard of a queue that was removed, %i times before', async (stage) => {
    const removed = async (bench: Bench): Promise<string> => {
      await redis.client.unlink(keysUnder(bench.prefix).agenda);
      const q = await sceneOf(bench, { history: purged(0) });
      await bench.store.catalogue.remove(q.queue);
      for (let i = 0; i < stage; i += 1) await bench.store.agenda.claim(1, SECOND);
      return q.key;
    };
    const claim = ({ store }: Bench) => store.agenda.claim(1, SECOND);
    const key = await removed(benches[0]!);
    await claim(benches[0]!);
    const calls = await callsOver(key);
    await bury(benches[0]!, key);
    const places = calls.map((_, i) => i + 1);
    const wrong = await onBenches(places, async (bench, k) => {
      const buried = await removed(bench);
      runs += 1;
      const command = await breakAt(buried, k, () => claim(bench));
      return bury(bench, buried).then(
        () => [],
        (error) => [said(k, command, 'made again', error)],
      );
    });
    expect(wrong).toEqual([]);
  });

  it.each(catalogueCases)('$name', async (one) => {
    const [bench] = benches as [Bench];
    const queue = await one.history(bench);
    await one.act(bench.store, queue);
    const list = bothWays(await callsOver(one.over(bench, queue)));
    await bench.store.catalogue.remove(queue);
    await bury(bench, overQueue(bench, queue));
    expect(await onBenches(list, (each, { k, isAgain }) => runCatalogue(each, one, k, isAgain))).toEqual([]);
  });

  it.each(peopleCases)('$name', async (one) => {
    const [bench] = benches as [Bench];
    const key = keysUnder(bench.prefix).users;
    await peopleBefore(bench.store.users, one);
    await one.act(bench.store.users);
    const list = bothWays(await callsOver(key));
    await forgetKeys(key);
    expect(await onBenches(list, (each, { k, isAgain }) => runPeople(each, one, k, isAgain))).toEqual([]);
  });
});
