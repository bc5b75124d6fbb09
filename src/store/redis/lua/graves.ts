/**
 * What purges and removed queues leave behind. A list names each epoch that is over, with the numbers it had; its buckets
 * are unlinked in slices, then the keys that there is one of for each epoch.
 */
import type { Value } from './redis.ts';

type GraveRow = [epoch: number, low: number, tail: number, sideHead: number, sideTail: number];

/** What of a queue's fields says where its records are. */
export interface Extent {
  epoch: number;
  low: number;
  tail: number;
  sideHead: number;
  sideTail: number;
}

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare const cmsgpack: {
  pack(this: void, row: GraveRow): string;
  unpack(this: void, packed: string): unknown;
};

/** How many numbers share a hash. */
export const BUCKET = 128;

export const apartKey = (base: string, epoch: number, number: number): string => `${base}:a${epoch}.${number}`;
export const apartSet = (base: string, epoch: number): string => `${base}:l${epoch}`;

/** Marks an epoch as over. */
export function bury(base: string, { epoch, low, tail, sideHead, sideTail }: Extent): void {
  // A send that broke off may have left records just beyond what the fields know.
  const row: GraveRow = [epoch, low, tail + BUCKET, sideHead, sideTail + BUCKET];
  redis.call('RPUSH', `${base}:graves`, cmsgpack.pack(row));
}

/**
 * Discards up to `slice` buckets of the first epoch that is over; true while there may be more. `living` is the epoch of
 * the queue: a purge that broke off before the fields were written has not ended it.
 */
export function discardFrom(base: string, living: number | undefined, slice: number): boolean {
  const graves = `${base}:graves`;
  const packed = redis.call('LINDEX', graves, 0);
  if (packed === false) return false;
  const [epoch, low, tail, sideHead, sideTail] = cmsgpack.unpack(packed as string) as GraveRow;
  const isOver = living === undefined || epoch < living;
  if (isOver && low < tail) {
    const upTo = unlinkBuckets(base, epoch, low, tail, slice);
    redis.call('LSET', graves, 0, cmsgpack.pack([epoch, upTo, tail, sideHead, sideTail]));
    return true;
  }
  if (isOver && sideHead < sideTail) {
    const upTo = unlinkBuckets(base, epoch, sideHead, sideTail, slice);
    redis.call('LSET', graves, 0, cmsgpack.pack([epoch, low, tail, upTo, sideTail]));
    return true;
  }
  if (isOver && discardApart(base, epoch, slice)) return true;
  if (isOver) unlinkOthers(base, epoch);
  redis.call('LPOP', graves);
  return true;
}

/** Unlinks up to `slice` buckets of the numbers in [from, to); answers up to where it came. */
function unlinkBuckets(base: string, epoch: number, from: number, to: number, slice: number): number {
  let bucket = Math.floor(from / BUCKET);
  let left = slice;
  while (bucket * BUCKET < to && left > 0) {
    redis.call('UNLINK', `${base}:m${epoch}.${bucket}`, `${base}:s${epoch}.${bucket}`);
    bucket += 1;
    left -= 1;
  }
  return Math.min(bucket * BUCKET, to);
}

function discardApart(base: string, epoch: number, slice: number): boolean {
  const numbers = redis.call('SRANDMEMBER', apartSet(base, epoch), slice) as string[];
  for (const number of numbers) {
    redis.call('UNLINK', `${base}:a${epoch}.${number}`);
    redis.call('SREM', apartSet(base, epoch), number);
  }
  return numbers.length > 0;
}

/** The keys that there is one of: Redis frees them beside its work. */
function unlinkOthers(base: string, epoch: number): void {
  redis.call('UNLINK', `${base}:i${epoch}`, `${base}:d${epoch}`, `${base}:o${epoch}`);
  redis.call('UNLINK', `${base}:g${epoch}`, `${base}:w${epoch}`, `${base}:t${epoch}`);
}
