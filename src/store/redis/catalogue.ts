/**
 * The catalogue in Redis. A queue's record lives in the queue's own slot, beside its fields; the catalogue proper maps
 * names to ids. A queue is created record first, then the name if nobody has it; it is removed name first, then the
 * record, then, in slices, what it held. So a name always leads to a record, but for the moment of a removal; and what is
 * left of a creation or a removal that broke off has no name, which is how the agenda finds it.
 */
import { isFifo, type QueueRecord } from '../../model/queue.ts';
import type { Catalogue, Outcome } from '../store.ts';
import type { Keys } from './keys.ts';
import type { Argument, Link, Reply } from './link.ts';
import type { Replicated } from './replicas.ts';

/** Between name and id, and what comes after every id. */
const NUL = '\0';
const LAST = '~';
/** How many records are remembered. */
const REMEMBERED = 10_000;
const PAGE = 500;
/** How often a name is looked up again whose queue is just being removed. */
const LOOKS = 5;
/** Longer than a creation takes, whatever happens to its calls. */
const CREATION_MS = 60_000;
/** As in lua/names.ts. */
const REMEMBERED_MS = 60_000;

export interface RedisCatalogue extends Catalogue {
  /** The record of a queue by its id. */
  get(id: string): Promise<QueueRecord | undefined>;
  /** What a call on the queue was refused for: the record that we remember is old. */
  forget(queue: QueueRecord): void;
  /** Finishes what a creation or a removal left behind: true when the record has no name. */
  isNameless(queue: QueueRecord): Promise<boolean>;
  ids(): AsyncIterable<string>;
  /** Creates `queue` with the version and, when it was loaded, the messages that it has. */
  enter(queue: QueueRecord): Promise<{ created: boolean; queue: QueueRecord }>;
}

/** `plan` puts a queue on the agenda, for now or for some time from now. */
export function catalogueOver(
  link: Link,
  keys: Keys,
  now: () => number,
  replicated: Replicated,
  plan: (id: string, inMs?: number) => Promise<unknown>,
): RedisCatalogue {
  const remembered = new Map<string, QueueRecord>();
  const nameOf = ({ account, region, name }: QueueRecord) => `${account}${NUL}${region}${NUL}${name}`;

  function remember(queue: QueueRecord): QueueRecord {
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(nameOf(queue), queue);
    return queue;
  }

  function forget(queue: QueueRecord): void {
    remembered.delete(nameOf(queue));
  }

  const change = (id: string, name: string, version: number, ...args: Argument[]): Promise<Reply> => {
    const key = keys.queue(id);
    return replicated(key, () => link.queueCall(key, name, [link.deadline(), now(), version, ...args]));
  };

  async function get(id: string): Promise<QueueRecord | undefined> {
    const text = await link.run(keys.queue(id), (client) => client.get(`${keys.queue(id)}:q`));
    return text === null ? undefined : (JSON.parse(text) as QueueRecord);
  }

  /** Members of a set of names from `from` on. */
  const members = (key: string, from: string, to: string, limit: number): Promise<string[]> =>
    link.run(key, (client) => client.zrangebylex(key, from, to, 'LIMIT', 0, limit));

  const idOf = (member: string) => member.slice(member.indexOf(NUL) + 1);

  async function find(account: string, region: string, name: string): Promise<QueueRecord | undefined> {
    const key = keys.names(account, region);
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const [member] = await members(key, `[${name}${NUL}`, `[${name}${NUL}${LAST}`, 1);
      if (member === undefined) break;
      const queue = await get(idOf(member));
      if (queue !== undefined) return remember(queue);
    }
    remembered.delete(`${account}${NUL}${region}${NUL}${name}`);
    return undefined;
  }

  async function* worlds(): AsyncGenerator<[string, string]> {
    for (const world of await link.run(keys.worlds, (client) => client.smembers(keys.worlds))) {
      const [account = '', ...region] = world.split(':');
      yield [account, region.join(':')];
    }
  }

  /** Pages of the members of an account and region. */
  async function* pages(account: string, region: string): AsyncGenerator<string[]> {
    let from = '-';
    for (;;) {
      const page = await members(keys.names(account, region), from, '+', PAGE);
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      from = `(${page.at(-1)}`;
    }
  }

  const records = async (page: string[]): Promise<QueueRecord[]> => {
    const all = await Promise.all(page.map((member) => get(idOf(member))));
    return all.filter((queue) => queue !== undefined);
  };

  async function enter(queue: QueueRecord): Promise<{ created: boolean; queue: QueueRecord }> {
    const { id, account, region, name } = queue;
    const there = await find(account, region, name);
    if (there !== undefined) return { created: false, queue: there };
    // Should this break off, the agenda finds what has no name by then.
    await plan(id, CREATION_MS);
    await change(id, 'create', queue.version, isFifo(queue) ? 1 : 0, JSON.stringify(queue));
    await link.run(keys.worlds, (client) => client.sadd(keys.worlds, `${account}:${region}`));
    const key = keys.names(account, region);
    const member = await replicated(key, () => link.call(key, 'claimname', [`${name}${NUL}`, LAST, id]));
    if (idOf(member as string) === id) return { created: true, queue: remember(queue) };
    await change(id, 'remove', 0);
    const first = await find(account, region, name);
    // Removed again in the meantime: then the name is free.
    return first === undefined ? enter(queue) : { created: false, queue: first };
  }

  return {
    get,
    forget,
    find,
    recent: async (account, region, name) =>
      remembered.get(`${account}${NUL}${region}${NUL}${name}`) ?? find(account, region, name),
    enter,
    create: (wanted) => enter({ ...wanted, version: 1 }),
    async removedAgo(account, region, name) {
      const key = keys.names(account, region);
      const at = await link.run(key, (client) => client.zscore(`${key}:removed`, `${name}${NUL}`));
      const ago = at === null ? REMEMBERED_MS : (now() || link.now()) - Number(at);
      return ago < REMEMBERED_MS ? ago : undefined;
    },
    async update(queue, wanted): Promise<Outcome<QueueRecord>> {
      const changed = { ...queue, ...wanted, version: queue.version + 1 };
      const reply = await change(queue.id, 'update', queue.version, JSON.stringify(changed));
      if (reply === 'gone' || reply === 'stale') {
        forget(queue);
        return { refused: reply };
      }
      // Another retention may have come closer.
      await plan(queue.id);
      return { value: remember(changed) };
    },
    async remove(queue): Promise<Outcome<undefined>> {
      const { id, account, region, name } = queue;
      forget(queue);
      await link.call(keys.names(account, region), 'releasename', [now(), `${name}${NUL}`, id]);
      const reply = await change(id, 'remove', 0);
      await plan(id);
      return reply === 'gone' ? { refused: 'gone' } : { value: undefined };
    },
    async list(account, region, { prefix, after, limit }) {
      const from = after < prefix ? `[${prefix}` : `(${after}${NUL}${LAST}`;
      // Names are ASCII: what begins with the prefix comes before this.
      return records(await members(keys.names(account, region), from, `[${prefix}\u00ff`, limit));
    },
    async *all() {
      for await (const [account, region] of worlds()) {
        for await (const page of pages(account, region)) yield* await records(page);
      }
    },
    async isNameless({ id, account, region, name }) {
      const key = keys.names(account, region);
      const score = await link.run(key, (client) => client.zscore(key, `${name}${NUL}${id}`));
      return score === null;
    },
    async *ids() {
      for await (const [account, region] of worlds()) {
        for await (const page of pages(account, region)) yield* page.map(idOf);
      }
    },
  };
}
