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

/** By lane, as `#<group>`: what firstHidden has found, once for a page. */
interface Holders {
  [lane: string]: number;
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
  const holders: Holders = {};
  let number = Math.max(from, low);
  let looks = 0;
  while (rows.length < most && looks < LOOKS) {
    if (number >= tail && number < sideHead) number = sideHead;
    if (number >= sideTail) return { rows, next: 0, now };
    // Mostly there is a record: to seek one costs more than to read it.
    let row = seatOf(queue, number, bodies, holders, now);
    if (row === undefined) {
      const upTo = number < SIDE_LOG ? tail : sideTail;
      number = queue.messages.seek(number, upTo);
      if (number < upTo) row = seatOf(queue, number, bodies, holders, now);
    }
    if (row !== undefined) {
      rows.push(row);
      number += 1;
    }
    looks += 1;
  }
  return { rows, next: number, now };
}

function seatOf(queue: Queue, number: number, isWithBody: boolean, holders: Holders, now: number): Seat | undefined {
  const message = queue.messages.get(number);
  if (message === undefined) return undefined;
  const state = queue.states.get(number);
  const body: Body = isWithBody ? queue.messages.body(number) : '';
  const held = { number, message, body, state: state === undefined ? untouched() : state };
  const isLeaving = queue.meta.leaving > 0 && queue.outbox.get(number) !== undefined;
  return { held, heldBy: holderOf(queue, number, message.group, holders, now), isLeaving };
}

/** The first message of its lane when it stands before it and cannot be received now; 0 for none. */
function holderOf(queue: Queue, number: number, lane: string, holders: Holders, now: number): number {
  if (queue.meta.fifo === 0) return 0;
  let holder = holders[`#${lane}`];
  if (holder === undefined) {
    holder = firstHidden(queue, lane, now);
    holders[`#${lane}`] = holder;
  }
  return holder < number ? holder : 0;
}

/**
 * The first of a lane that cannot be received now; 0 for none within HOLDERS. Receives take a lane from its beginning:
 * behind a message that was never received there is none that was, so that it need not be looked at.
 */
function firstHidden(queue: Queue, lane: string, now: number): number {
  let number = queue.lanes.first(lane);
  let looks = 0;
  while (number !== undefined && looks < HOLDERS) {
    const state = queue.states.get(number);
    if (!isAvailable(queue, number, state, now)) return number;
    if (state === undefined) return 0;
    number = queue.lanes.after(lane, number);
    looks += 1;
  }
  return 0;
}
