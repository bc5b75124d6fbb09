/** What the embedded store promises beyond the transitions: durability, restart, locks, damage, and what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { open as openLmdb } from 'lmdb';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { newGeneration, newId, newQueueId } from '../../src/model/ids.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Draft } from '../../src/queue/send.ts';
import type { Received, Wish } from '../../src/queue/wish.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import type { Outcome, Store, User } from '../../src/store/store.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { until } from '../helpers/until.ts';
import { ALIVE, PLAIN } from './queues.ts';

const RETENTION_MS = 345_600_000;
const RULES = { retentionMs: RETENTION_MS, visibilityLimitMs: 43_200_000 };
const ENDLESS = { maxLength: 0, requestId: '', perGroup: false };
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fastqueue-test-'));
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface Opened {
  store: Store;
  fatal: string[];
  close(): Promise<void>;
}

async function open(dataDir: string, clock: FakeClock = fakeClock(), durable = true): Promise<Opened> {
  const fatal: string[] = [];
  const store = await openEmbedded({
    dataDir,
    durable,
    clock,
    diskReserveBytes: 0,
    fatal: (exitCode, reason) => fatal.push(`${exitCode} ${reason}`),
  });
  let open = true;
  const close = async () => {
    if (open) await store.close();
    open = false;
  };
  cleanUp.push(close);
  return { store, fatal, close };
}

function newQueue(): QueueRecord {
  const name = `q-${newId()}`;
  const attributes = { VisibilityTimeout: '7', Policy: '{"a":"é"}' };
  const tags = { team: 'blue', '': 'x' };
  const times = { createdAtMs: 5, modifiedAtMs: 5 };
  return {
    ...{ id: newQueueId(), account: '000000000000', region: 'us-east-1', name, version: 1 },
    ...{ ...times, attributes, tags, maxLength: null },
  };
}

async function created(store: Store): Promise<QueueRecord> {
  return (await store.catalogue.create(newQueue())).queue;
}

function draft(text: string, delayMs = 0): Draft {
  const body = Buffer.from(text);
  const bodyMd5 = createHash('md5').update(body).digest('hex');
  const message = { id: newId(), sentAt: 0, senderId: 'me', group: '', deduplicationId: '', bodyMd5 };
  return { message: { ...message, attributes: '{"é":1}', traceHeader: 'Root=1', ...ALIVE }, body, delayMs };
}

function given<T>(outcome: Outcome<T>): T {
  if (outcome.refused !== undefined) throw new Error(`refused: ${outcome.refused}`);
  return outcome.value;
}

const wish = (max: number, visibilityMs = 30_000): Wish => ({
  ...{
    max,
    visibilityMs,
    retentionMs: RETENTION_MS,
    inFlightLimit: 120_000,
    generation: newGeneration(),
    requestId: '',
    ...PLAIN,
  },
});

const send = async (store: Store, queue: QueueRecord, ...drafts: Draft[]) =>
  given(await store.messages.send(queue, drafts, ENDLESS));
const receive = async (store: Store, queue: QueueRecord, max = 10, visibilityMs = 30_000) =>
  given(await store.messages.receive(queue, wish(max, visibilityMs)));
const counts = async (store: Store, queue: QueueRecord) => given(await store.messages.counts(queue));
const textsOf = (received: Received) => received.deliveries.map(({ body }) => Buffer.from(body).toString());

const settlementsOf = (received: Received, to: 'gone' | 'hidden' | 'back', visibilityMs = 0) =>
  received.deliveries.map(({ number, state: { generation } }) => {
    return { epoch: received.epoch, number, generation, to, visibilityMs };
  });

const dataFileOf = (directory: string) =>
  join(directory, readdirSync(directory).find((name) => name.endsWith('.mdb'))!);

describe('restart', () => {
  it('brings back queues, attributes, tags and their versions', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    const queue = await created(first.store);
    const change = { attributes: { DelaySeconds: '3' }, tags: {}, maxLength: 9, modifiedAtMs: 6 };
    const changed = given(await first.store.catalogue.update(queue, change));
    const other = await created(first.store);
    await first.close();
    const { store } = await open(directory);
    expect(changed).toEqual({ ...queue, ...change, version: 2 });
    expect(await store.catalogue.find(queue.account, queue.region, queue.name)).toEqual(changed);
    expect(await store.catalogue.find(other.account, other.region, other.name)).toEqual(other);
    expect((await store.messages.counts(queue)).refused).toBe('stale');
    expect(await counts(store, changed)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('brings back waiting, delayed, returned and in-flight messages, their counts and due times', async () => {
    const directory = newDirectory();
    const clock = fakeClock();
    const first = await open(directory, clock);
    const queue = await created(first.store);
    await send(first.store, queue, draft('one'), draft('two'), draft('three'), draft('late', 60_000));
    const one = await receive(first.store, queue, 1, 1000);
    await receive(first.store, queue, 1, 20_000);
    await receive(first.store, queue, 1, 30_000);
    clock.advance(1000);
    const again = await receive(first.store, queue, 1, 5000);
    const before = await counts(first.store, queue);
    await first.close();
    const { store } = await open(directory, clock);
    expect(await counts(store, queue)).toEqual(before);
    expect(before).toEqual({ visible: 0, inFlight: 3, delayed: 1 });
    clock.advance(4999);
    expect(textsOf(await receive(store, queue))).toEqual([]);
    clock.advance(1);
    const back = await receive(store, queue, 1, 100_000);
    expect([one, again, back].map(textsOf)).toEqual([['one'], ['one'], ['one']]);
    expect([one, again, back].map(({ deliveries }) => deliveries[0]!.state.count)).toEqual([1, 2, 3]);
    expect(back.deliveries[0]!.state.firstReceivedAt).toBe(one.deliveries[0]!.state.receivedAt);
    expect(back.deliveries[0]!.message).toEqual(one.deliveries[0]!.message);
    clock.advance(54_000);
    expect(textsOf(await receive(store, queue))).toEqual(['two', 'three', 'late']);
  });

  it('never uses a number twice, and keeps an old receipt good', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    const queue = await created(first.store);
    const [sent] = await send(first.store, queue, draft('old'));
    const received = await receive(first.store, queue);
    await first.close();
    const { store } = await open(directory);
    const settled = given(await store.messages.settle(queue, settlementsOf(received, 'gone'), RULES));
    expect(settled).toEqual(['done']);
    const [next] = await send(store, queue, draft('new'));
    expect(next!.number).toBeGreaterThan(sent!.number);
    expect(given(await store.messages.settle(queue, settlementsOf(received, 'gone'), RULES))).toEqual(['gone']);
    expect(textsOf(await receive(store, queue))).toEqual(['new']);
  });

  it('keeps what was purged and removed away, and a queue made anew under the name empty', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    const purged = await created(first.store);
    const removed = await created(first.store);
    await send(first.store, purged, draft('a'), draft('b', 5000));
    await send(first.store, removed, draft('c'));
    given(await first.store.messages.purge(purged, 0));
    given(await first.store.catalogue.remove(removed));
    await send(first.store, purged, draft('d'));
    await first.close();
    const { store } = await open(directory);
    expect(await store.catalogue.find(removed.account, removed.region, removed.name)).toBeUndefined();
    expect((await store.messages.counts(removed)).refused).toBe('gone');
    const anew = (await store.catalogue.create({ ...removed, id: newQueueId() })).queue;
    expect(await counts(store, anew)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(textsOf(await receive(store, purged))).toEqual(['d']);
  });

  it('brings back users, refresh families and secrets', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    const user: User = {
      ...{ username: 'élan', account: '000000000000', role: 'admin', passwordHash: '$argon2id$x' },
      ...{ createdAtMs: 1, tokensValidFromMs: 0 },
    } as User;
    expect(await first.store.users.any()).toBe(false);
    expect(await first.store.users.create(user)).toBe(true);
    expect(await first.store.users.create(user)).toBe(false);
    await first.store.users.startFamily({ family: 'f', username: 'élan', current: 'a', expiresAtMs: 99 });
    expect(await first.store.users.rotateFamily('f', 'a', 'b')).toBe('rotated');
    const secret = await first.store.secrets.get('receipts', () => Buffer.alloc(32, 7));
    await first.close();
    const { store } = await open(directory);
    expect(await store.users.find('élan')).toEqual(user);
    expect(await store.users.rotateFamily('f', 'b', 'c')).toBe('rotated');
    expect(await store.users.rotateFamily('f', 'b', 'd')).toBe('reused');
    expect(await store.users.rotateFamily('f', 'c', 'd')).toBe('unknown');
    expect(await store.secrets.get('receipts', () => Buffer.alloc(32, 8))).toEqual(secret);
    expect(statSync(join(directory, 'secret-receipts')).mode & 0o777).toBe(0o600);
    expect(await store.users.remove('élan')).toBe(true);
    expect(await store.users.update(user)).toBe(false);
  });
});

describe('before a commit', () => {
  for (const durable of [true, false]) {
    it(`sees what it has just written (${durable ? 'embedded' : 'memory'})`, async () => {
      const { store } = await open(newDirectory(), fakeClock(), durable);
      const queue = await created(store);
      const sending = store.messages.send(queue, [draft('a'), draft('b')], ENDLESS);
      const receiving = store.messages.receive(queue, wish(10, 0));
      const again = store.messages.receive(queue, wish(1));
      expect(textsOf(given(await receiving))).toEqual(['a', 'b']);
      const second = given(await again);
      expect(textsOf(second)).toEqual(['a']);
      const removing = store.messages.settle(queue, settlementsOf(second, 'gone'), RULES);
      const repeated = store.messages.settle(queue, settlementsOf(second, 'gone'), RULES);
      const last = store.messages.receive(queue, wish(10));
      expect([given(await removing), given(await repeated)]).toEqual([['done'], ['gone']]);
      expect(textsOf(given(await last))).toEqual(['b']);
      await sending;
      expect(await counts(store, queue)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    });
  }

  it('empties a queue in the middle of sending', async () => {
    const { store } = await open(newDirectory());
    const queue = await created(store);
    const calls = [
      store.messages.send(queue, [draft('old')], ENDLESS),
      store.messages.purge(queue, 0),
      store.messages.send(queue, [draft('new')], ENDLESS),
    ];
    const received = await receive(store, queue);
    await Promise.all(calls);
    expect(textsOf(received)).toEqual(['new']);
  });
});

describe('the catalogue', () => {
  it('lists by name, in pages, within account and region', async () => {
    const { store } = await open(newDirectory());
    const names = ['b', 'a', 'ab', 'B', 'aa', 'a-1'];
    for (const name of names) await store.catalogue.create({ ...newQueue(), name });
    await store.catalogue.create({ ...newQueue(), name: 'aZ', region: 'eu-west-1' });
    const list = async (prefix: string, after: string, limit: number) =>
      (await store.catalogue.list('000000000000', 'us-east-1', { prefix, after, limit })).map(({ name }) => name);
    expect(await list('', '', 10)).toEqual(['B', 'a', 'a-1', 'aa', 'ab', 'b']);
    expect(await list('a', '', 2)).toEqual(['a', 'a-1']);
    expect(await list('a', 'a-1', 10)).toEqual(['aa', 'ab']);
    const all: string[] = [];
    for await (const { name } of store.catalogue.all()) all.push(name);
    expect(all.sort()).toEqual([...names, 'aZ'].sort());
  });

  it('creates a name once, refuses what is decided with an old record', async () => {
    const { store } = await open(newDirectory());
    const queue = await created(store);
    const twin = await store.catalogue.create({ ...newQueue(), name: queue.name });
    expect(twin).toEqual({ created: false, queue });
    const changed = given(await store.catalogue.update(queue, { tags: {}, modifiedAtMs: 9 }));
    expect((await store.catalogue.update(queue, { modifiedAtMs: 9 })).refused).toBe('stale');
    expect((await store.messages.send(queue, [draft('x')], ENDLESS)).refused).toBe('stale');
    expect((await store.messages.send(changed, [draft('x')], ENDLESS)).refused).toBeUndefined();
    given(await store.catalogue.remove(changed));
    expect((await store.catalogue.update(changed, { modifiedAtMs: 9 })).refused).toBe('gone');
    expect((await store.catalogue.remove(changed)).refused).toBe('gone');
    expect((await store.messages.receive(changed, wish(1))).refused).toBe('gone');
  });

  it('tells a waiter of a message and of the end of the queue', async () => {
    const { store } = await open(newDirectory());
    const ready: string[] = [];
    store.messages.onReady((id) => ready.push(id));
    const queue = await created(store);
    await send(store, queue, draft('x'));
    expect(ready).toEqual([queue.id]);
    given(await store.catalogue.remove(queue));
    await until('the listener to hear of the end', () => ready.length === 2);
    expect(ready).toEqual([queue.id, queue.id]);
  });
});

describe('a data directory', () => {
  it('serves one process at a time', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    const started = performance.now();
    await expect(open(directory)).rejects.toMatchObject({
      exitCode: 73,
      message: `The data directory ${directory} is in use by another FastQueue (process ${process.pid}).`,
    });
    expect(performance.now() - started).toBeLessThan(1000);
    await send(first.store, await created(first.store), draft('x'));
    await first.close();
    await open(directory);
  });

  it('may have a long path', async () => {
    const directory = join(newDirectory(), 'd'.repeat(120));
    await open(directory);
    await expect(open(directory)).rejects.toMatchObject({ exitCode: 73 });
  });

  it('that is no directory is refused', async () => {
    const file = join(newDirectory(), 'file');
    writeFileSync(file, '');
    await expect(open(join(file, 'data'))).rejects.toMatchObject({ exitCode: 78 });
  });

  it('is left behind by memory', async () => {
    const before = new Set(readdirSync(tmpdir()));
    const { store, close } = await open('/nowhere/at/all', fakeClock(), false);
    expect(store.name).toBe('memory');
    await send(store, await created(store), draft('x'));
    await close();
    const left = readdirSync(tmpdir()).filter((name) => !before.has(name) && /fastqueue(?!-test)/.test(name));
    expect(left).toEqual([]);
  });
});

describe('damage', () => {
  async function filled(directory: string, texts: string[]): Promise<QueueRecord> {
    const { store, close } = await open(directory);
    const queue = await created(store);
    for (const text of texts) await send(store, queue, draft(text));
    await close();
    return queue;
  }

  it('a damaged body is never delivered, the others are', async () => {
    const directory = newDirectory();
    const mark = `canary-${newId()}`;
    const queue = await filled(directory, ['first', mark, 'last']);
    const file = dataFileOf(directory);
    const bytes = readFileSync(file);
    let at = bytes.indexOf(mark);
    expect(at).toBeGreaterThan(0);
    for (; at >= 0; at = bytes.indexOf(mark, at + 1)) bytes[at] = 0x58;
    writeFileSync(file, bytes);
    const { store, fatal } = await open(directory);
    const texts: string[] = [];
    for (let round = 0; round < 4; round += 1) texts.push(...textsOf(await receive(store, queue)));
    expect(texts).toEqual(['first', 'last']);
    expect(await counts(store, queue)).toEqual({ visible: 0, inFlight: 2, delayed: 0 });
    expect(fatal).toEqual([]);
  });

  it('after a lost commit the counts are what is there, and a forgotten receive is visible again', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    const queue = await created(first.store);
    await send(first.store, queue, draft('a'), draft('b'), draft('c'), draft('late', 1000));
    await receive(first.store, queue, 2);
    await first.close();
    const db = openLmdb<Buffer, Buffer>({ path: dataFileOf(directory), keyEncoding: 'binary', encoding: 'binary' });
    const keysOf = (kind: string) => [...db.getKeys()].filter((key) => key.toString('latin1', 0, 1) === kind);
    const waiting = keysOf('m')[2]!;
    const received = keysOf('t')[0]!;
    await Promise.all([db.remove(waiting), db.remove(received)]);
    await db.close();
    rmSync(join(directory, 'intact'));
    const { store } = await open(directory);
    expect(await counts(store, queue)).toEqual({ visible: 1, inFlight: 1, delayed: 1 });
    expect(textsOf(await receive(store, queue))).toEqual(['a']);
    const [sent] = await send(store, queue, draft('d'));
    expect(sent!.number).toBe(4);
    expect(textsOf(await receive(store, queue))).toEqual(['d']);
  });

  const ways: [string, (file: string) => void][] = [
    ['an empty file', (file) => truncateSync(file, 0)],
    ['a file cut in half', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['zeroed meta pages', (file) => writeFileSync(file, Buffer.alloc(8192), { flag: 'r+' })],
    ['noise', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 0xa5))],
  ];
  for (const [what, harm] of ways) {
    it(`${what} is refused`, async () => {
      const directory = newDirectory();
      await filled(
        directory,
        Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(2000, 'x')),
      );
      harm(dataFileOf(directory));
      await expect(open(directory)).rejects.toMatchObject({ exitCode: 66, message: /damaged/ });
    });
  }
});

describe('what purges and removals leave behind', () => {
  it('is swept, across a restart too', async () => {
    const directory = newDirectory();
    const mark = newId();
    const first = await open(directory);
    const kept = await created(first.store);
    const removed = await created(first.store);
    for (const queue of [kept, removed]) {
      await send(first.store, queue, ...Array.from({ length: 40 }, (_, i) => draft(`${mark} ${i}`, (i % 2) * 1000)));
    }
    await receive(first.store, kept);
    given(await first.store.messages.purge(kept, 0));
    given(await first.store.catalogue.remove(removed));
    await first.close();
    const second = await open(directory);
    await until('the purged epoch to be swept', async () => {
      return given(await second.store.messages.sweep(kept, 30, { retentionMs: RETENTION_MS })).more === false;
    });
    await send(second.store, kept, draft('new'), draft('later', 1000));
    // The removed queue is swept by the store itself, now and then, even when there is no queue at all.
    await until('nothing to be left of what is gone', async () => {
      const keys = await keysIn(directory);
      return keys.m === 2 && keys.t === 1 && keys.d === undefined;
    });
  });
});

/** How many keys of each kind the data file has, counted by another process: an environment is opened once a process. */
async function keysIn(directory: string): Promise<Record<string, number>> {
  const child = spawn(process.execPath, [
    '-e',
    COUNT,
    createRequire(import.meta.url).resolve('lmdb'),
    dataFileOf(directory),
  ]);
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
  });
  await once(child, 'close');
  return JSON.parse(text) as Record<string, number>;
}

const COUNT = `
  const [lmdb, path] = process.argv.slice(1);
  const db = require(lmdb).open({ path, readOnly: true, keyEncoding: 'binary', encoding: 'binary', maxDbs: 1 });
  const counts = {};
  for (const key of db.getKeys()) {
    const kind = String.fromCharCode(key[0]);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  process.stdout.write(JSON.stringify(counts));
`;

describe('kill -9', () => {
  it('loses nothing that was answered and begins again at the boundary of a transition', async () => {
    const directory = newDirectory();
    for (let round = 0; round < 3; round += 1) {
      const child = writerProcess(directory);
      const answered = await linesUntilKilled(child, 400);
      const { store, close } = await open(directory);
      const queue = (await store.catalogue.find('000000000000', 'us-east-1', 'kill'))!;
      const texts = new Set<string>();
      let total = 0;
      for (let received = await receive(store, queue); received.deliveries.length > 0; ) {
        total += received.deliveries.length;
        for (const text of textsOf(received)) texts.add(text);
        await store.messages.settle(queue, settlementsOf(received, 'gone'), RULES);
        received = await receive(store, queue);
      }
      expect(answered.filter((line) => !texts.has(line))).toEqual([]);
      expect(texts.size).toBe(total);
      expect(await counts(store, queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      await close();
    }
  }, 30_000);
});

const WRITER = `
  const { openEmbedded } = await import(process.argv[1]);
  const { createHash } = await import('node:crypto');
  const now = () => Date.now();
  const clock = { now, wall: now, at: () => () => {} };
  const store = await openEmbedded({ dataDir: process.argv[2], durable: true, clock, diskReserveBytes: 0, fatal: () => process.exit(70) });
  const times = { createdAtMs: 1, modifiedAtMs: 1 };
  const { queue } = await store.catalogue.create({ id: 'k'.repeat(16), account: '000000000000', region: 'us-east-1', name: 'kill', version: 1, ...times, attributes: {}, tags: {}, maxLength: null });
  let count = 0;
  const write = async () => {
    for (;;) {
      const text = process.pid + ' ' + ++count;
      const body = Buffer.from(text);
      const bodyMd5 = createHash('md5').update(body).digest('hex');
      const message = { id: text, sentAt: 0, senderId: '', group: '', deduplicationId: '', bodyMd5, attributes: '', traceHeader: '' };
      await store.messages.send(queue, [{ message, body, delayMs: 0 }], { maxLength: 0, requestId: '', perGroup: false });
      process.stdout.write(text + '\\n');
    }
  };
  for (let i = 0; i < 40; i += 1) write();
`;

/** The program as plain JavaScript, compiled file by file: the test's children cannot read TypeScript. */
function compiledStore(): string {
  const out = mkdtempSync(join(ROOT, 'node_modules', '.cache-store-'));
  cleanUp.push(() => rmSync(out, { recursive: true, force: true }));
  const compilerOptions: ts.CompilerOptions = {
    ...{ module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    ...{ rewriteRelativeImportExtensions: true, verbatimModuleSyntax: true },
  };
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  for (const folder of ['store', 'queue', 'model', 'contract']) {
    for (const file of readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const source = readFileSync(join(ROOT, 'src', folder, file), 'utf8');
      const target = join(out, folder, file).replace(/\.ts$/, '.js');
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText);
    }
  }
  return join(out, 'store', 'embedded', 'store.js');
}

let compiled: string | undefined;

function writerProcess(directory: string): ChildProcess {
  if (compiled === undefined || !existsSync(compiled)) compiled = compiledStore();
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, compiled, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.push(() => child.kill('SIGKILL'));
  return child;
}

/** The lines the child has said when it is killed, after at least `enough` of them. */
async function linesUntilKilled(child: ChildProcess, enough: number): Promise<string[]> {
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout! });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length === enough) child.kill('SIGKILL');
  });
  await once(reader, 'close');
  expect(lines.length).toBeGreaterThanOrEqual(enough);
  return lines;
}
