/**
 * What purges and deleted queues leave behind. A `d` record names each epoch that is over, written in the transaction
 * that ended it, so that a crash forgets nothing. Its messages and states are removed in slices, by the sweep of the
 * queue, and by a timer of its own for queues that are no more; the `d` record goes with the last of them.
 */
import type { Environment } from './environment.ts';
import * as record from './records.ts';

const TURN_MS = 200;
const SLICE = 1000;
const EMPTY = Buffer.alloc(0);

interface Grave {
  q: number;
  epoch: number;
  /** What is still to be removed. Nothing is ever added, so each slice begins where the last one ended. */
  ranges: { start: Buffer; end: Buffer }[];
  /** The last of what it holds is committed, so that a range shows it. */
  closed: boolean;
}

export interface Graveyard {
  /** Marks an epoch of a queue as over; epoch 0 says all of a queue that is gone. */
  bury(q: number, epoch: number): void;
  /** Removes up to `slice` records of the queue's earlier epochs; true while there may be more. */
  discard(slice: number, q: number): boolean;
  stop(): void;
}

/** Reads what is to be removed and begins to remove it. */
export function openGraveyard(environment: Environment): Graveyard {
  const { db } = environment;
  const graves = new Set<Grave>();

  for (const key of db.getKeys(record.allOf('d'))) {
    const { q, epoch } = record.deadOfKey(key);
    graves.add({ q, epoch, ranges: record.rangesOf(q, epoch), closed: true });
  }

  function dig(grave: Grave, slice: number): void {
    let left = slice;
    for (let range = grave.ranges[0]; range !== undefined && left > 0; range = grave.ranges[0]) {
      const keys = [...db.getKeys({ ...range, limit: left })];
      for (const key of keys) environment.remove(key);
      left -= keys.length;
      if (left > 0) grave.ranges.shift();
      else range.start = record.afterKey(keys.at(-1)!);
    }
    if (grave.ranges.length > 0) return;
    environment.remove(record.deadKey(grave.q, grave.epoch));
    graves.delete(grave);
  }

  const timer = setInterval(() => {
    const [first] = graves;
    if (first?.closed && environment.problem === undefined) dig(first, SLICE);
  }, TURN_MS).unref();

  return {
    bury(q, epoch) {
      const grave = { q, epoch, ranges: record.rangesOf(q, epoch), closed: false };
      graves.add(grave);
      environment.put(record.deadKey(q, epoch), EMPTY).after.push(() => {
        grave.closed = true;
      });
    },
    discard(slice, q) {
      // One that is not closed is left to the timer: whoever asks again and again would keep its commit from ending.
      const own = [...graves].filter((grave) => grave.q === q && grave.closed);
      const [first] = own;
      if (first === undefined) return false;
      dig(first, slice);
      return own.length > 1 || graves.has(first);
    },
    stop: () => clearInterval(timer),
  };
}
