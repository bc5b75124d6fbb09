import { newMeta, tick } from './enter.ts';
import type { Queue } from './parts.ts';

/**
 * Empties the queue at once by beginning a new epoch; the old records are discarded later by `sweep`. False, and nothing
 * is changed, when it was purged less than `intervalMs` ago (sqs-wire.md §3.15).
 */
export function purge(queue: Queue, intervalMs: number, wallNow: number): boolean {
  const now = tick(queue, wallNow);
  const { version, epoch, purgedAt } = queue.meta;
  if (purgedAt > 0 && purgedAt + intervalMs > now) return false;
  queue.meta = newMeta(version, now);
  queue.meta.epoch = epoch + 1;
  queue.meta.purgedAt = now;
  queue.renew();
  return true;
}
