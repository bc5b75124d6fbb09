/**
 * receive: hands out messages and hides them for a while.
 *
 * 1. The next message is the smallest (due, number) among the head of the log, the first returned and the first
 *    delayed that is out (parts.ts tells why).
 * 2. An expired one is dropped on the way and never delivered; an absent number (a hole) is passed.
 * 3. What is taken gets a state with one more count and the generation of this call, and stands in `inFlight` until
 *    its time. With a visibility of 0 that time is now: it can be received again at once, but not by this call.
 * 4. The call ends when it has enough, when nothing is available, at the in-flight limit, or after LOOK_LIMIT looks.
 * 5. A call that comes again is given what it was given before, as far as that is still in flight since; when none of it
 *    is, the call counts as a new one.
 */
import { answered, tick } from './enter.ts';
import { type Answer, type Body, LOOK_LIMIT, type Message, type Queue, SIDE_LOG, type State } from './parts.ts';
import { forget, remove } from './remove.ts';

export interface Wish {
  max: number;
  visibilityMs: number;
  retentionMs: number;
  inFlightLimit: number;
  /** 48 random bits; every message of this call carries them. */
  generation: number;
  /** The same for every attempt of one call; '' for a call that is not repeated. */
  requestId: string;
}

export interface Delivery {
  number: number;
  message: Message;
  body: Body;
  state: State;
}

export interface Received {
  epoch: number;
  deliveries: Delivery[];
  /** The look limit ended the call: ask again. */
  more: boolean;
  /** The in-flight limit kept a message from being handed out. */
  overLimit: boolean;
  /** When nothing was received: when the next message comes back or out by itself; 0 when none will. */
  nextDue: number;
}

/** Takes up to `wish.max` messages. */
export function receive(queue: Queue, wish: Wish, wallNow: number): Received {
  const now = tick(queue, wallNow);
  const before = answered(queue, wish.requestId, now);
  if (before !== undefined) {
    const deliveries = stillHeld(queue, before, wish, now);
    if (deliveries.length > 0) return received(queue, deliveries, false, false, now);
  }
  const deliveries: Delivery[] = [];
  let room = roomOf(queue, wish, now);
  let looks = 0;
  let overLimit = false;
  while (deliveries.length < wish.max && looks < LOOK_LIMIT) {
    const number = next(queue, now);
    if (number === undefined) break;
    looks += 1;
    const message = queue.messages.get(number);
    const state = queue.states.get(number);
    if (mended(queue, number, state)) continue;
    if (message === undefined || message.sentAt + wish.retentionMs <= now) {
      drop(queue, number, message);
    } else if (room <= 0) {
      overLimit = true;
      break;
    } else {
      deliveries.push(take(queue, number, message, state, wish, now));
      if (wish.visibilityMs > 0) room -= 1;
    }
  }
  // Received with visibility 0 it is back at once, but not for this call (take).
  if (wish.visibilityMs === 0) for (const { number, state } of deliveries) queue.inFlight.add(number, state.due);
  if (deliveries.length > 0) remember(queue, wish, deliveries, now);
  else if (isEmpty(queue)) queue.meta.total = 0;
  return received(queue, deliveries, looks >= LOOK_LIMIT && deliveries.length < wish.max, overLimit, now);
}

/** How many more messages may be hidden. How many have come back is asked only when that can matter. */
function roomOf(queue: Queue, { max, inFlightLimit }: Wish, now: number): number {
  const room = inFlightLimit - queue.inFlight.size();
  return room < max ? room + queue.inFlight.countUpTo(now) : room;
}

function received(queue: Queue, deliveries: Delivery[], more: boolean, overLimit: boolean, now: number): Received {
  const due = deliveries.length > 0 ? 0 : nextDue(queue, now);
  return { epoch: queue.meta.epoch, deliveries, more, overLimit, nextDue: due };
}

/** Nothing waits, is hidden or delayed, whatever a break (parts.ts) has left in the total. */
function isEmpty(queue: Queue): boolean {
  return queue.meta.head >= queue.meta.tail && queue.inFlight.size() === 0 && queue.delayed.size() === 0;
}

function remember(queue: Queue, wish: Wish, deliveries: Delivery[], now: number): void {
  if (wish.requestId === '') return;
  const answer: Answer = { at: now, epoch: queue.meta.epoch, generation: wish.generation, numbers: [], ids: [] };
  for (const delivery of deliveries) answer.numbers.push(delivery.number);
  queue.requests.set(wish.requestId, answer);
}

/** What of an earlier answer is still in flight by that very receive. */
function stillHeld(queue: Queue, answer: Answer, wish: Wish, now: number): Delivery[] {
  const held: Delivery[] = [];
  if (answer.epoch !== queue.meta.epoch) return held;
  for (const number of answer.numbers) {
    const message = queue.messages.get(number);
    const state = queue.states.get(number);
    if (message === undefined || state === undefined) continue;
    if (state.generation !== answer.generation || state.due <= now) continue;
    if (message.sentAt + wish.retentionMs <= now) continue;
    held.push({ number, message, body: queue.messages.body(number), state });
  }
  return held;
}

/** Mends what a break (parts.ts) left at `number`; true when that is no message to hand out. */
export function mended(queue: Queue, number: number, state: State | undefined): boolean {
  const meta = queue.meta;
  if (number >= (number < SIDE_LOG ? meta.tail : meta.sideTail)) {
    // Sent, but the fields do not know it: the number will be given again.
    forget(queue, number);
    return true;
  }
  if (number < meta.head || number >= SIDE_LOG) return false;
  if (number === meta.head) {
    // Received, but the head has not passed it: it comes back like any other.
    if (state === undefined) return false;
    meta.head = number + 1;
    return true;
  }
  // About to be received, and not the first in the log yet.
  forget(queue, number);
  return true;
}

/** The number that is handed out next at `now`, or undefined. It is the log's head, or it has a state. */
export function next(queue: Queue, now: number): number | undefined {
  const touched = nextTouched(queue, now);
  const head = queue.meta.head;
  if (head >= queue.meta.tail) return touched;
  if (touched === undefined) return head;
  const state = queue.states.get(touched);
  if (state === undefined) return touched;
  const plain = queue.messages.get(head);
  if (plain === undefined) return head;
  if (plain.sentAt === state.due) return Math.min(head, touched);
  return plain.sentAt < state.due ? head : touched;
}

/** The first returned or the first delayed that is out, whichever was due first. */
function nextTouched(queue: Queue, now: number): number | undefined {
  const returned = queue.inFlight.first(now);
  const out = queue.delayed.first(now);
  if (returned === undefined) return out;
  if (out === undefined) return returned;
  const returnedState = queue.states.get(returned);
  const outState = queue.states.get(out);
  if (returnedState === undefined) return returned;
  if (outState === undefined) return out;
  if (returnedState.due === outState.due) return Math.min(returned, out);
  return returnedState.due < outState.due ? returned : out;
}

function take(
  queue: Queue,
  number: number,
  message: Message,
  before: State | undefined,
  wish: Wish,
  now: number,
): Delivery {
  const state: State = {
    count: before === undefined ? 1 : before.count + 1,
    generation: wish.generation,
    firstReceivedAt: before === undefined || before.firstReceivedAt === 0 ? now : before.firstReceivedAt,
    receivedAt: now,
    due: now + wish.visibilityMs,
    dueBefore: before === undefined ? message.sentAt : before.due,
  };
  // In the set before it has a state: a state that stands in no set would never come back. And not before the next
  // millisecond: this call must not take it twice.
  queue.inFlight.add(number, Math.max(state.due, now + 1));
  queue.states.set(number, state);
  if (number === queue.meta.head) queue.meta.head = number + 1;
  else if (number >= SIDE_LOG) queue.delayed.remove(number);
  return { number, message, body: queue.messages.body(number), state };
}

/** Drops what `next` named: an expired message, or a number without a record. */
export function drop(queue: Queue, number: number, message: Message | undefined): void {
  const meta = queue.meta;
  remove(queue, number);
  if (number !== meta.head) return;
  meta.head = number + 1;
  // A hole: it was counted when it was removed.
  if (message === undefined) meta.total += 1;
}

/** When the next message comes back or out by itself; 0 when none will. */
export function nextDue(queue: Queue, now: number): number {
  const back = queue.inFlight.nextScore(now);
  const out = queue.delayed.nextScore(now);
  if (back === undefined) return out === undefined ? 0 : out;
  if (out === undefined) return back;
  return Math.min(back, out);
}
