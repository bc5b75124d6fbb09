/**
 * receive: hands out messages and hides them for a while.
 *
 * 1. The next message is the smallest (due, number) among the head of the log, the first returned and the first
 *    delayed that is out (parts.ts tells why).
 * 2. An expired one is dropped on the way and never delivered; an absent number (a hole) is passed.
 * 3. What is taken gets a state with one more count and the generation of this call, and stands in `inFlight` until
 *    its time. With a visibility of 0 that time is now: it can be received again at once, but not by this call.
 * 4. The call ends when it has enough, when nothing is available, at the in-flight limit, or after LOOK_LIMIT looks.
 */
import { tick } from './enter.ts';
import { type Body, LOOK_LIMIT, type Message, type Queue, type State } from './parts.ts';
import { forget, remove } from './remove.ts';

export interface Wish {
  max: number;
  visibilityMs: number;
  retentionMs: number;
  inFlightLimit: number;
  /** 48 random bits; every message of this call carries them. */
  generation: number;
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
  /** When the next message comes back or out by itself; 0 when none will. */
  nextDue: number;
}

/** Takes up to `wish.max` messages. */
export function receive(queue: Queue, wish: Wish, wallNow: number): Received {
  const now = tick(queue, wallNow);
  const deliveries: Delivery[] = [];
  let hidden = queue.inFlight.size() - queue.inFlight.countUpTo(now);
  let looks = 0;
  let overLimit = false;
  // A message received with visibility 0 is back at once; this call must not take it twice.
  const again: Delivery[] = [];
  while (deliveries.length < wish.max && looks < LOOK_LIMIT) {
    const number = next(queue, now);
    if (number === undefined) break;
    looks += 1;
    const message = queue.messages.get(number);
    if (message === undefined || message.sentAt + wish.retentionMs <= now) {
      drop(queue, number, message);
    } else if (hidden >= wish.inFlightLimit) {
      overLimit = true;
      break;
    } else {
      const delivery = take(queue, number, message, wish, now);
      deliveries.push(delivery);
      if (wish.visibilityMs === 0) {
        queue.inFlight.remove(number);
        again.push(delivery);
      } else {
        hidden += 1;
      }
    }
  }
  for (const delivery of again) queue.inFlight.add(delivery.number, delivery.state.due);
  const more = looks >= LOOK_LIMIT && deliveries.length < wish.max;
  return { epoch: queue.meta.epoch, deliveries, more, overLimit, nextDue: nextDue(queue, now) };
}

/** The number that is handed out next at `now`, or undefined. It is the log's head, or it has a state. */
export function next(queue: Queue, now: number): number | undefined {
  const touched = nextTouched(queue, now);
  const head = queue.meta.head;
  if (head >= queue.meta.tail) return touched;
  if (touched === undefined) return head;
  const state = queue.states.get(touched);
  const plain = queue.messages.get(head);
  if (state === undefined || plain === undefined) return head;
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
  if (returnedState === undefined || outState === undefined) return returned;
  if (returnedState.due === outState.due) return Math.min(returned, out);
  return returnedState.due < outState.due ? returned : out;
}

function take(queue: Queue, number: number, message: Message, wish: Wish, now: number): Delivery {
  const before = queue.states.get(number);
  const state: State = {
    count: before === undefined ? 1 : before.count + 1,
    generation: wish.generation,
    firstReceivedAt: before === undefined || before.firstReceivedAt === 0 ? now : before.firstReceivedAt,
    receivedAt: now,
    due: now + wish.visibilityMs,
    dueBefore: before === undefined ? message.sentAt : before.due,
  };
  if (before === undefined) queue.meta.head = number + 1;
  else queue.delayed.remove(number);
  queue.states.set(number, state);
  queue.inFlight.add(number, state.due);
  return { number, message, body: queue.messages.body(number), state };
}

/** Drops what `next` named: an expired message, or an absent number. */
export function drop(queue: Queue, number: number, message: Message | undefined): void {
  if (number === queue.meta.head) queue.meta.head = number + 1;
  if (message === undefined) forget(queue, number);
  else remove(queue, number);
}

function nextDue(queue: Queue, now: number): number {
  const back = queue.inFlight.nextScore(now);
  const out = queue.delayed.nextScore(now);
  if (back === undefined) return out === undefined ? 0 : out;
  if (out === undefined) return back;
  return Math.min(back, out);
}
