import type { Clock } from '../../model/clock.ts';
import type { Agenda } from '../store.ts';
import type { EmbeddedCatalogue } from './catalogue.ts';

/** A sweep that finds nothing is not repeated sooner. */
const SOONEST_MS = 1000;

/** The agenda in memory: a queue that it does not know, or whose record has changed, is due. */
export function memoryAgenda(catalogue: EmbeddedCatalogue, clock: Clock): Agenda {
  const due = new Map<string, { version: number; at: number }>();
  return {
    async claim(most, leaseMs) {
      const now = clock.now();
      const claimed = [];
      for await (const queue of catalogue.all()) {
        const known = due.get(queue.id);
        if (known !== undefined && known.version === queue.version && known.at > now) continue;
        due.set(queue.id, { version: queue.version, at: now + leaseMs });
        claimed.push(queue);
        if (claimed.length === most) break;
      }
      return { queues: claimed, more: claimed.length === most };
    },
    async plan({ id, version }, { more, nextAt }) {
      if (catalogue.numberOf(id) === undefined) due.delete(id);
      else due.set(id, { version, at: more ? 0 : Math.max(nextAt, clock.now() + SOONEST_MS) });
    },
  };
}
