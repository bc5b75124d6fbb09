/**
 * The naive reference: what a queue does, written from AWS's words without any of src/queue, so that a wrong rule there
 * shows (modelHeld.ts, modelQueue.ts, modelStandard.ts, modelFifo.ts). Not a store: one process, no disk.
 *
 * What it shares with the real thing by agreement, since clients see it: how numbers are given (parts.ts), in what order
 * messages are handed out, and that an expired message is dropped, and leaves the counts, when a receive or a sweep comes
 * to it as the next in line. What it does not know are holes: a number that was removed before it was received costs the
 * real thing one look, so `more` may differ after ninety of them.
 */
import type { Clock } from '../../src/model/clock.ts';
import { isFifo, type QueueRecord, settingsOf } from '../../src/model/queue.ts';
import type { Catalogue, Messages, Outcome } from '../../src/store/store.ts';
import { NaiveFifo } from './modelFifo.ts';
import type { NaiveQueue } from './modelQueue.ts';
import { NaiveStandard } from './modelStandard.ts';

/** As much of a store as the queue's rules need. */
export interface QueueStore {
  catalogue: Pick<Catalogue, 'create' | 'update' | 'remove'>;
  messages: Omit<Messages, 'note' | 'setNote' | 'quietCounts'>;
  close(): Promise<void>;
}

export interface NaiveStore extends QueueStore {
  /** As a store that is closed and opened again: it forgets what calls were answered. */
  restart(): void;
}

/** The reference over `clock`, empty. */
export function naiveStore(clock: Clock): NaiveStore {
  const queues = new Map<string, NaiveQueue>();
  let listener: (queueId: string) => void = () => {};

  function look<T>({ id, version }: QueueRecord, transition: (queue: NaiveQueue, now: number) => T): Outcome<T> {
    const queue = queues.get(id);
    if (queue === undefined) return { refused: 'gone' };
    if (queue.record.version !== version) return { refused: 'stale' };
    return { value: transition(queue, Math.max(queue.last, clock.now())) };
  }

  /** The same, and the queue has seen the time. */
  const run = <T>(record: QueueRecord, transition: (queue: NaiveQueue, now: number) => T): Outcome<T> =>
    look(record, (queue, now) => {
      queue.last = now;
      queue.signal = false;
      const value = transition(queue, now);
      if (queue.signal) listener(record.id);
      return value;
    });

  return {
    close: async () => {},
    restart() {
      for (const queue of queues.values()) queue.restart();
    },
    catalogue: {
      async create(record) {
        const queue = { ...record, version: 1 };
        queues.set(record.id, isFifo(queue) ? new NaiveFifo(queue) : new NaiveStandard(queue));
        return { created: true, queue };
      },
      update: async (old, change) =>
        look(old, (queue) => {
          queue.record = { ...queue.record, ...change, version: old.version + 1 };
          return queue.record;
        }),
      async remove({ id }) {
        if (!queues.delete(id)) return { refused: 'gone' };
        listener(id);
        return { value: undefined };
      },
    },
    messages: {
      send: async (queue, drafts, rules) => run(queue, (naive, now) => naive.send(drafts, rules, now)),
      receive: async (queue, wish) => run(queue, (naive, now) => naive.receive(wish, now)),
      settle: async (queue, entries, rules) => run(queue, (naive, now) => naive.settle(entries, rules, now)),
      purge: async (queue, intervalMs) => run(queue, (naive, now) => naive.purge(intervalMs, now)),
      sweep: async (queue, slice, rules) => run(queue, (naive, now) => naive.sweep(slice, rules, now)),
      counts: async (queue) => look(queue, (naive, now) => naive.counts(settingsOf(queue).delayMs, now)),
      page: async (queue, wish) => look(queue, (naive, now) => naive.page(wish, now)),
      events: async (queue) => look(queue, (naive) => naive.events.slice(-1000)),
      departures: async (queue, most) => run(queue, (naive, now) => naive.departures(most, now)),
      arrive: async (queue, from, look, arrivals) =>
        run(queue, (naive, now) => naive.arrive(from, look, arrivals, now)),
      conclude: async (queue, conclusions) => run(queue, (naive, now) => naive.conclude(conclusions, now)),
      leave: async (queue, leaving) => run(queue, (naive, now) => naive.leave(leaving, now)),
      onReady(wanted) {
        listener = wanted;
      },
      watch: async () => () => {},
    },
  };
}
