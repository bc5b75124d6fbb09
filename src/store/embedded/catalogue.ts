/** The catalogue: every queue record in memory, written through to LMDB. */
import type { Clock } from '../../model/clock.ts';
import type { QueueRecord } from '../../model/queue.ts';
import type { Catalogue, Outcome } from '../store.ts';
import type { Environment } from './environment.ts';
import * as record from './records.ts';

const REMEMBERED_MS = 60_000;

/** A queue record and the number that stands for the queue in keys. */
interface Entry {
  q: number;
  queue: QueueRecord;
}

/** What the store does to a queue's messages when the catalogue changes it. */
export interface QueueLife {
  /** Writes the fields of a new queue. */
  begin(q: number, queue: QueueRecord): void;
  /** Writes the version of a changed record into the queue's fields. */
  setVersion(q: number, queue: QueueRecord): void;
  /** The queue is gone: its fields and messages go too. */
  end(q: number, queue: QueueRecord): void;
}

export interface EmbeddedCatalogue extends Catalogue {
  /** The number of a queue in keys; undefined when it is gone. */
  numberOf(queueId: string): number | undefined;
  /** Numbers that have fields and no record: the creation was lost. Their like is not given again. */
  strangers(): number[];
}

/** Reads all queue records; from then on memory answers and LMDB keeps. */
export function openCatalogue(
  environment: Environment,
  life: QueueLife,
  clock: Clock,
  writable: () => void,
): EmbeddedCatalogue {
  const { db } = environment;
  const byName = new Map<string, Entry>();
  const byId = new Map<string, Entry>();
  /** When queues were removed, by name; the oldest first. */
  const removed = new Map<string, number>();
  /** Names in order; undefined after a change, sorted again when somebody lists. */
  let sorted: string[] | undefined;
  let counter = Number(db.get(record.COUNTER_KEY)?.toString() ?? 0);

  const nameOf = (account: string, region: string, name: string) => `${account}\0${region}\0${name}`;
  const keep = (entry: Entry) => {
    const { account, region, name, id } = entry.queue;
    byName.set(nameOf(account, region, name), entry);
    byId.set(id, entry);
  };
  for (const { value } of db.getRange(record.allOf('q'))) keep(record.unpackJson<Entry>(value));
  const removals = [...db.getRange(record.allOf('n'))].map(({ key, value }) => ({ key, at: Number(value.toString()) }));
  for (const { key, at } of removals.sort((a, b) => a.at - b.at)) removed.set(key.toString('utf8', 1), at);

  /** A removal is remembered for as long as anybody may ask. */
  function forgetRemovals(): void {
    for (const [name, at] of removed) {
      if (at + REMEMBERED_MS > clock.now()) break;
      removed.delete(name);
      environment.remove(Buffer.from(`n${name}`));
    }
  }

  function write(entry: Entry): void {
    const { account, region, name } = entry.queue;
    environment.put(record.queueKey(account, region, name), record.packJson(entry));
    keep(entry);
  }

  const catalogue: EmbeddedCatalogue = {
    numberOf: (queueId) => byId.get(queueId)?.q,
    strangers() {
      const known = new Set([...byId.values()].map(({ q }) => q));
      const numbers = [...db.getKeys(record.allOf('f'))].map(record.queueOfKey).filter((q) => !known.has(q));
      counter = Math.max(counter, ...numbers);
      environment.put(record.COUNTER_KEY, Buffer.from(String(counter)));
      return numbers;
    },
    async find(account, region, name) {
      environment.check();
      return byName.get(nameOf(account, region, name))?.queue;
    },
    recent: (account, region, name) => catalogue.find(account, region, name),
    async removedAgo(account, region, name) {
      forgetRemovals();
      const at = removed.get(nameOf(account, region, name));
      return at === undefined ? undefined : clock.now() - at;
    },
    async create(wanted) {
      environment.check();
      const there = byName.get(nameOf(wanted.account, wanted.region, wanted.name));
      if (there !== undefined) {
        await environment.settled();
        return { created: false, queue: there.queue };
      }
      writable();
      counter += 1;
      const entry = { q: counter, queue: { ...wanted, version: 1 } };
      environment.put(record.COUNTER_KEY, Buffer.from(String(counter)));
      life.begin(counter, entry.queue);
      write(entry);
      sorted = undefined;
      await environment.settled();
      return { created: true, queue: entry.queue };
    },
    async update(queue, change): Promise<Outcome<QueueRecord>> {
      writable();
      const entry = byId.get(queue.id);
      if (entry === undefined) return { refused: 'gone' };
      if (entry.queue.version !== queue.version) return { refused: 'stale' };
      const changed = { ...entry.queue, ...change, version: queue.version + 1 };
      life.setVersion(entry.q, changed);
      write({ q: entry.q, queue: changed });
      await environment.settled();
      return { value: changed };
    },
    async remove(queue): Promise<Outcome<undefined>> {
      environment.check();
      const entry = byId.get(queue.id);
      if (entry === undefined) return { refused: 'gone' };
      const { account, region, name } = queue;
      life.end(entry.q, queue);
      environment.remove(record.queueKey(account, region, name));
      byName.delete(nameOf(account, region, name));
      byId.delete(queue.id);
      forgetRemovals();
      removed.delete(nameOf(account, region, name));
      removed.set(nameOf(account, region, name), clock.now());
      environment.put(record.removedKey(account, region, name), Buffer.from(String(clock.now())));
      sorted = undefined;
      await environment.settled();
      return { value: undefined };
    },
    async list(account, region, { prefix, after, limit }) {
      environment.check();
      sorted ??= [...byName.keys()].sort();
      const world = nameOf(account, region, '');
      const first = [world + prefix, world + after].sort()[1]!;
      const found: QueueRecord[] = [];
      for (let i = lowerBound(sorted, first); i < sorted.length && found.length < limit; i += 1) {
        const name = sorted[i]!;
        if (!name.startsWith(world + prefix)) break;
        if (name !== world + after) found.push(byName.get(name)!.queue);
      }
      return found;
    },
    async *all() {
      for (const { queue } of [...byId.values()]) if (byId.has(queue.id)) yield byId.get(queue.id)!.queue;
    },
  };
  return catalogue;
}

/** Where `wanted` stands in a sorted list, or would stand. */
function lowerBound(sorted: string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
