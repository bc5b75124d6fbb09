import { tick } from './enter.ts';
import { drop, mended, next } from './next.ts';
import type { Queue } from './parts.ts';
import { nextBack } from './receive.ts';

export interface SweepRules {
  retentionMs: number;
}

export interface Swept {
  /** How many messages had expired and were dropped. */
  expired: number;
  /** There may be more to sweep: call again. */
  more: boolean;
  /** When a message that is there now, or is sent from now on, can expire at the earliest, or comes back to be looked at. */
  nextAt: number;
  /** Messages stand in the outbox: they are to be moved. */
  leaving: boolean;
}

/**
 * Drops expired messages that stand next in line or first in the side log, and records of earlier epochs, at most `slice`
 * of each. A message that is in flight is left alone until its time: settle and receive treat it as gone already.
 */
export function sweep(queue: Queue, slice: number, { retentionMs }: SweepRules, wallNow: number): Swept {
  const now = tick(queue, wallNow);
  const swept: Swept = { expired: 0, more: false, nextAt: now + retentionMs, leaving: false };
  if (queue.meta.fifo === 0) sweepInOrder(queue, slice, retentionMs, swept, now);
  sweepSideLog(queue, slice, retentionMs, swept, now);
  queue.meta.low = queue.messages.seek(queue.meta.low, queue.meta.head);
  const due = nextBack(queue, now);
  if (due > 0) swept.nextAt = Math.min(swept.nextAt, due);
  if (queue.discard(slice)) swept.more = true;
  const [leaving] = queue.outbox.first(1);
  swept.leaving = leaving !== undefined;
  // What a break (parts.ts) may have left uncounted.
  if (leaving !== undefined && queue.meta.leaving === 0) queue.meta.leaving = 1;
  return swept;
}

function sweepInOrder(queue: Queue, slice: number, retentionMs: number, swept: Swept, now: number): void {
  let looks = 0;
  while (looks < slice) {
    const number = next(queue, now);
    if (number === undefined) return;
    looks += 1;
    if (mended(queue, number, queue.states.get(number), now)) continue;
    const message = queue.messages.get(number);
    if (message !== undefined && message.sentAt + retentionMs > now) {
      swept.nextAt = Math.min(swept.nextAt, message.sentAt + retentionMs);
      return;
    }
    drop(queue, number, message, now);
    if (message !== undefined) swept.expired += 1;
  }
  swept.more = true;
}

/** Lanes hold what no order brings to the front: from the oldest number of the side log up to the first that lives. */
function sweepSideLog(queue: Queue, slice: number, retentionMs: number, swept: Swept, now: number): void {
  const { meta } = queue;
  let looks = 0;
  while (looks < slice) {
    meta.sideHead = queue.messages.seek(meta.sideHead, meta.sideTail);
    const number = meta.sideHead;
    if (number >= meta.sideTail) return;
    looks += 1;
    const message = queue.messages.get(number);
    if (message === undefined) continue;
    const state = queue.states.get(number);
    // What comes back by itself is looked at then.
    if (state !== undefined && (meta.fifo === 0 || state.due > now)) return;
    if (message.sentAt + retentionMs > now) {
      swept.nextAt = Math.min(swept.nextAt, message.sentAt + retentionMs);
      return;
    }
    if (queue.outbox.get(number) !== undefined) return;
    drop(queue, number, message, now);
    swept.expired += 1;
  }
  swept.more = true;
}
