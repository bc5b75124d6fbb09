import type { Clock } from '../../model/clock.ts';
import type { QueueRecord } from '../../model/queue.ts';
import type { Agenda } from '../store.ts';
import type { EmbeddedCatalogue } from './catalogue.ts';

/** A sweep that finds nothing is not repeated sooner. */
const SOONEST_MS = 1000;

interface Due {
  version: number;
  at: number;
}

/** The agenda in memory: a queue that it does not know, or whose record has changed, is due. */
export function memoryAgenda(catalogue: EmbeddedCatalogue, clock: Clock): Agenda {
  const due = new Map<string, Due>();
  /** What `claim` put there: as long as it is there, nobody else has set a time. */
  const claims = new Map<string, Due>();
  /** The queue that was claimed last. */
  let last = '';
  return {
    async claim(most, leaseMs) {
      const now = clock.now();
      const before: QueueRecord[] = [];
      const after: QueueRecord[] = [];
      let isBefore = true;
      for await (const queue of catalogue.all()) {
        const known = due.get(queue.id);
        const isDue = known === undefined || known.version !== queue.version || known.at <= now;
        if (isDue) (isBefore ? before : after).push(queue);
        if (queue.id === last) isBefore = false;
      }
      // Round and round: with more due than there is time for, everybody has a turn.
      const claimed = (isBefore ? before : [...after, ...before]).slice(0, most);
      last = claimed.at(-1)?.id ?? last;
      for (const queue of claimed) {
        const lease = { version: queue.version, at: now + leaseMs };
        due.set(queue.id, lease);
        claims.set(queue.id, lease);
      }
      return { queues: claimed, more: claimed.length === most };
    },
    async plan({ id, version }, { more, nextAt }) {
      const lease = claims.get(id);
      claims.delete(id);
      if (catalogue.numberOf(id) === undefined) due.delete(id);
      else if (lease === undefined || due.get(id) === lease) {
        due.set(id, { version, at: more ? 0 : Math.max(nextAt, clock.now() + SOONEST_MS) });
      }
    },
    async soon({ id }) {
      due.delete(id);
    },
  };
}
