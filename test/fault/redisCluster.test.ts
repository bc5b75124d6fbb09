/**
 * T17: the slots of the queues move to a node that joins, under load. For two seconds each slot is half here and half
 * there, which is when Redis answers TRYAGAIN, ASK and, to a function, that a key is not there.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../helpers/process.ts';
import { hasRedis, type RedisProcess } from '../helpers/redis.ts';
import { judge, openLoad, otherErrors, quantile, slowest } from './load.ts';
import { aCluster, aServer } from './onRedis.ts';

const HALF_MOVED_MS = 2000;

beforeAll(built, 120_000);

const idOf = ({ client }: RedisProcess) => client.call('CLUSTER', 'MYID') as Promise<string>;

/** The slots of a node that hold more than one key, and how many: a queue's, not those of single records. */
async function slotsOf({ client }: RedisProcess): Promise<number[]> {
  const keys = new Map<number, number>();
  for (const key of await client.keys('*')) {
    const slot = (await client.call('CLUSTER', 'KEYSLOT', key)) as number;
    keys.set(slot, (keys.get(slot) ?? 0) + 1);
  }
  return [...keys].filter(([, count]) => count > 1).map(([slot]) => slot);
}

/** Moves up to `share` of what a slot holds; answers how many keys that were. */
async function moveKeys(slot: number, from: RedisProcess, to: RedisProcess, share: number): Promise<number> {
  const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)) as string[];
  const moving = keys.slice(0, Math.ceil(keys.length * share));
  if (moving.length > 0) await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...moving);
  return moving.length;
}

async function moveSlot(slot: number, from: RedisProcess, to: RedisProcess, others: RedisProcess[]): Promise<number> {
  const owner = await idOf(to);
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', owner);
  let moved = await moveKeys(slot, from, to, 0.5);
  await pause(HALF_MOVED_MS);
  for (let more = 1; more > 0; moved += more) more = await moveKeys(slot, from, to, 1);
  for (const node of [to, from, ...others]) await node.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', owner);
  return moved;
}

describe.runIf(hasRedis)('T17', () => {
  it('slots move to a node that joins', async () => {
    const cluster = await aCluster();
    const server = await aServer(cluster.url);
    const load = await openLoad([server.endpoint], 3);
    load.produce();
    load.consume();
    await pause(2000);
    const joined = await cluster.addNode();
    const calm = load.calls.length;
    const moved: string[] = [];
    const masters = cluster.nodes.filter((node) => node !== joined);
    for (const from of masters) {
      for (const slot of await slotsOf(from)) {
        const others = masters.filter((node) => node !== from);
        moved.push(`${slot} (${await moveSlot(slot, from, joined, others)} keys)`);
      }
    }
    await pause(1000);
    await load.drain();
    const sends = load.calls.slice(calm).filter(({ action }) => action === 'SendMessage');
    const p99 = quantile(
      sends.map(({ began, ended }) => ended - began),
      0.99,
    );
    judge('T17', load, `moved ${moved.join(', ')}; p99 of sends meanwhile ${p99} ms`);
    expect(moved.length).toBeGreaterThanOrEqual(4);
    expect(otherErrors(load.calls)).toEqual([]);
    // A receive may have waited for a message before it waited for the slot.
    const prompt = load.calls.filter(({ action }) => action !== 'ReceiveMessage');
    expect(slowest(prompt)).toBeLessThanOrEqual(3000);
  });
});
