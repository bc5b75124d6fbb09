/**
 * The agenda in Redis: one sorted set of queue ids by the time when something must be done. To claim is to move that time
 * ahead by the lease; a server that dies leaves its queues to the others when the lease ends. Two servers at one queue do
 * no harm. What has no name any more, or has never got one, is removed and discarded here.
 */
import type { QueueRecord } from '../../model/queue.ts';
import type { Agenda } from '../store.ts';
import type { RedisCatalogue } from './catalogue.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';

/** A sweep that finds nothing is not repeated sooner, one that sees nothing coming not later. */
const SOONEST_MS = 1000;
const LATEST_MS = 3_600_000;
/** How often the catalogue is walked for queues that the agenda does not know. */
const SEED_MS = 3_600_000;
const DISCARD_SLICE = 500;
/** How many slices of a queue that is gone are discarded before others have their turn. */
const SLICES = 4;
const SEEDED = 500;

/** `now` is 0 for Redis' own clock, else the time of a virtual one. */
export function agendaOver(link: Link, keys: Keys, catalogue: RedisCatalogue, now: () => number): Agenda {
  const { agenda: key } = keys;
  let seededAt = Number.NEGATIVE_INFINITY;
  /** When the leases end that this server has. */
  const leases = new Map<string, number>();
  const call = (id: string, name: string, ...args: number[]) =>
    link.queueCall(keys.queue(id), name, [link.deadline(), now(), 0, ...args]);

  async function seed(): Promise<void> {
    if (performance.now() < seededAt + SEED_MS) return;
    let some: string[] = [];
    const plant = async () => {
      if (some.length > 0) await link.call(key, 'seed', some);
      some = [];
    };
    for await (const id of catalogue.ids()) if (some.push(id) === SEEDED) await plant();
    await plant();
    seededAt = performance.now();
  }

  /** Discards some of what has no record; the agenda forgets it with the last. */
  async function bury(id: string): Promise<void> {
    for (let slices = 0; slices < SLICES; slices += 1) {
      const [more] = await call(id, 'discard', DISCARD_SLICE);
      if (more === 1) continue;
      await link.run(key, (client) => client.zrem(key, id));
      return;
    }
    await link.call(key, 'plan', [id, 0, '']);
  }

  async function look(id: string): Promise<QueueRecord | undefined> {
    const queue = await catalogue.get(id);
    if (queue === undefined) {
      await bury(id);
      return undefined;
    }
    if (!(await catalogue.isNameless(queue))) return queue;
    await call(id, 'remove');
    return undefined;
  }

  return {
    async claim(most, leaseMs) {
      await seed();
      const [until, ...ids] = (await link.call(key, 'claimdue', [now(), most, leaseMs])) as [number, ...string[]];
      // One whose master does not answer now comes again when the lease has ended.
      const looks = await Promise.allSettled(ids.map(look));
      const queues = looks.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
      leases.clear();
      for (const { id } of queues) leases.set(id, until);
      return { queues, more: ids.length === most };
    },
    async plan({ id }, { more, nextAt }) {
      const at = now() === 0 ? link.now() : now();
      const due = more ? 0 : Math.min(Math.max(nextAt, at + SOONEST_MS), at + LATEST_MS);
      await link.call(key, 'plan', [id, due, leases.get(id) ?? '']);
    },
    async soon({ id }) {
      await link.call(key, 'plan', [id, 0, '']);
    },
  };
}
