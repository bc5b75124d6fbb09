/**
 * T13: the server is killed at each boundary of a move between queues, several times on the way of 1,000 messages: when
 * they have left their queue and have not arrived, when they have arrived and that is not concluded, when it is. First as
 * dead letters, then on their way back by a move task. Each time one queue has none of them left and the other has each once.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { textOf } from '../../src/model/message.ts';
import type { Seat } from '../../src/queue/read.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import { openRedis } from '../../src/store/redis/store.ts';
import type { Store } from '../../src/store/store.ts';
import { type Client, clientOf } from '../helpers/clients.ts';
import { built, type ServerProcess, spawnServer } from '../helpers/process.ts';
import { hasRedis, type RedisProcess } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { fatal } from '../store/stores.ts';
import { heldIn, queueIn } from './held.ts';
import { aRedis } from './onRedis.ts';

const MESSAGES = 1000;
const GROUPS = 10;
const MORTAL = 'test/fault/mortal.mjs';
const BOUNDARIES = ['arrive:before', 'conclude:before', 'conclude:after'];
/** At which time at the boundary one server after the other dies, on either way: ten messages are moved at a time. */
const DEATHS = { there: [1, 25], back: [12] };
/** How long a task on Redis waits for a server that died. */
const LEASE_MS = 10_000;
const LOOK_MS = 100;

beforeAll(built, 120_000);

/** What one run has for itself. */
interface World {
  env: Record<string, string>;
  open(): Promise<Store>;
}

function onDisk(): World {
  const dataDir = mkdtempSync(join(tmpdir(), 'fastqueue-moves-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const options = { dataDir, durable: true, clock: systemClock(), diskReserveBytes: 0, fatal };
  return {
    env: { FASTQUEUE_STORE: 'embedded', FASTQUEUE_DATA_DIR: dataDir },
    open: () => openEmbedded(options),
  };
}

function onRedis({ url }: RedisProcess): World {
  const prefix = `moves-${randomBytes(6).toString('hex')}`;
  const options = { url, prefix, clock: systemClock(), virtual: false, requireDurability: 'none', waitReplicas: 0 };
  return {
    env: { FASTQUEUE_STORE: 'redis', FASTQUEUE_REDIS_URL: url, FASTQUEUE_REDIS_PREFIX: prefix },
    open: () => openRedis({ ...options, requireDurability: 'none', fatal }),
  };
}

/** One life of the server, and a client of it. */
interface Life {
  server: ServerProcess;
  client: Client;
  urlOf(name: string): string;
}

async function live({ env }: World, mortal: string): Promise<Life> {
  const server = await spawnServer({ ...env, ...(mortal !== '' && { MORTAL: mortal }) }, { main: MORTAL });
  lives.push(server);
  const client = await clientOf('json', server.endpoint);
  return { server, client, urlOf: (name) => `${server.endpoint}/000000000000/${name}` };
}
const lives: ServerProcess[] = [];

/** Lets one server after the other work until it dies, and the last one until `done`; it is stopped in order. */
async function throughDeaths(
  world: World,
  deaths: string[],
  work: (life: Life) => Promise<unknown>,
  done: (life: Life) => Promise<boolean>,
): Promise<void> {
  for (const death of deaths) {
    const { server, client, urlOf } = await live(world, death);
    await work({ server, client, urlOf }).catch(() => {});
    const late = setTimeout(() => server.kill('SIGTERM'), LEASE_MS + 20_000);
    expect(await server.ended, `dies at ${death}`).toBe('SIGKILL');
    clearTimeout(late);
    client.close();
  }
  const last = await live(world, '');
  await work(last);
  const isDone = async () => {
    await pause(LOOK_MS);
    return done(last);
  };
  await until('everything is moved', isDone, LEASE_MS + 20_000);
  last.client.close();
  expect(await last.server.kill('SIGTERM')).toBe(0);
}

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

/** Both kinds of queues are used side by side. */
interface Pair {
  source: string;
  dead: string;
  isFifo: boolean;
}
const PAIRS: Pair[] = [
  { source: 'source', dead: 'dead', isFifo: false },
  { source: 'source.fifo', dead: 'dead.fifo', isFifo: true },
];

/** Creates a pair and fills the source; answers the MessageId of each body. */
async function fill({ client, urlOf }: Life, { source, dead, isFifo }: Pair): Promise<Map<string, string>> {
  const Attributes = isFifo ? { FifoQueue: 'true' } : {};
  await client.call('CreateQueue', { QueueName: dead, Attributes });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 });
  await client.call('CreateQueue', { QueueName: source, Attributes: { ...Attributes, RedrivePolicy } });
  const ids = new Map<string, string>();
  for (let first = 0; first < MESSAGES; first += 10) {
    const Entries = Array.from({ length: 10 }, (_, i) => {
      const fifo = { MessageGroupId: `${i % GROUPS}`, MessageDeduplicationId: randomUUID() };
      return { Id: `${i}`, MessageBody: String(first + i).padStart(4, '0'), ...(isFifo && fifo) };
    });
    const { Successful } = await client.call('SendMessageBatch', { QueueUrl: urlOf(source), Entries });
    for (const { Id, MessageId } of Successful as Record<string, string>[]) {
      ids.set(Entries[Number(Id)]!.MessageBody, MessageId!);
    }
  }
  return ids;
}

interface Received {
  Body: string;
  MessageId: string;
  ReceiptHandle: string;
  Attributes: { MessageGroupId?: string };
}

async function receive({ client, urlOf }: Life, name: string, wish: object = {}): Promise<Received[]> {
  const all = { QueueUrl: urlOf(name), MaxNumberOfMessages: 10, AttributeNames: ['All'], ...wish };
  return ((await client.call('ReceiveMessage', all)).Messages ?? []) as Received[];
}

/** Receives what is there, again and again, until nothing comes any more. */
async function fail(life: Life, name: string): Promise<void> {
  while ((await receive(life, name, { VisibilityTimeout: 0 })).length > 0);
}

/** Receives and deletes everything. */
async function drain(life: Life, name: string): Promise<Received[]> {
  const all: Received[] = [];
  for (;;) {
    const some = await receive(life, name);
    if (some.length === 0) return all;
    all.push(...some);
    const Entries = some.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
    await life.client.call('DeleteMessageBatch', { QueueUrl: life.urlOf(name), Entries });
  }
}

async function visibleIn({ client, urlOf }: Life, name: string): Promise<number> {
  const wish = { QueueUrl: urlOf(name), AttributeNames: ['All'] };
  const { Attributes } = await client.call('GetQueueAttributes', wish);
  return Number((Attributes as Record<string, string>).ApproximateNumberOfMessages);
}

async function statusOf({ client }: Life, name: string): Promise<string> {
  const { Results } = await client.call('ListMessageMoveTasks', { SourceArn: arnOf(name) });
  return (Results as { Status: string }[])[0]!.Status;
}

/** That each message is there once, and each group in its order. */
function check(found: { body: string; group: string }[], isFifo: boolean): void {
  const bodies = found.map(({ body }) => body);
  expect({ found: bodies.length, distinct: new Set(bodies).size }).toEqual({ found: MESSAGES, distinct: MESSAGES });
  for (let group = 0; isFifo && group < GROUPS; group += 1) {
    const ordered = found.filter((one) => one.group === `${group}`).map(({ body }) => body);
    expect(ordered).toEqual(ordered.toSorted());
  }
}

/** The seats of each pair, seen by nobody's server. */
async function lookInto(world: World): Promise<{ source: Seat[]; dead: Seat[] }[]> {
  const store = await world.open();
  const seats = [];
  for (const { source, dead } of PAIRS) {
    seats.push({
      source: await heldIn(store, await queueIn(store, source)),
      dead: await heldIn(store, await queueIn(store, dead)),
    });
  }
  await store.close();
  return seats;
}

type Ids = Map<string, string>[];

/** 1,000 messages of each kind become dead letters: the source has none of them, the dead letters have each as it was. */
async function there(world: World, deaths: string[]): Promise<Ids> {
  let ids: Ids | undefined;
  await throughDeaths(
    world,
    deaths,
    async (life) => {
      ids ??= await Promise.all(PAIRS.map((pair) => fill(life, pair)));
      await Promise.all(PAIRS.map(({ source }) => fail(life, source)));
    },
    async (life) => (await Promise.all(PAIRS.map(({ dead }) => visibleIn(life, dead)))).every((n) => n === MESSAGES),
  );
  for (const [i, { source, dead }] of (await lookInto(world)).entries()) {
    expect(source).toEqual([]);
    expect(dead.filter(({ isLeaving }) => isLeaving)).toEqual([]);
    const found = dead.map(({ held }) => ({ ...held.message, body: textOf(held.body) }));
    check(found, PAIRS[i]!.isFifo);
    for (const { id, body, deadLetterSource } of found) {
      expect({ id, deadLetterSource }).toEqual({ id: ids![i]!.get(body), deadLetterSource: arnOf(PAIRS[i]!.source) });
    }
  }
  return ids!;
}

/** They come back as new messages, by move tasks: all can be received once, and nothing is left anywhere. */
async function back(world: World, deaths: string[], ids: Ids): Promise<void> {
  const use = async (life: Life, { source, dead, isFifo }: Pair, old: Set<string>) => {
    const found = await drain(life, source);
    check(
      found.map(({ Body, Attributes }) => ({ body: Body, group: Attributes.MessageGroupId ?? '' })),
      isFifo,
    );
    const all = new Set(found.map(({ MessageId }) => MessageId));
    expect([...all].filter((id) => old.has(id))).toEqual([]);
    expect(all.size).toBe(MESSAGES);
    for (const name of [source, dead]) {
      const fifo = { MessageGroupId: '0', MessageDeduplicationId: randomUUID() };
      const wish = { QueueUrl: life.urlOf(name), MessageBody: 'new', ...(isFifo && fifo) };
      await life.client.call('SendMessage', wish);
      expect((await drain(life, name)).map(({ Body }) => Body)).toEqual(['new']);
    }
  };
  let started = false;
  await throughDeaths(
    world,
    deaths,
    async ({ client }) => {
      if (started) return;
      started = true;
      for (const { dead } of PAIRS) await client.call('StartMessageMoveTask', { SourceArn: arnOf(dead) });
    },
    async (life) => {
      const states = await Promise.all(PAIRS.map(({ dead }) => statusOf(life, dead)));
      expect(states).not.toContain('FAILED');
      if (states.includes('RUNNING')) return false;
      await Promise.all(PAIRS.map((pair, i) => use(life, pair, new Set(ids[i]!.values()))));
      return true;
    },
  );
  expect(await lookInto(world)).toEqual(PAIRS.map(() => ({ source: [], dead: [] })));
}

/** Every boundary, side by side; says how long each took. */
async function everyBoundary(store: string, make: () => World): Promise<void> {
  onTestFinished(async () => {
    await Promise.all(lives.splice(0).map((server) => server.kill('SIGKILL')));
  });
  const runs = BOUNDARIES.map(async (boundary) => {
    const world = make();
    const deathsOn = (way: keyof typeof DEATHS) => DEATHS[way].map((nth) => `${boundary}:${nth}`);
    const times = [performance.now()];
    const ids = await there(world, deathsOn('there'));
    times.push(performance.now());
    await back(world, deathsOn('back'), ids);
    times.push(performance.now());
    const [begin, middle, end] = times.map((time) => time / 1000) as [number, number, number];
    console.log(
      `T13 ${store} ${boundary}: there ${(middle - begin).toFixed(1)} s, back ${(end - middle).toFixed(1)} s`,
    );
  });
  // All of them end before their servers are ended.
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

describe('T13 a server that dies at each boundary of a move', () => {
  // Side by side: on Redis most of the time is spent waiting for the leases of the dead.
  it('loses and doubles nothing, embedded and on Redis', async () => {
    const redis = hasRedis ? await aRedis() : undefined;
    const runs = [everyBoundary('embedded', onDisk)];
    if (redis !== undefined) runs.push(everyBoundary('Redis', () => onRedis(redis)));
    await Promise.allSettled(runs);
    await Promise.all(runs);
  });
});
