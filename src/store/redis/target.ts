/**
 * What a copy writes to Redis (store.ts, Target). A queue is loaded under its own id, where nothing leads to: it has no
 * name, and the agenda does not know it.
 */
import type { Target } from '../store.ts';
import type { RedisCatalogue } from './catalogue.ts';
import type { Keys } from './keys.ts';
import type { Argument, Link, Reply } from './link.ts';
import type { Replicated } from './replicas.ts';
import { loadArguments, lookedOf } from './wire.ts';

const DISCARD_SLICE = 500;

export function targetOver(
  link: Link,
  keys: Keys,
  now: () => number,
  replicated: Replicated,
  catalogue: RedisCatalogue,
): Target {
  const call = (id: string, name: string, version: number, args: Argument[]): Promise<Reply> =>
    link.queueCall(keys.queue(id), name, [link.deadline(), now(), version, ...args]);
  return {
    async look({ id, version }, numbers) {
      const reply = await call(id, 'look', version, [numbers.length, ...numbers]);
      return reply === 'gone' ? undefined : lookedOf(reply);
    },
    async load({ id, version }, meta, rows) {
      await replicated(keys.queue(id), () => call(id, 'load', version, loadArguments(meta, rows)));
    },
    async loadSeen({ id, version }, rows) {
      const args = rows.flatMap(({ key, seen: { at, number, id: first } }) => [key, at, number, first]);
      await replicated(keys.queue(id), () => call(id, 'loadseen', version, [rows.length, ...args]));
    },
    async discard({ id }) {
      await call(id, 'remove', 0, []);
      let more = true;
      while (more) more = (await call(id, 'discard', 0, [DISCARD_SLICE]))[0] === 1;
    },
    enter: async (queue) => (await catalogue.enter(queue)).queue,
    secret: async (name) =>
      (await link.run(keys.secrets, (client) => client.hgetBuffer(keys.secrets, name))) ?? undefined,
  };
}
