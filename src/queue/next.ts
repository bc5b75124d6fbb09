/**
 * The order of a standard queue: what is handed out next is the smallest (rank, due, number) among four candidates: the
 * head of the log (due = sentAt), the first returned, the first delayed that is out, and the first of the lanes, which
 * alone can have a rank other than 0 (fair.ts).
 */
import { nextLaned } from './fair.ts';
import { type Message, type Queue, SIDE_LOG, type State } from './parts.ts';
import { forget, remove } from './remove.ts';

/** The number that is handed out next at `now`, or undefined. It is the log's head, or has a state, or is the first of its lane. */
export function next(queue: Queue, now: number): number | undefined {
  const plain = nextPlain(queue, now);
  const laned = nextLaned(queue);
  if (laned === undefined) return plain;
  if (plain === undefined) return laned.number;
  if (laned.rank > 0) return plain;
  const { sentAt } = laned.message;
  const state = queue.states.get(plain);
  if (state !== undefined && plain === queue.meta.head) {
    // Touched before the head came there: it stands among the touched, not here.
    queue.meta.head += 1;
    return next(queue, now);
  }
  const due = state === undefined ? sentAtOf(queue, plain) : state.due;
  if (due === sentAt) return Math.min(plain, laned.number);
  return due < sentAt ? plain : laned.number;
}

function sentAtOf(queue: Queue, number: number): number {
  const message = queue.messages.get(number);
  return message === undefined ? 0 : message.sentAt;
}

/** The next that stands in no lane. */
function nextPlain(queue: Queue, now: number): number | undefined {
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

/** Passes what is not where it seems, and mends what a break (parts.ts) left at `number`; true when that is no message to hand out. */
export function mended(queue: Queue, number: number, state: State | undefined, now: number): boolean {
  const meta = queue.meta;
  if (number >= (number < SIDE_LOG ? meta.tail : meta.sideTail)) {
    // Sent, but the fields do not know it: the number will be given again.
    forget(queue, number, queue.messages.get(number), now);
    return true;
  }
  if (number < meta.head || number >= SIDE_LOG) return false;
  if (number > meta.head) {
    // Touched before the head came there (a redrive by number, or a break after which the head was not written).
    if (state !== undefined) return false;
    // About to be received.
    forget(queue, number, queue.messages.get(number), now);
    return true;
  }
  const isLeaving = meta.leaving > 0 && queue.outbox.get(number) !== undefined;
  if (state === undefined && !isLeaving) return false;
  // It comes back like any other that is touched, or has left: the head passes it.
  meta.head = number + 1;
  return true;
}

/** Drops what `next` named: an expired message, or a number without a record. */
export function drop(queue: Queue, number: number, message: Message | undefined, now: number): void {
  const meta = queue.meta;
  remove(queue, number, message, now);
  if (message !== undefined) queue.events.add({ at: now, what: 'expired', number, id: message.id });
  if (number !== meta.head) return;
  meta.head = number + 1;
  // A hole: it was counted when it was removed.
  if (message === undefined) meta.total += 1;
}
