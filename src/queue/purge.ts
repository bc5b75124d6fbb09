import { newMeta, tick } from './enter.ts';
import type { Queue } from './parts.ts';

/**
 * Empties the queue at once by beginning a new epoch; the old records are discarded later by `sweep`. False, and nothing
 * is changed, when it was purged less than `intervalMs` ago (sqs-wire.md §3.15).
 */
export function purge(queue: Queue, intervalMs: number, wallNow: number): boolean {
  const now = tick(queue, wallNow);
  const { version, epoch, purgedAt, fifo, sideTail, turn, look } = queue.meta;
  if (purgedAt > 0 && purgedAt + intervalMs > now) return false;
  const meta = newMeta(version, now, fifo);
  meta.epoch = epoch + 1;
  meta.purgedAt = now;
  // What comes later has a greater sequence number, purge or not.
  meta.sideTail = sideTail;
  meta.sideHead = sideTail;
  meta.active = sideTail;
  meta.turn = turn;
  meta.look = look;
  queue.meta = meta;
  queue.renew();
  return true;
}
