/** Looks at a queue without any effect. */
import { isAvailable } from './fifo.ts';
import { type Held, untouched } from './load.ts';
import { type Body, type Queue, SIDE_LOG } from './parts.ts';

/** A message and where it stands. */
export interface Seat {
  held: Held;
  /** FIFO: the number of a message before it in its group that keeps it from being received; 0 for none. */
  heldBy: number;
  /** It is on its way to another queue. */
  isLeaving: boolean;
}

export interface PageWish {
  /** The number to begin with; 0 for the first. */
  from: number;
  most: number;
  /** Without, every body is ''. */
  bodies: boolean;
}

export interface Page {
  rows: Seat[];
  /** Where the next page begins; 0 when there is none. */
  next: number;
  /** The queue's time. */
  now: number;
}

/** How many times a page looks for the next record, found or not. */
const LOOKS = 1000;
/** How far a lane is looked through for what holds a message: more than one receive takes. */
const HOLDERS = 20;

/**
 * Up to `most` messages from number `from` on, in the order of their numbers: the log, then the side
 * log. A page may have fewer, and even none, and yet not be the last.
 */
export function page(queue: Queue, { from, most, bodies }: PageWish, wallNow: number): Page {
  const { low, tail, sideHead, sideTail, last } = queue.meta;
  const now = Math.max(wallNow, last);
  const rows: Seat[] = [];
  let number = Math.max(from, low);
  let looks = 0;
  while (rows.length < most && looks < LOOKS) {
    if (number >= tail && number < sideHead) number = sideHead;
    if (number >= sideTail) return { rows, next: 0, now };
    number = queue.messages.seek(number, number < SIDE_LOG ? tail : sideTail);
    const row = seatOf(queue, number, bodies, now);
    if (row !== undefined) {
      rows.push(row);
      number += 1;
    }
    looks += 1;
  }
  return { rows, next: number, now };
}

function seatOf(queue: Queue, number: number, isWithBody: boolean, now: number): Seat | undefined {
  const message = queue.messages.get(number);
  if (message === undefined) return undefined;
  const state = queue.states.get(number);
  const body: Body = isWithBody ? queue.messages.body(number) : '';
  const held = { number, message, body, state: state === undefined ? untouched() : state };
  const isLeaving = queue.meta.leaving > 0 && queue.outbox.get(number) !== undefined;
  return { held, heldBy: holderOf(queue, number, message.group, now), isLeaving };
}

/** The first message of its lane that stands before it and cannot be received now; 0 for none within HOLDERS. */
function holderOf(queue: Queue, number: number, lane: string, now: number): number {
  if (queue.meta.fifo === 0) return 0;
  let before = queue.lanes.first(lane);
  let looks = 0;
  while (before !== undefined && before < number && looks < HOLDERS) {
    if (!isAvailable(queue, before, queue.states.get(before), now)) return before;
    before = queue.lanes.after(lane, before);
    looks += 1;
  }
  return 0;
}
