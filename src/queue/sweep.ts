import { tick } from './enter.ts';
import type { Queue } from './parts.ts';
import { drop, mended, next, nextDue } from './receive.ts';

export interface Swept {
  /** How many messages had expired and were dropped. */
  expired: number;
  /** There may be more to sweep: call again. */
  more: boolean;
  /** When a message that is there now, or is sent from now on, can expire at the earliest, or comes back to be looked at. */
  nextAt: number;
}

/**
 * Drops expired messages that stand next in line, and records of earlier epochs, at most `slice` of each. A message
 * that is in flight is left alone until its time: settle and receive treat it as gone already.
 */
export function sweep(queue: Queue, slice: number, retentionMs: number, wallNow: number): Swept {
  const now = tick(queue, wallNow);
  let expired = 0;
  let looks = 0;
  let nextAt = now + retentionMs;
  while (looks < slice) {
    const number = next(queue, now);
    if (number === undefined) break;
    if (!mended(queue, number, queue.states.get(number))) {
      const message = queue.messages.get(number);
      if (message !== undefined && message.sentAt + retentionMs > now) {
        nextAt = message.sentAt + retentionMs;
        break;
      }
      drop(queue, number, message);
      if (message !== undefined) expired += 1;
    }
    looks += 1;
  }
  const due = nextDue(queue, now);
  if (due > 0) nextAt = Math.min(nextAt, due);
  const discarding = queue.discard(slice);
  return { expired, more: looks >= slice || discarding, nextAt };
}
