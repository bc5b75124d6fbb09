/**
 * Moves: a message goes to another queue, as a dead letter or because somebody redrives it, in three steps that are each
 * atomic in one queue.
 *
 *     depart     here: from its place into the outbox. It keeps its record and its number; nobody receives it, and it
 *                is counted no more.
 *     arrive     there: it is appended, unless its departure is among the marks of this source.
 *     conclude   here: record and departure go; or it comes back, when there is nowhere to go.
 *
 * Whoever moves looks into the outbox from its beginning (`departures`), so a process may die, or several may work, at
 * any point: nothing is lost. That nothing arrives twice takes two things. A departure that has arrived is marked until it
 * must have been concluded. And looks are numbered: once something has arrived by a look, whatever comes by an earlier one
 * is refused as late, however long it was on the way; so what a mover has seen may be out of date by what other movers
 * had between their own look and their conclusion, and by no more. That is less than MARKS.
 *
 * A mark is written after the fields of the queue: one that stands for nothing would lose a message.
 */
import { append } from './append.ts';
import { answered, newAnswer, tick } from './enter.ts';
import { touch } from './fair.ts';
import { nextInLine, notice, settleLane } from './fifo.ts';
import { drop, mended, next } from './next.ts';
import {
  type Answer,
  type Body,
  type Departure,
  LOOK_LIMIT,
  MARKS,
  type Message,
  type Queue,
  REPEAT_MS,
  SIDE_LOG,
  type State,
} from './parts.ts';
import { forget } from './remove.ts';

/** A departure, and what it is about. */
export interface Departing {
  departure: Departure;
  message: Message;
  body: Body;
}

/** What one look into an outbox has found. */
export interface Departures {
  look: number;
  departing: Departing[];
}

/** What arrives in a queue: the departure's id and number, and the message as it is to be from now on. */
export interface Arrival {
  id: number;
  number: number;
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
export function departures(queue: Queue, most: number, wallNow: number): Departures {
  const { meta } = queue;
  meta.look = Math.max(meta.look + 1, tick(queue, wallNow));
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
  return { look: meta.look, departing };
}

/**
 * Appends what has not arrived yet from the queue with id `from`; no limit of length and no delay keeps it out. False, and
 * nothing is done, when the look it was seen by is late.
 */
export function arrive(queue: Queue, from: string, look: number, arrivals: Arrival[], wallNow: number): boolean {
  const now = tick(queue, wallNow);
  const mark = queue.marks.get(from);
  const arrived = mark === undefined ? [] : mark.arrived;
  if (mark !== undefined && mark.look > look) return false;
  const fresh: number[] = [];
  for (const { id, number, message, body } of arrivals) {
    if (has(arrived, id, number) || has(fresh, id, number)) continue;
    if (message.sentAt === 0) message.sentAt = now;
    append(queue, message, body, 0);
    fresh.push(id);
    fresh.push(number);
  }
  queue.marks.set(from, { look, arrived: lastOf(arrived, fresh) });
  if (fresh.length > 0) queue.ready();
  return true;
}

function has(marks: number[], id: number, number: number): boolean {
  let i = 0;
  while (i < marks.length) {
    if (marks[i] === id && marks[i + 1] === number) return true;
    i += 2;
  }
  return false;
}

function lastOf(arrived: number[], fresh: number[]): number[] {
  const all: number[] = [];
  let skipped = arrived.length + fresh.length - 2 * MARKS;
  for (const one of arrived) {
    if (skipped > 0) skipped -= 1;
    else all.push(one);
  }
  for (const one of fresh) all.push(one);
  return all;
}

/** Ends moves, each on its own; one that was concluded before is left alone. Answers how many are done now. */
export function conclude(queue: Queue, conclusions: Conclusion[], wallNow: number): number {
  const now = tick(queue, wallNow);
  let back = false;
  let done = 0;
  for (const { id, number, to } of conclusions) {
    const departure = queue.outbox.get(number);
    if (departure === undefined || departure.id !== id) continue;
    const message = queue.messages.get(number);
    if (to === 'done') {
      queue.messages.remove(number);
      done += 1;
    } else if (message !== undefined) {
      comeBack(queue, departure, message, now);
      back = true;
    }
    queue.outbox.remove(number);
    queue.meta.leaving = Math.max(0, queue.meta.leaving - 1);
  }
  if (back) queue.ready();
  return done;
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

/** Sends messages off to another queue. `requestId` is the same for every attempt of one call, '' for one that is not repeated. */
export function leave(queue: Queue, leaving: Leaving, requestId: string, wallNow: number): Left {
  const now = tick(queue, wallNow);
  const before = answered(queue, requestId, now);
  if (before !== undefined) return { left: before.numbers.length, more: before.due > 0 };
  const unseen = queue.meta.fifo === 1 ? notice(queue, leaving.delayMs, now) : false;
  const numbers: number[] = [];
  const more =
    leaving.numbers.length > 0 ? leaveThese(queue, leaving, numbers, now) : leaveNext(queue, leaving, numbers, now);
  const left: Left = { left: numbers.length, more: more || (unseen && numbers.length < leaving.most) };
  if (requestId !== '') queue.requests.set(requestId, answerOf(queue, numbers, left, now));
  return left;
}

/** `due` tells whether there may be more. */
function answerOf(queue: Queue, numbers: number[], { more }: Left, now: number): Answer {
  const answer = newAnswer(queue, REPEAT_MS, now);
  answer.numbers = numbers;
  answer.due = more ? 1 : 0;
  return answer;
}

/** True when there may be more than were looked at. */
function leaveNext(queue: Queue, leaving: Leaving, numbers: number[], now: number): boolean {
  let looks = 0;
  while (numbers.length < leaving.most && looks < LOOK_LIMIT) {
    const number = queue.meta.fifo === 1 ? nextInLine(queue, now) : next(queue, now);
    if (number === undefined) return false;
    looks += 1;
    if (!mended(queue, number, queue.states.get(number), now)) leaveOne(queue, number, leaving, numbers, now);
  }
  return numbers.length < leaving.most;
}

function leaveThese(queue: Queue, leaving: Leaving, numbers: number[], now: number): boolean {
  for (const number of leaving.numbers)
    if (canLeave(queue, number, now)) leaveOne(queue, number, leaving, numbers, now);
  return false;
}

/** It is here, and neither in flight nor delayed. */
function canLeave(queue: Queue, number: number, now: number): boolean {
  const { meta } = queue;
  if (queue.messages.get(number) === undefined || queue.outbox.get(number) !== undefined) return false;
  if (number >= (number < SIDE_LOG ? meta.tail : meta.sideTail)) return false;
  const state = queue.states.get(number);
  if (state !== undefined && state.due > now) return false;
  return meta.fifo === 0 || number < meta.active;
}

function leaveOne(queue: Queue, number: number, leaving: Leaving, numbers: number[], now: number): void {
  const message = queue.messages.get(number);
  if (message === undefined || message.sentAt + leaving.retentionMs <= now) {
    drop(queue, number, message, now);
    return;
  }
  const departing = { id: leaving.id + numbers.length, to: leaving.to, redriven: 1 };
  depart(queue, number, message, queue.states.get(number), departing, now);
  numbers.push(number);
}
