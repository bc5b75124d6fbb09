/**
 * settle: what the holder of a receipt wants for a message.
 *
 *   gone     it is removed. On a standard queue an old receipt removes it too, as AWS does (sqs-wire.md §3.6).
 *   hidden   it is invisible for `visibilityMs` from now; 0 makes it visible at once.
 *   back     the receive is undone as if it had not happened: count, place and order. Only the receive that the
 *            receipt speaks of can be undone; a newer one makes it `stale`.
 *
 * On a FIFO queue a receipt is good for as long as its own receive hides the message, for removing too (§7.1, §3.6).
 */
import { tick } from './enter.ts';
import type { Message, Queue, State } from './parts.ts';
import { remove } from './remove.ts';

export interface Settlement {
  /** Epoch, number and generation from the receipt. */
  epoch: number;
  number: number;
  generation: number;
  to: 'gone' | 'hidden' | 'back';
  /** For `hidden`. */
  visibilityMs: number;
}

export interface SettleRules {
  retentionMs: number;
  /** From the receive, a message may stay hidden this long in all. */
  visibilityLimitMs: number;
}

/**
 * done; gone: no such message any more; stale: received again since; expired: the receipt of a FIFO queue is not good any
 * more; overlong: beyond the visibility limit.
 */
export type Settled = 'done' | 'gone' | 'stale' | 'expired' | 'overlong';

/** Settles each entry on its own and answers one outcome for each. */
export function settle(queue: Queue, entries: Settlement[], rules: SettleRules, wallNow: number): Settled[] {
  const now = tick(queue, wallNow);
  const outcomes: Settled[] = [];
  let moved = false;
  for (const entry of entries) {
    const outcome = settleOne(queue, entry, rules, now);
    outcomes.push(outcome);
    if (outcome === 'done' && entry.to !== 'gone') moved = true;
  }
  if (moved) queue.ready();
  return outcomes;
}

function settleOne(queue: Queue, entry: Settlement, rules: SettleRules, now: number): Settled {
  if (entry.epoch !== queue.meta.epoch) return 'gone';
  const message = queue.messages.get(entry.number);
  if (message === undefined) return 'gone';
  if (message.sentAt + rules.retentionMs <= now) return 'gone';
  const isFifo = queue.meta.fifo === 1;
  if (entry.to === 'gone' && !isFifo) {
    // One that is on its way to another queue goes there.
    const isLeaving = queue.meta.leaving > 0 && queue.outbox.get(entry.number) !== undefined;
    if (!isLeaving) remove(queue, entry.number, message, now);
    return 'done';
  }
  const state = queue.states.get(entry.number);
  if (isFifo && entry.to !== 'back' && !isGood(entry, state, now)) return 'expired';
  if (entry.to === 'gone') {
    if (remove(queue, entry.number, message, now)) queue.ready();
    return 'done';
  }
  // The receive was undone, or forgotten by a power cut (parts.ts, holes): the message waits in its place already.
  if (state === undefined || state.count <= message.receivedBefore) return 'gone';
  if (entry.to === 'back') return undo(queue, entry, message, state);
  if (now + entry.visibilityMs > state.receivedAt + rules.visibilityLimitMs) return 'overlong';
  hide(queue, entry.number, state, now + entry.visibilityMs);
  return 'done';
}

function isGood({ generation }: Settlement, state: State | undefined, now: number): boolean {
  return state !== undefined && state.generation === generation && state.due > now;
}

/** Puts a message back to the place it was taken from, so that it stands before whatever came later. */
function undo(queue: Queue, entry: Settlement, message: Message, state: State): Settled {
  if (state.generation !== entry.generation) return 'stale';
  state.count -= 1;
  state.generation = 0;
  if (state.count === message.receivedBefore) state.firstReceivedAt = message.firstReceivedBefore;
  hide(queue, entry.number, state, state.dueBefore);
  return 'done';
}

function hide(queue: Queue, number: number, state: State, due: number): void {
  state.due = due;
  queue.states.set(number, state);
  queue.inFlight.add(number, due);
}
