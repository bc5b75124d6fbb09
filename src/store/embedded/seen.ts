/**
 * Deduplication ids over LMDB, in halves of five minutes: an id of the last five minutes is in the half that runs or in
 * the one before. What is older goes in slices. Costs no memory but for what is not committed yet.
 */
import { FIFO_MEMORY_MS, type Seen, type SeenTable } from '../../queue/parts.ts';
import type { Writing } from './environment.ts';
import * as record from './records.ts';
import { Unwritten } from './unwritten.ts';

const LAST_HALF = 0xffff_ffff;

export interface EmbeddedSeen extends SeenTable {
  /** Removes up to `slice` ids that are too old; true while there may be more. `now` is the queue's. */
  discard(slice: number, now: number): boolean;
  /** Whatever is on disk. */
  rows(): Iterable<{ key: string; seen: Seen }>;
}

export function seenOf(writing: Writing, q: number, epoch: number, now: () => number): EmbeddedSeen {
  const unwritten = new Unwritten<string>();
  const halfAt = (time: number) => Math.floor(time / FIFO_MEMORY_MS);

  function look(key: string): Buffer | undefined {
    const { known, value } = unwritten.get(key);
    if (known) return value;
    const half = halfAt(now());
    return writing.get(record.seenKey(q, epoch, half, key)) ?? writing.get(record.seenKey(q, epoch, half - 1, key));
  }

  return {
    get(key) {
      const bytes = look(key);
      return bytes === undefined ? undefined : record.unpackSeen(bytes);
    },
    set(key, seen) {
      const bytes = record.packSeen(seen);
      unwritten.set(key, bytes, writing.put(record.seenKey(q, epoch, halfAt(seen.at), key), bytes));
    },
    *rows() {
      for (const { key, value } of writing.entries(record.seenBefore(q, epoch, LAST_HALF))) {
        yield { key: record.keyOfSeenKey(key), seen: record.unpackSeen(value) };
      }
    },
    discard(slice, at) {
      const range = record.seenBefore(q, epoch, halfAt(at) - 1);
      const keys = [...writing.keys({ ...range, limit: slice })];
      for (const key of keys) writing.remove(key);
      return keys.length === slice;
    },
  };
}
