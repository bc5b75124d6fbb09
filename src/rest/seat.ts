/** A message of a queue as somebody sees it who looks without touching: its state, and the row that shows it. */
import { shown } from '../contract/messageAttributes.ts';
import { unpack } from '../model/attribute.ts';
import { md5OfBody } from '../model/md5.ts';
import { bytesOf, sequenceOf, textOf } from '../model/message.ts';
import { isFifo, type QueueRecord, settingsOf } from '../model/queue.ts';
import type { Seat } from '../queue/read.ts';
import { viewsOf } from './face.ts';

/**
 * ready: the next receive may take it. held: FIFO, and a message before it in its group keeps it from being received.
 * leaving: on its way to another queue.
 */
export const STATES = ['ready', 'delayed', 'in_flight', 'held', 'leaving'] as const;

/** expired: its retention has ended, and it is not shown; it is removed when somebody comes across it. */
export type SeatState = (typeof STATES)[number] | 'expired';

export interface Sight {
  seat: Seat;
  state: SeatState;
  /** When it comes back (in flight) or out (delayed); 0 for never. */
  dueAt: number;
  /** When its retention ends. */
  expiresAt: number;
}

/** How a message stands. `held` is what the queue last noticed: look.ts makes sure. */
export function sightOf(queue: QueueRecord, seat: Seat, now: number): Sight {
  const dueAt = dueOf(queue, seat, now);
  const expiresAt = seat.held.message.sentAt + settingsOf(queue).retentionMs;
  return { seat, state: expiresAt <= now ? 'expired' : stateOf(seat, dueAt), dueAt, expiresAt };
}

function dueOf(queue: QueueRecord, { held: { message, state } }: Seat, now: number): number {
  if (state.due > now) return state.due;
  // On a FIFO queue the queue delays, and what it delays was never touched.
  const out = isFifo(queue) && state.due === 0 ? message.sentAt + settingsOf(queue).delayMs : 0;
  return out > now ? out : 0;
}

function stateOf({ held: { state }, heldBy, isLeaving }: Seat, dueAt: number): SeatState {
  if (isLeaving) return 'leaving';
  if (dueAt > 0) return state.count === 0 ? 'delayed' : 'in_flight';
  return heldBy > 0 ? 'held' : 'ready';
}

/** How often it was received, and when first: what a dead letter brought along counts. */
export function receivesOf({ seat: { held } }: Sight): { count: number; firstAt: number; lastAt: number } {
  const { message, state } = held;
  // A delayed message has a state as well, and was never received.
  if (state.count === 0) return { count: message.receivedBefore, firstAt: message.firstReceivedBefore, lastAt: 0 };
  return { count: state.count, firstAt: state.firstReceivedAt, lastAt: state.receivedAt };
}

/** A time as REST says it; null for 0. */
export const timeOf = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());

const orNull = (text: string): string | null => (text === '' ? null : text);

/** The row of a message that was read with its body. */
export function rowOf(queue: QueueRecord, sight: Sight): object {
  const { seat, state, dueAt } = sight;
  const { number, message, body } = seat.held;
  const { count, firstAt } = receivesOf(sight);
  const { plain, full } = viewsOf(shown(unpack(message.attributes)));
  return {
    number,
    message_id: message.id,
    ...(isFifo(queue) && { sequence_number: sequenceOf(number) }),
    state,
    sent_at: timeOf(message.sentAt),
    due_at: timeOf(dueAt),
    receive_count: count,
    first_received_at: timeOf(firstAt),
    held_by: state === 'held' ? seat.heldBy : null,
    group: orNull(message.group),
    deduplication_id: orNull(message.deduplicationId),
    dead_letter_source: orNull(message.deadLetterSource),
    sender_id: message.senderId,
    attributes: plain,
    message_attributes: full,
    // What is not the body that was sent is not shown as if it were.
    body: isWhole(sight) ? textOf(body) : null,
  };
}

/** Whether the body is the one that was sent. */
export function isWhole({ seat: { held } }: Sight): boolean {
  return md5OfBody(bytesOf(held.body)) === held.message.bodyMd5;
}
