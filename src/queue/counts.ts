import { countDelayed } from './fifo.ts';
import type { Queue } from './parts.ts';

/** The three figures of GetQueueAttributes. They are disjoint and exact. */
export interface Counts {
  visible: number;
  inFlight: number;
  delayed: number;
}

/** Counts the queue as it is at `now`, without any effect. `delayMs` is the delay of a FIFO queue. */
export function counts(queue: Queue, delayMs: number, wallNow: number): Counts {
  const now = Math.max(wallNow, queue.meta.last);
  const inFlight = queue.inFlight.size() - queue.inFlight.countUpTo(now);
  const delayed =
    queue.meta.fifo === 1 ? countDelayed(queue, delayMs, now) : queue.delayed.size() - queue.delayed.countUpTo(now);
  // A send that broke off (parts.ts) may have left a delayed message that the total does not know.
  return { visible: Math.max(0, queue.meta.total - inFlight - delayed), inFlight, delayed };
}
