/** A message of the naive reference, and what can happen to one. */
import type { Body, Message, State } from '../../src/queue/parts.ts';
import type { Settled } from '../../src/queue/settle.ts';
import type { Delivery, Wish } from '../../src/queue/wish.ts';

/** A message and what has happened to it. `due`: from when it can be received. */
export interface Held extends State {
  number: number;
  message: Message;
  body: Body;
  /** It was received, or delayed for itself. */
  touched: boolean;
  /** FIFO: that it is back has not been noticed. */
  unnoticed: boolean;
}

export const SIDE_LOG = 2 ** 40;
export const NEVER: State = { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due: 0, dueBefore: 0 };

export const byNumber = (a: Held, b: Held) => a.number - b.number;
export const byDue = (a: Held, b: Held) => a.due - b.due || byNumber(a, b);
export const without = <T>(list: T[], item: T) => list.filter((other) => other !== item);
export const hasExpired = ({ message }: Held, retentionMs: number, now: number) => message.sentAt + retentionMs <= now;
export const isSideLog = ({ number }: Held) => number >= SIDE_LOG;

export function untouched(number: number, message: Message, body: Body): Held {
  return {
    number,
    message,
    body,
    count: message.receivedBefore,
    generation: 0,
    firstReceivedAt: message.firstReceivedBefore,
    receivedAt: 0,
    due: message.sentAt,
    dueBefore: message.sentAt,
    touched: false,
    unnoticed: false,
  };
}

export const isDeadLetter = ({ count, message }: Held, { maxReceiveCount }: Wish) =>
  maxReceiveCount > 0 && count - message.receivedBefore >= maxReceiveCount;

export function deliver(one: Held, generation: number, visibilityMs: number, now: number): Held {
  one.count += 1;
  one.generation = generation;
  one.firstReceivedAt ||= now;
  one.receivedAt = now;
  one.dueBefore = one.due;
  hide(one, now + visibilityMs);
  return one;
}

export function hide(one: Held, due: number): void {
  one.due = due;
  one.touched = true;
  one.unnoticed = true;
}

export function deliveryOf({ number, message, body, touched, unnoticed, ...state }: Held): Delivery {
  return { number, message, body, state };
}

/** The last receive did not happen. Who holds an older receipt of the message cannot undo that one any more. */
export function undo(one: Held, generation: number): Settled {
  if (one.generation !== generation) return 'stale';
  one.count -= 1;
  one.generation = 0;
  if (one.count === one.message.receivedBefore) one.firstReceivedAt = one.message.firstReceivedBefore;
  hide(one, one.dueBefore);
  return 'done';
}
