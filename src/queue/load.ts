/**
 * load: a queue is taken over from another store, page by page. Messages keep their numbers, states and places, and the
 * fields are those of the source, so that receipts stay good and the order of receiving is the same.
 *
 * The queue has no name until it is whole: nobody else is at it. `total` is therefore free to say how far the loading
 * has come. Everything is put where it belongs by number, so that a page that comes twice changes nothing, and one that
 * broke off (parts.ts) is mended by coming again.
 */
import { joinLane, touch } from './fair.ts';
import { type Body, type Message, type Meta, type Queue, SIDE_LOG, type State } from './parts.ts';

/** A message as it stands in a queue. */
export interface Held {
  number: number;
  message: Message;
  body: Body;
  /** As `untouched` answers it when there is none. */
  state: State;
}

/** Stands for no state: nothing that was touched is due at 0. */
export function untouched(): State {
  return { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due: 0, dueBefore: 0 };
}

/** Which of the two sets a touched message of a standard queue stands in: it was never received and began in the side log. */
export function isDelayed(number: number, state: State): boolean {
  return state.count === 0 && number >= SIDE_LOG;
}

/** Takes over the fields. A part of another epoch that was there is void. */
export function adopt(queue: Queue, meta: Meta): void {
  const isOther = queue.meta.epoch !== meta.epoch;
  const { laned, turn } = queue.meta;
  queue.meta = meta;
  if (isOther) queue.renew();
  meta.laned = Math.max(laned, meta.laned);
  meta.turn = Math.max(turn, meta.turn);
  // What was on its way to another queue comes back to its place (a source has it among the messages).
  meta.leaving = 0;
}

/** Puts one message in its place, in the queue whose fields have been adopted. */
export function load(queue: Queue, held: Held): void {
  const { number, message, body, state } = held;
  queue.messages.add(number, message, body);
  if (queue.meta.fifo === 1) loadInLane(queue, held);
  else if (state.due > 0) loadTouched(queue, held);
  else if (number >= SIDE_LOG) joinLane(queue, message.group, number);
}

function loadTouched(queue: Queue, { number, message, state }: Held): void {
  const isNew = queue.states.get(number) === undefined;
  const set = isDelayed(number, state) ? queue.delayed : queue.inFlight;
  set.add(number, state.due);
  queue.states.set(number, state);
  if (isNew && message.group !== '') touch(queue, message.group, 1);
}

/** Lanes stand in the line by age; one whose first message is in flight leaves it when its turn comes. */
function loadInLane(queue: Queue, { number, message, state }: Held): void {
  const { group } = message;
  if (queue.lanes.first(group) === undefined) {
    queue.meta.turn += 1;
    queue.line.place(group, queue.meta.turn);
  }
  queue.lanes.add(group, number);
  if (state.due === 0) return;
  queue.inFlight.add(number, state.due);
  queue.states.set(number, state);
}
