/**
 * receive: hands out messages and hides them for a while.
 *
 * 1. What comes next: next.ts says it for a standard queue, fifo.ts for a FIFO queue.
 * 2. An expired one is dropped on the way and never delivered; an absent number (a hole) is passed. One that has been
 *    received as often as its queue allows departs to the dead letters (moves.ts, sqs-wire.md §6.1).
 * 3. What is taken gets a state with one more count and the generation of this call, and stands in `inFlight` until
 *    its time. With a visibility of 0 that time is now: it can be received again at once, but not by this call.
 * 4. The call ends when it has enough, when nothing is available, at the in-flight limit, or after LOOK_LIMIT looks.
 * 5. A call that comes again (repeat.ts) is given what it was given before.
 */
import { tick } from './enter.ts';
import { leaveLane } from './fair.ts';
import { isAvailable, nextOut, notice, settleLane } from './fifo.ts';
import { depart } from './moves.ts';
import { drop, mended, next } from './next.ts';
import { LOOK_LIMIT, type Message, type Queue, SIDE_LOG, type State } from './parts.ts';
import { type Repeated, remember, repeated } from './repeat.ts';
import type { Delivery, Received, Wish } from './wish.ts';

/** How far a call has come. */
interface Course {
  deliveries: Delivery[];
  room: number;
  looks: number;
  departed: number;
  overLimit: boolean;
  /** FIFO: the lanes that have been served. */
  served: string[];
}

/** Takes up to `wish.max` messages. */
export function receive(queue: Queue, wish: Wish, wallNow: number): Received {
  const now = tick(queue, wallNow);
  const before = repeated(queue, wish, now);
  if (before !== undefined) return again(queue, before);
  const room = roomOf(queue, wish, now);
  const course: Course = { deliveries: [], room, looks: 0, departed: 0, overLimit: false, served: [] };
  const isFifo = queue.meta.fifo === 1;
  const unseen = isFifo ? notice(queue, wish.delayMs, now) : false;
  if (isFifo) takeFromLanes(queue, wish, course, now);
  else takeInOrder(queue, wish, course, now);
  if (wish.visibilityMs === 0) showAgain(queue, course, now);
  const { deliveries, looks, overLimit } = course;
  const any = deliveries.length > 0;
  if (any) remember(queue, wish, deliveries, now);
  else if (isEmpty(queue)) queue.meta.total = 0;
  return {
    epoch: queue.meta.epoch,
    deliveries,
    more: (unseen || looks >= LOOK_LIMIT) && deliveries.length < wish.max,
    overLimit,
    nextDue: any ? 0 : nextDue(queue, wish.delayMs, now),
    leaving: queue.meta.leaving > 0,
    changed: false,
  };
}

function again(queue: Queue, { deliveries, changed }: Repeated): Received {
  const { epoch, leaving } = queue.meta;
  return { epoch, deliveries, more: false, overLimit: false, nextDue: 0, leaving: leaving > 0, changed };
}

/** How many more messages may be hidden. How many have come back is asked only when that can matter. */
function roomOf(queue: Queue, { max, inFlightLimit }: Wish, now: number): number {
  const room = inFlightLimit - queue.inFlight.size();
  return room < max ? room + queue.inFlight.countUpTo(now) : room;
}

function isDone({ deliveries, looks, overLimit }: Course, wish: Wish): boolean {
  return deliveries.length >= wish.max || looks >= LOOK_LIMIT || overLimit;
}

function takeInOrder(queue: Queue, wish: Wish, course: Course, now: number): void {
  while (!isDone(course, wish)) {
    const number = next(queue, now);
    if (number === undefined) break;
    course.looks += 1;
    const state = queue.states.get(number);
    if (!mended(queue, number, state, now)) offer(queue, number, queue.messages.get(number), state, wish, course, now);
  }
}

/** Received with visibility 0 they are back at once, but not for this call. */
function showAgain(queue: Queue, { deliveries, served }: Course, now: number): void {
  for (const { number, state } of deliveries) queue.inFlight.add(number, state.due);
  for (const lane of served) settleLane(queue, lane, now);
}

/** Serves lane after lane; one that was served leaves the line. */
function takeFromLanes(queue: Queue, wish: Wish, course: Course, now: number): void {
  let standing = queue.line.first();
  while (standing !== undefined && !isDone(course, wish)) {
    serve(queue, standing.lane, wish, course, now);
    standing = queue.line.first();
  }
}

function serve(queue: Queue, lane: string, wish: Wish, course: Course, now: number): void {
  const before = course.deliveries.length;
  let number = queue.lanes.first(lane);
  while (number !== undefined && !isDone(course, wish)) {
    course.looks += 1;
    const message = queue.messages.get(number);
    if (message === undefined || message.group !== lane) {
      // What a break (parts.ts) has left.
      queue.lanes.remove(lane, number);
    } else {
      const state = queue.states.get(number);
      if (!isAvailable(queue, number, state, now)) break;
      offer(queue, number, message, state, wish, course, now);
    }
    number = queue.lanes.after(lane, number);
  }
  if (course.deliveries.length === before) {
    settleLane(queue, lane, now);
  } else {
    queue.line.leave(lane);
    course.served.push(lane);
  }
}

/** Drops, sends off or takes the message that comes next, or finds no room for it. */
function offer(
  queue: Queue,
  number: number,
  message: Message | undefined,
  state: State | undefined,
  wish: Wish,
  course: Course,
  now: number,
): void {
  if (message === undefined || message.sentAt + wish.retentionMs <= now) {
    drop(queue, number, message, now);
  } else if (isDeadLetter(message, state, wish)) {
    const id = wish.generation + course.departed;
    depart(queue, number, message, state, { id, to: wish.deadLetterQueue, redriven: 0 }, now);
    course.departed += 1;
  } else if (course.room <= 0) {
    course.overLimit = true;
  } else {
    course.deliveries.push(take(queue, number, message, state, wish, now));
    if (wish.visibilityMs > 0) course.room -= 1;
  }
}

function isDeadLetter(message: Message, state: State | undefined, { maxReceiveCount }: Wish): boolean {
  return maxReceiveCount > 0 && state !== undefined && state.count - message.receivedBefore >= maxReceiveCount;
}

function take(
  queue: Queue,
  number: number,
  message: Message,
  before: State | undefined,
  wish: Wish,
  now: number,
): Delivery {
  const firstReceivedAt = before === undefined ? message.firstReceivedBefore : before.firstReceivedAt;
  const state: State = {
    count: (before === undefined ? message.receivedBefore : before.count) + 1,
    generation: wish.generation,
    firstReceivedAt: firstReceivedAt === 0 ? now : firstReceivedAt,
    receivedAt: now,
    due: now + wish.visibilityMs,
    dueBefore: before === undefined ? message.sentAt : before.due,
  };
  // In the set before it has a state: a state that stands in no set would never come back. And not before the next
  // millisecond: this call must not take it twice.
  queue.inFlight.add(number, Math.max(state.due, now + 1));
  queue.states.set(number, state);
  if (queue.meta.fifo === 0) leavePlace(queue, number, message, before);
  return { number, message, body: queue.messages.body(number), state };
}

/** A standard queue's message has been taken: it is not where it waited any more. */
function leavePlace(queue: Queue, number: number, message: Message, before: State | undefined): void {
  if (number === queue.meta.head) queue.meta.head = number + 1;
  else if (number >= SIDE_LOG && before === undefined) leaveLane(queue, message.group, number);
  else if (number >= SIDE_LOG) queue.delayed.remove(number);
}

/** Nothing waits, is hidden or delayed, whatever a break (parts.ts) has left in the total. */
function isEmpty(queue: Queue): boolean {
  const { head, tail, laned, fifo, active, sideTail } = queue.meta;
  if (queue.inFlight.size() > 0 || queue.delayed.size() > 0) return false;
  if (fifo === 1) return active >= sideTail && queue.line.first() === undefined;
  return head >= tail && laned === 0;
}

/** When the next message comes back or out by itself; 0 when none will. `delayMs` is that of a FIFO queue. */
function nextDue(queue: Queue, delayMs: number, now: number): number {
  return sooner(nextBack(queue, now), queue.meta.fifo === 1 ? nextOut(queue, delayMs) : undefined);
}

/** The same without what a FIFO queue's delay still covers. */
export function nextBack(queue: Queue, now: number): number {
  return sooner(sooner(0, queue.inFlight.nextScore(now)), queue.delayed.nextScore(now));
}

/** Of two times the sooner one; 0 and undefined stand for none. */
function sooner(one: number, other: number | undefined): number {
  if (other === undefined) return one;
  return one === 0 ? other : Math.min(one, other);
}
