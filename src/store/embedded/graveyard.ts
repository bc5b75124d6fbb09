import type { Environment } from './environment.ts';
import * as record from './records.ts';

/**
 * What purges and deleted queues left behind: a `d` record names each epoch that is over, written in the transaction
 * that ended it, so that a crash forgets nothing. `discard` removes up to `slice` records of the first such epoch, and
 * the `d` record with the last of them; true while there is more.
 */
export function graveyard(environment: Environment): (slice: number) => boolean {
  const { db } = environment;
  /** Removed and not yet committed, so that a range still shows them. */
  const leaving = new Set<string>();

  function remove(key: Buffer): void {
    const name = key.toString('latin1');
    leaving.add(name);
    const left = () => leaving.delete(name);
    environment.remove(key).then(left, left);
  }

  function keysOf(range: { start: Buffer; end: Buffer }, limit: number): Buffer[] {
    return [...db.getKeys({ ...range, limit: limit + leaving.size })].filter(
      (key) => !leaving.has(key.toString('latin1')),
    );
  }

  return (slice) => {
    const [grave] = keysOf(record.allOf('d'), 1);
    if (grave === undefined) return false;
    const { q, epoch } = record.deadOfKey(grave);
    let left = slice;
    for (const range of record.rangesOf(q, epoch)) {
      const keys = keysOf(range, left).slice(0, left);
      for (const key of keys) remove(key);
      left -= keys.length;
      if (left === 0) return true;
    }
    remove(grave);
    return true;
  };
}
