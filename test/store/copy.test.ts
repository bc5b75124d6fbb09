/** The way from the embedded store to Redis: what is there afterwards, interruptions, what is refused, the command. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { newGeneration } from '../../src/model/ids.ts';
import { draftOf, textOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Delivery } from '../../src/queue/wish.ts';
import { copyStore, type From, type Report, type To } from '../../src/store/copy/copy.ts';
import { run } from '../../src/store/copy/main.ts';
import { progressOn } from '../../src/store/copy/progress.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import { openRedis } from '../../src/store/redis/store.ts';
import { type RefreshFamily, SECRET_NAMES, type Store, type User } from '../../src/store/store.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { hasRedis, type RedisProcess, startRedis } from '../helpers/redis.ts';
import { compare, steps } from './differential.ts';
import { newQueue, PLAIN } from './queues.ts';
import { fatal } from './stores.ts';

const SECOND = 1000;
const RETENTION_MS = 7200 * SECOND;
const RULES = { retentionMs: RETENTION_MS, visibilityLimitMs: 43_200 * SECOND };
const MIB = 1024 * 1024;
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const quiet: Report = () => {};

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function newDirectory(): string {
  const directory = mkdtempSync(join(folder, 'fastqueue-copy-'));
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

let prefixes = 0;
function newPrefix(): string {
  prefixes += 1;
  return `copy${prefixes}`;
}

const clock = fakeClock();
let redis: RedisProcess;

async function openFrom(dataDir: string): Promise<From> {
  const store = await openEmbedded({ dataDir, durable: true, clock, diskReserveBytes: 0, fatal });
  cleanUp.push(() => store.close());
  return store;
}

async function openTo(prefix: string): Promise<To> {
  const options = { clock, virtual: true, requireDurability: 'none', waitReplicas: 0, fatal } as const;
  const store = await openRedis({ url: redis.url, prefix, ...options });
  cleanUp.push(() => store.close());
  return store;
}

/** A queue with short words for what is done to it; each call must be done. */
function at(store: Store, queue: QueueRecord) {
  const { messages } = store;
  return {
    async send(bodies: string[], delayMs = 0) {
      const attributes = [{ name: 'größe', type: 'Number.x', value: '1' }];
      const content = { attributes, senderId: 'AIDA', group: '', deduplicationId: '', traceHeader: 'Root=1', delayMs };
      const drafts = bodies.map((body) => draftOf({ ...content, body }));
      expect((await messages.send(queue, drafts, { maxLength: 0, requestId: '', perGroup: false })).value).toHaveLength(
        bodies.length,
      );
    },
    async receive(max: number, visibilityMs: number) {
      const wish = {
        max,
        visibilityMs,
        retentionMs: RETENTION_MS,
        inFlightLimit: 120_000,
        generation: newGeneration(),
        ...PLAIN,
      };
      const { epoch, deliveries } = (await messages.receive(queue, { ...wish, requestId: '' })).value!;
      return deliveries.map((one) => ({ ...one, body: textOf(one.body), epoch, generation: one.state.generation }));
    },
    async settle(receipts: Receipt[], to: 'gone' | 'hidden' | 'back', visibilityMs = 0) {
      const entries = receipts.map(({ epoch, number, generation }) => ({
        epoch,
        number,
        generation,
        to,
        visibilityMs,
      }));
      return (await messages.settle(queue, entries, RULES)).value;
    },
    counts: async () => (await messages.counts(queue)).value,
    purge: () => messages.purge(queue, 0),
  };
}

type Receipt = { epoch: number; number: number; generation: number };

const named = (count: number, what: string) => Array.from({ length: count }, (_, i) => `${what} ${i} ü`);

interface Filled {
  queues: QueueRecord[];
  /** Of the first queue, still in flight. */
  receipts: Receipt[];
  users: User[];
  families: RefreshFamily[];
}

/** Every state a message can be in, more than a page of them, and queues of several accounts, purged and empty. */
async function fill(store: Store): Promise<Filled> {
  const create = async (change: Partial<QueueRecord> = {}) => (await store.catalogue.create(newQueue(change))).queue;
  const busy = await create({ tags: { team: 'blue' }, attributes: { VisibilityTimeout: '7' }, maxLength: 9 });
  const { send, receive, settle } = at(store, busy);
  await send(named(3, 'expired'));
  await receive(3, 5 * RETENTION_MS);
  const old = await create({ region: 'eu-west-1' });
  await at(store, old).send(named(30, 'expired'));
  clock.advance(RETENTION_MS);
  await send(named(5, 'soon out'), SECOND);
  await send(named(120, 'plain'));
  await send(['large '.repeat(3000), 'm'.repeat(MIB), 'n'.repeat(MIB - 1), '']);
  await send(named(5, 'delayed'), 500 * SECOND);
  await receive(30, 0);
  clock.advance(2 * SECOND);
  const first = await receive(10, 5 * SECOND);
  await settle(first.slice(0, 4), 'gone');
  await settle(first.slice(4, 7), 'back');
  const receipts = await receive(10, 300 * SECOND);
  await settle(receipts.slice(0, 2), 'hidden', 400 * SECOND);
  clock.advance(60 * SECOND);
  await send(named(20, 'late'));

  const purged = await create({ account: '111111111111', name: busy.name });
  const other = at(store, purged);
  for (const round of ['one', 'two', 'three']) {
    await other.send(named(7, round));
    await other.receive(2, 20 * SECOND);
    if (round !== 'three') await other.purge();
  }
  const changed = (await store.catalogue.update(purged, { tags: { a: 'b' }, modifiedAtMs: 5 })).value!;
  const empty = await create();

  const user = {
    account: busy.account,
    role: 'admin',
    passwordHash: '$x',
    createdAtMs: 1,
    tokensValidFromMs: 2,
  } as const;
  const users = ['ann', 'bob'].map((username) => ({ username, ...user }));
  const families = ['f1', 'f2'].map((family) => ({ family, username: 'ann', current: family, expiresAtMs: 9e15 }));
  for (const each of users) await store.users.create(each);
  for (const each of families) await store.users.startFamily(each);
  return { queues: [busy, changed, old, empty], receipts, users, families };
}

/** A stopped server's data. */
async function filled(): Promise<Filled & { from: From; dataDir: string }> {
  const dataDir = newDirectory();
  const store = await openFrom(dataDir);
  const all = await fill(store);
  await cleanUp.pop()!();
  return { ...all, dataDir, from: await openFrom(dataDir) };
}

/** Receives and removes everything from both, whatever time it takes, and compares what comes; answers how much it was. */
async function drain(stores: Store[], queue: QueueRecord): Promise<number> {
  let drained = 0;
  for (let misses = 0; misses < 8; ) {
    const [expected, actual] = await Promise.all(stores.map((store) => at(store, queue).receive(10, 30 * SECOND)));
    expect(actual!.map(withoutGeneration)).toEqual(expected!.map(withoutGeneration));
    await at(stores[0]!, queue).settle(expected!, 'gone');
    await at(stores[1]!, queue).settle(actual!, 'gone');
    drained += expected!.length;
    if (expected!.length > 0) continue;
    misses += 1;
    clock.advance(100 * SECOND);
  }
  return drained;
}

const withoutGeneration = ({ number, message, body, state }: Delivery) => {
  return { number, message, body, state: { ...state, generation: 0 } };
};

/** Everything under a prefix, but for what servers note down about themselves. */
async function contentsOf(prefix: string): Promise<Record<string, unknown>> {
  const { client } = redis;
  const contents: Record<string, unknown> = {};
  for (const key of (await client.keys(`${prefix}:*`)).sort()) {
    if (/\{(?:layout|libraries)\}|self-test/.test(key)) continue;
    contents[key.slice(prefix.length)] = await contentOf(key);
  }
  return contents;
}

async function contentOf(key: string): Promise<unknown> {
  const { client } = redis;
  const text = (bytes: Buffer) => bytes.toString('latin1');
  switch (await client.type(key)) {
    case 'hash':
      return Object.entries(await client.hgetallBuffer(key))
        .map(([field, value]) => `${field}: ${text(value)}`)
        .sort();
    case 'zset':
      return client.zrange(key, '0', '-1', 'WITHSCORES');
    case 'set':
      return (await client.smembers(key)).sort();
    case 'list':
      return (await client.lrangeBuffer(key, 0, -1)).map(text);
    default:
      return text((await client.getBuffer(key))!);
  }
}

/** Changes one of the values that make a message's record (lua/parts.ts). */
const spoil = (key: string, field: number, which: number) =>
  redis.client.eval(
    `local row = cmsgpack.unpack(redis.call('HGET', KEYS[1], ARGV[1])) row[tonumber(ARGV[2])] = '!'
    redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack(row))`,
    1,
    key,
    field,
    which,
  );

/** The store with a word before each call of whatever it consists of. */
function spied<T extends object>(part: T, before: (call: string) => unknown): T {
  return new Proxy(part, {
    get(_, name) {
      const value = part[name as keyof T] as unknown;
      if (typeof value === 'object' && value !== null) return spied(value, before);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        await before(String(name));
        return value.apply(part, args);
      };
    },
  });
}

describe.skipIf(!hasRedis)('a copy in Redis', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  it('is all that was there: records, counts, receipts, users, families, secrets', async () => {
    const { from, queues, receipts, users, families } = await filled();
    const to = await openTo(newPrefix());
    const reports: string[] = [];
    const copied = await copyStore(from, to, (what, done, total) => reports.push(`${what} ${done} ${total}`));
    expect(copied).toEqual({ queues: 4, messages: 190, users: 2, damaged: 0, differences: [] });
    expect(reports).toContain('copied 190 190');
    expect(reports.at(-1)).toBe('compared 190 190');
    for (const queue of queues) {
      const { account, region, name } = queue;
      expect(await to.catalogue.find(account, region, name)).toEqual(queue);
      expect(await at(to, queue).counts()).toEqual(await at(from, queue).counts());
    }
    for (const user of users) expect(await to.users.find(user.username)).toEqual(user);
    expect(await to.users.rotateFamily('f1', families[0]!.current, 'next')).toBe('rotated');
    await to.users.remove('ann');
    expect(await to.users.rotateFamily('f2', families[1]!.current, 'next')).toBe('unknown');
    const never = () => Buffer.alloc(0);
    for (const name of SECRET_NAMES)
      expect(await to.secrets.get(name, never)).toEqual(await from.secrets.get(name, never));
    const [first, ...others] = receipts;
    expect(await at(to, queues[0]!).settle([first!], 'gone')).toEqual(['done']);
    expect(await at(to, queues[0]!).settle([first!], 'gone')).toEqual(['gone']);
    expect(await at(to, queues[0]!).settle(others, 'back')).toEqual(others.map(() => 'done'));
    clock.advance(60_000);
    expect((await to.agenda.claim(10, 1000)).queues.map(({ id }) => id).sort()).toEqual(
      queues.map(({ id }) => id).sort(),
    );
  });

  it('is not changed by a page that comes twice, whichever comes first', async () => {
    const { from, queues } = await filled();
    const prefix = newPrefix();
    const { target } = await openTo(prefix);
    for (const queue of queues.slice(0, 2)) {
      const meta = from.source.meta(queue);
      const pages = [...from.source.pages(queue)].map(({ rows }) => rows).reverse();
      for (const rows of pages) await target.load(queue, meta, rows);
      const before = await contentsOf(prefix);
      for (const rows of pages) await target.load(queue, meta, rows);
      expect(await contentsOf(prefix)).toEqual(before);
      for (const rows of pages) {
        const looked = await target.look(queue, [...rows.map(({ number }) => number), 12_345]);
        expect(looked!.rows).toEqual(rows.map((row) => ({ ...row, body: textOf(row.body) })));
      }
      await target.discard(queue);
      expect(await target.look(queue, [])).toBeUndefined();
    }
    expect(await contentsOf(prefix)).toEqual({});
  });

  it('does not put back a refresh token that was used since', async () => {
    const { from } = await filled();
    const to = await openTo(newPrefix());
    await copyStore(from, to, quiet);
    expect(await to.users.rotateFamily('f1', 'f1', 'second')).toBe('rotated');
    await copyStore(from, to, quiet);
    expect(await to.users.rotateFamily('f1', 'second', 'third')).toBe('rotated');
  });

  it('is brought in pages of at most 100 messages and 1 MiB of bodies', async () => {
    const { from, queues } = await filled();
    const pages = queues.flatMap((queue) => [...from.source.pages(queue)].map(({ rows }) => rows));
    expect(Math.max(...pages.map((rows) => rows.length))).toBe(100);
    for (const rows of pages) expect(rows.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(MIB);
  });

  it('is received in the order of the source, every message with its body, attributes and state', async () => {
    const { from, queues } = await filled();
    const to = await openTo(newPrefix());
    await copyStore(from, to, quiet);
    const drained = [];
    for (const queue of queues) drained.push(await drain([from, to], queue));
    expect(drained).toEqual([150, 7, 0, 0]);
  });

  it('is the same when it was interrupted anywhere and started again', async () => {
    const { from } = await filled();
    const whole = newPrefix();
    await copyStore(from, await openTo(whole), quiet);
    const expected = await contentsOf(whole);
    for (let calls = 0, ended = false; !ended; calls += 1) {
      const prefix = newPrefix();
      let left = calls;
      const stopping = spied(await openTo(prefix), () => {
        if (left === 0) throw new Error('interrupted');
        left -= 1;
      });
      ended = await copyStore(from, stopping, quiet).then(
        () => true,
        () => false,
      );
      expect((await copyStore(from, await openTo(prefix), quiet)).differences).toEqual([]);
      expect(await contentsOf(prefix)).toEqual(expected);
      for (const step of cleanUp.splice(-2)) await step();
    }
  });

  it('goes on where it was: what has come does not come again', async () => {
    const { from } = await filled();
    const prefix = newPrefix();
    let pages = 0;
    const count = (call: string) => {
      if (call === 'load') pages += 1;
    };
    const stop = (what: string, done: number) => {
      if (what === 'copied' && done >= 100) throw new Error('interrupted');
    };
    await expect(copyStore(from, spied(await openTo(prefix), count), stop)).rejects.toThrow('interrupted');
    const before = pages;
    pages = 0;
    await copyStore(from, spied(await openTo(prefix), count), quiet);
    expect(before).toBeGreaterThan(1);
    const all = pages;
    pages = 0;
    await copyStore(from, spied(await openTo(newPrefix()), count), quiet);
    expect(before + all).toBe(pages);
  });

  it('is made anew of a queue that has changed since the interruption, and of what was sent again', async () => {
    const { from, queues } = await filled();
    const prefix = newPrefix();
    const stop = (what: string) => {
      if (what === 'compared') throw new Error('interrupted');
    };
    await expect(copyStore(from, await openTo(prefix), stop)).rejects.toThrow('interrupted');
    clock.advance(SECOND);
    const [busy, purged] = queues;
    await at(from, busy!).receive(10, SECOND);
    await at(from, busy!).send(['one more']);
    await at(from, purged!).purge();
    await at(from, purged!).send(['only one']);
    expect((await copyStore(from, await openTo(prefix), quiet)).differences).toEqual([]);
    const afresh = newPrefix();
    await copyStore(from, await openTo(afresh), quiet);
    expect(await contentsOf(prefix)).toEqual(await contentsOf(afresh));
  });

  it.each([
    ['a record', 'is missing', (key: string) => redis.client.hdel(`${key}:m1.1`, '10')],
    ['a body', 'has another body', (key: string) => spoil(`${key}:m1.1`, 10, 10)],
    [
      'a large body',
      'has another body',
      async (key: string) => redis.client.set((await redis.client.keys(`${key}:a1.*`))[0]!, '!'),
    ],
    ['a word', 'has other attributes', (key: string) => spoil(`${key}:m1.1`, 10, 8)],
    ['a state', 'has another state', (key: string) => redis.client.del(`${key}:s1.0`)],
    ['a place', 'in flight, not', async (key: string) => redis.client.zpopmax(`${key}:i1`)],
    ['the fields', 'is missing', (key: string) => redis.client.del(key)],
  ])('is not in use when %s was spoilt before it was compared, and is right when made again', async (_, says, harm) => {
    const { from, queues } = await filled();
    const [busy] = queues as [QueueRecord];
    const prefix = newPrefix();
    let spoilt = false;
    const to = spied(await openTo(prefix), async () => {
      if (spoilt || !comparing) return;
      spoilt = true;
      await harm(`${prefix}:{${busy.id}}`);
    });
    let comparing = false;
    const total = queues.reduce((sum, queue) => sum + from.source.meta(queue).total, 0);
    const watch: Report = (what, done) => {
      comparing ||= what === 'copied' && done === total;
    };
    const { differences } = await copyStore(from, to, watch);
    expect(differences).toEqual([expect.stringContaining(`queue ${busy.name} (account 000000000000, us-east-1): `)]);
    expect(differences[0]).toContain(says);
    for (const { account, region, name } of queues)
      expect(await to.catalogue.find(account, region, name)).toBeUndefined();
    expect((await copyStore(from, await openTo(prefix), quiet)).differences).toEqual([]);
    const afresh = newPrefix();
    await copyStore(from, await openTo(afresh), quiet);
    expect(await contentsOf(prefix)).toEqual(await contentsOf(afresh));
  });

  it.each<[string, (to: Store, filled: Filled) => Promise<unknown>]>([
    ['another queue', (to, { queues }) => to.catalogue.create(newQueue({ name: queues[0]!.name }))],
    ['another user', (to, { users }) => to.users.create({ ...users[0]!, passwordHash: '$y' })],
    ['another secret', (to) => to.secrets.get('receipts', () => Buffer.alloc(32))],
  ])('is refused before anything is written when the target has %s of the same name', async (what, occupy) => {
    const { from, ...all } = await filled();
    const prefix = newPrefix();
    const to = await openTo(prefix);
    await occupy(to, all);
    const before = await contentsOf(prefix);
    await expect(copyStore(from, to, quiet)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        new RegExp(`^The target has ${what} .*: remove it there, or copy to another prefix`),
      ),
    });
    expect(await contentsOf(prefix)).toEqual(before);
  });

  it('leaves out, and counts, what is damaged in the source', async () => {
    const { dataDir, queues } = await filled();
    await cleanUp.pop()!();
    const path = join(dataDir, 'data.mdb');
    const db = open<Buffer, Buffer>({ path, noSubdir: true, keyEncoding: 'binary', encoding: 'binary' });
    const [first, second] = [...db.getRange({ start: Buffer.from('m'), end: Buffer.from('n'), limit: 2 })];
    await db.put(first!.key, Buffer.from('no record'));
    await db.put(second!.key, Buffer.concat([second!.value, Buffer.from('!')]));
    await db.close();
    const from = await openFrom(dataDir);
    const to = await openTo(newPrefix());
    expect(await copyStore(from, to, quiet)).toMatchObject({ messages: 188, damaged: 2, differences: [] });
    expect(await drain([from, to], queues[0]!)).toBe(150);
  });

  it('answers every later call as the source would, in 50 random histories', async () => {
    const histories = fc
      .tuple(steps, steps)
      .map(([before, after]) => [...before, { do: 'restart' } as const, ...after]);
    await fc.assert(
      fc.asyncProperty(histories, async (list) => {
        const dataDir = mkdtempSync(join(folder, 'fastqueue-copy-'));
        const prefix = newPrefix();
        let store: Store = await openFrom(dataDir);
        const restart = async () => {
          await cleanUp.pop()!();
          // Redis forgets nothing; what is copied to it is the queue, not what calls were answered.
          tested.forgetful = store.name === 'embedded';
          if (store.name === 'embedded') {
            await copyStore(await openFrom(dataDir), await openTo(prefix), quiet);
            await cleanUp.pop()!();
            await cleanUp.pop()!();
          }
          store = await openTo(prefix);
          return store;
        };
        const tested = { clock, store, restart, forgetful: true };
        await compare(tested, list);
        await cleanUp.pop()!();
        rmSync(dataDir, { recursive: true, force: true });
      }),
      { numRuns: 50 },
    );
  });

  describe('by the command', () => {
    afterEach(() => vi.unstubAllEnvs());

    async function command(prefix: string, ...args: string[]) {
      let output = '';
      let errors = '';
      vi.stubEnv('FASTQUEUE_REDIS_PREFIX', prefix);
      const write = (text: string) => {
        output += text;
      };
      const code = await run(args, { write }, { write: (text: string) => (errors += text) });
      return { code, output, errors };
    }

    /** Data of a stopped server, and nobody at it. */
    async function stopped() {
      const all = await filled();
      await cleanUp.pop()!();
      return { ...all, from: `embedded:${all.dataDir}` };
    }
    const to = () => `redis:${redis.url}`;

    it('ends with 0, and again when there is nothing left to do', async () => {
      const { from, queues } = await stopped();
      const prefix = newPrefix();
      const first = await command(prefix, '--from', from, '--to', to());
      expect(first).toMatchObject({ code: 0, errors: '' });
      expect(first.output).toMatch(/^copied 190 of 190 messages \(100 %\)/m);
      expect(first.output).toMatch(/^compared 190 of 190 messages \(100 %\)/m);
      expect(first.output).toMatch(/^Copied and compared: queues 4, messages 190, users 2\.$/m);
      const before = await contentsOf(prefix);
      expect(Object.keys(before)).toContain(`:{${queues[0]!.id}}:q`);
      expect(await command(prefix, '--from', from, '--to', to())).toMatchObject({ code: 0, errors: '' });
      expect(await contentsOf(prefix)).toEqual(before);
    });

    it('ends with 1 and says which queue is not as it was', async () => {
      const { from, queues } = await stopped();
      const prefix = newPrefix();
      await command(prefix, '--from', from, '--to', to());
      await redis.client.hdel(`${prefix}:{${queues[1]!.id}}:m3.0`, '5');
      const { code, errors } = await command(prefix, '--from', from, '--to', to());
      expect(code).toBe(1);
      expect(errors).toMatch(
        /^Not copied right: queue \S+ \(account 111111111111, us-east-1\): message 5 \([\w-]{36}\) is missing\.\n$/,
      );
    });

    it('ends with 2 and the usage when the arguments are wrong', async () => {
      for (const args of [
        [],
        ['--from', 'embedded:./data'],
        ['--from', 'redis:x', '--to', to()],
        ['--from', 'embedded:./data', '--to', 'redis://127.0.0.1'],
        ['--from', 'embedded:./data', '--to', to(), '--force'],
        ['--from', 'embedded:./data', '--to', to(), 'more'],
      ]) {
        const { code, output, errors } = await command('fq', ...args);
        expect({ code, output }).toEqual({ code: 2, output: '' });
        expect(errors).toMatch(
          /^usage: npm run store:copy -- --from embedded:<data directory> --to redis:<redis URL>\n/,
        );
      }
    });

    it('ends with 73 while a server runs on the source', async () => {
      const { dataDir } = await filled();
      const { code, errors } = await command(newPrefix(), '--from', `embedded:${dataDir}`, '--to', to());
      expect({ code, errors }).toEqual({
        code: 73,
        errors: `Not copied: The data directory ${dataDir} is in use by another FastQueue (process ${process.pid}).\n`,
      });
    });

    it('ends with 78 when there is no such data, Redis or prefix', async () => {
      const nowhere = join(newDirectory(), 'none');
      const missing = await command(newPrefix(), '--from', `embedded:${nowhere}`, '--to', to());
      expect(missing).toMatchObject({ code: 78, errors: expect.stringContaining(`There is no data in ${nowhere}:`) });
      expect(existsSync(nowhere)).toBe(false);
      const { from } = await stopped();
      const silent = await command(newPrefix(), '--from', from, '--to', 'redis:redis://127.0.0.1:1');
      expect(silent).toMatchObject({
        code: 78,
        errors: expect.stringMatching(/^Not copied: No Redis answers .* is --to right/),
      });
      const prefix = await command('a b', '--from', from, '--to', to());
      expect(prefix).toMatchObject({ code: 78, errors: expect.stringContaining('FASTQUEUE_REDIS_PREFIX') });
    });
  });
});

describe('the progress of a copy', () => {
  afterEach(() => vi.useRealTimers());

  function drawn(isTTY: boolean): { report: Report; lines: string[] } {
    vi.useFakeTimers({ toFake: ['performance'] });
    const lines: string[] = [];
    return { lines, report: progressOn({ isTTY, write: (text) => lines.push(text) }) };
  }

  it('is a line every five seconds where there is no terminal', () => {
    const { report, lines } = drawn(false);
    for (let done = 0; done <= 100_000; done += 10_000) {
      report('copied', done, 100_000);
      vi.advanceTimersByTime(1000);
    }
    expect(lines).toEqual([
      'copied 0 of 100,000 messages (0 %)\n',
      'copied 50,000 of 100,000 messages (50 %), 10,000/s, 5 s left\n',
      'copied 100,000 of 100,000 messages (100 %), 10,000/s\n',
    ]);
  });

  it('is a bar that is drawn over itself on a terminal, with the rate of this run', () => {
    const { report, lines } = drawn(true);
    report('copied', 50_000, 100_000);
    vi.advanceTimersByTime(50);
    report('copied', 50_010, 100_000);
    vi.advanceTimersByTime(50);
    report('copied', 50_100, 100_000);
    report('compared', 100_000, 100_000);
    expect(lines).toEqual([
      '\r[############............] copied 50,000 of 100,000 messages (50 %)\x1b[K',
      '\r[############............] copied 50,100 of 100,000 messages (50 %), 1,000/s, 50 s left\x1b[K',
      '\r[########################] compared 100,000 of 100,000 messages (100 %)\x1b[K\n',
    ]);
  });
});
