import { tick } from './enter.ts';
import type { Queue } from './parts.ts';
import { drop, next } from './receive.ts';

export interface Swept {
  /** How many messages had expired and were dropped. */
  expired: number;
  /** There may be more to sweep: call again. */
  more: boolean;
}

/**
 * Drops expired messages that stand next in line, and records of earlier epochs, at most `slice` of each. A message
 * that is in flight is left alone until its time: settle and receive treat it as gone already.
 */
export function sweep(queue: Queue, slice: number, retentionMs: number, wallNow: number): Swept {
  const now = tick(queue, wallNow);
  let expired = 0;
  let looks = 0;
  while (looks < slice) {
    const number = next(queue, now);
    if (number === undefined) break;
    const message = queue.messages.get(number);
    if (message !== undefined && message.sentAt + retentionMs > now) break;
    drop(queue, number, message);
    if (message !== undefined) expired += 1;
    looks += 1;
  }
  const discarding = queue.discard(slice);
  return { expired, more: looks >= slice || discarding };
}
