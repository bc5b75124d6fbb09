import { newMeta, tick } from './enter.ts';
import type { Queue } from './parts.ts';

/** Empties the queue at once by beginning a new epoch; the old records are discarded later by `sweep`. */
export function purge(queue: Queue, wallNow: number): void {
  const now = tick(queue, wallNow);
  const epoch = queue.meta.epoch + 1;
  queue.meta = newMeta(queue.meta.version, now);
  queue.meta.epoch = epoch;
  queue.renew();
}
