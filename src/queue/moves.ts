/**
 * Moves: a message goes to another queue, as a dead letter or because somebody redrives it, in three steps that are each
 * atomic in one queue.
 *
 *     depart     here: from its place into the outbox. It keeps its record and its number; nobody receives it, and it
 *                is counted no more.
 *     arrive     there: it is appended, unless its departure is among the marks of this source.
 *     conclude   here: record and departure go; or it comes back, when there is nowhere to go.
 *
 * Whoever moves reads the outbox from its beginning (`departures`), so a process may die, or two may work, at any point:
 * nothing is lost, and the marks keep what has arrived from arriving twice. A mark is written after the fields of the
 * queue, and the last MARKS of a source are kept: more than are ever between two steps.
 */
import { append } from './append.ts';
import { tick } from './enter.ts';
import { touch } from './fair.ts';
import { nextInLine, notice, settleLane } from './fifo.ts';
import { drop, mended, next } from './next.ts';
import { type Body, type Departure, LOOK_LIMIT, MARKS, type Message, type Queue, type State } from './parts.ts';
import { forget } from './remove.ts';

/** A departure, and what it is about. */
export interface Departing {
  departure: Departure;
  message: Message;
  body: Body;
}

/** What arrives in a queue: the departure's id, and the message as it is to be from now on. */
export interface Arrival {
  id: number;
  /** With sentAt 0 its time here begins when it arrives. */
  message: Message;
  body: Body;
}

export interface Conclusion {
  id: number;
  number: number;
  /** It has arrived, or comes back to where it was. */
  to: 'done' | 'back';
}

/** Who is to leave. */
export interface Leaving {
  /** These, as far as they are not in flight or delayed; when there are none: whoever is next. */
  numbers: number[];
  most: number;
  /** As in Departure. */
  to: string;
  /** 48 random bits. */
  id: number;
  retentionMs: number;
  delayMs: number;
}

export interface Left {
  left: number;
  /** The look limit ended the call: ask again. */
  more: boolean;
}

/** Takes a message that could be received out of its place and into the outbox. */
export function depart(
  queue: Queue,
  number: number,
  message: Message,
  state: State | undefined,
  { id, to, redriven }: { id: number; to: string; redriven: number },
  now: number,
): void {
  const { meta } = queue;
  const count = state === undefined ? message.receivedBefore : state.count;
  const firstReceivedAt = state === undefined ? message.firstReceivedBefore : state.firstReceivedAt;
  queue.outbox.add({ id, number, count, firstReceivedAt, to, redriven });
  forget(queue, number, message, now);
  if (number === meta.head) meta.head = number + 1;
  meta.leaving += 1;
  meta.total -= 1;
  queue.events.add({ at: now, what: 'moved', number, id: message.id });
}

/** The first `most` departures. Their order within a group is that of the messages. */
export function departures(queue: Queue, most: number): Departing[] {
  const { meta } = queue;
  const departing: Departing[] = [];
  const some = queue.outbox.first(most);
  for (const departure of some) {
    const { number } = departure;
    const message = queue.messages.get(number);
    if (message !== undefined) departing.push({ departure, message, body: queue.messages.body(number) });
    // Concluded, but for the departure: a break (parts.ts).
    else queue.outbox.remove(number);
  }
  if (some.length < most) meta.leaving = departing.length;
  return departing;
}

/** Appends what has not arrived yet from the queue with id `from`; no limit of length and no delay keeps it out. */
export function arrive(queue: Queue, from: string, arrivals: Arrival[], wallNow: number): void {
  const now = tick(queue, wallNow);
  const marks = queue.marks.get(from);
  const fresh: number[] = [];
  for (const { id, message, body } of arrivals) {
    if (has(marks, id) || has(fresh, id)) continue;
    if (message.sentAt === 0) message.sentAt = now;
    append(queue, message, body, 0);
    fresh.push(id);
  }
  if (fresh.length === 0) return;
  queue.marks.set(from, lastOf(marks, fresh));
  queue.ready();
}

function has(ids: number[], wanted: number): boolean {
  for (const id of ids) if (id === wanted) return true;
  return false;
}

function lastOf(marks: number[], fresh: number[]): number[] {
  const all: number[] = [];
  let skipped = marks.length + fresh.length - MARKS;
  for (const id of marks) {
    if (skipped > 0) skipped -= 1;
    else all.push(id);
  }
  for (const id of fresh) all.push(id);
  return all;
}

/** Ends moves, each on its own; one that was concluded before is left alone. */
export function conclude(queue: Queue, conclusions: Conclusion[], wallNow: number): void {
  const now = tick(queue, wallNow);
  let back = false;
  for (const { id, number, to } of conclusions) {
    const departure = queue.outbox.get(number);
    if (departure === undefined || departure.id !== id) continue;
    const message = queue.messages.get(number);
    if (to === 'done') {
      queue.messages.remove(number);
    } else if (message !== undefined) {
      comeBack(queue, departure, message, now);
      back = true;
    }
    queue.outbox.remove(number);
    queue.meta.leaving = Math.max(0, queue.meta.leaving - 1);
  }
  if (back) queue.ready();
}

/** To its place in its lane, or, on a standard queue, among what has been returned just now. */
function comeBack(queue: Queue, { number, count, firstReceivedAt }: Departure, message: Message, now: number): void {
  const { group } = message;
  const state: State = { count, generation: 0, firstReceivedAt, receivedAt: 0, due: now, dueBefore: now };
  queue.inFlight.add(number, now);
  queue.states.set(number, state);
  queue.meta.total += 1;
  if (queue.meta.fifo === 1) {
    queue.lanes.add(group, number);
    settleLane(queue, group, now);
  } else if (group !== '') {
    touch(queue, group, 1);
  }
}

/** Sends messages off to another queue. */
export function leave(queue: Queue, leaving: Leaving, wallNow: number): Left {
  const now = tick(queue, wallNow);
  const unseen = queue.meta.fifo === 1 ? notice(queue, leaving.delayMs, now) : false;
  if (leaving.numbers.length > 0) return { left: leaveThese(queue, leaving, now), more: false };
  let left = 0;
  let looks = 0;
  while (left < leaving.most && looks < LOOK_LIMIT) {
    const number = queue.meta.fifo === 1 ? nextInLine(queue, now) : next(queue, now);
    if (number === undefined) break;
    looks += 1;
    if (leaveOne(queue, number, leaving, left, now)) left += 1;
  }
  return { left, more: left < leaving.most && (unseen || looks >= LOOK_LIMIT) };
}

function leaveOne(queue: Queue, number: number, leaving: Leaving, left: number, now: number): boolean {
  const state = queue.states.get(number);
  if (mended(queue, number, state, now)) return false;
  const message = queue.messages.get(number);
  if (message === undefined || message.sentAt + leaving.retentionMs <= now) {
    drop(queue, number, message, now);
    return false;
  }
  depart(queue, number, message, state, { id: leaving.id + left, to: leaving.to, redriven: 1 }, now);
  return true;
}

function leaveThese(queue: Queue, leaving: Leaving, now: number): number {
  let left = 0;
  for (const number of leaving.numbers) {
    const message = queue.messages.get(number);
    if (message === undefined || queue.outbox.get(number) !== undefined) continue;
    const state = queue.states.get(number);
    if (state !== undefined && state.due > now) continue;
    if (queue.meta.fifo === 1 && number >= queue.meta.active) continue;
    if (leaveOne(queue, number, leaving, left, now)) left += 1;
  }
  return left;
}
