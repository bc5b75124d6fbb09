/** What becomes of a message on its way into a store, and what a store gives back. */
import type { Body } from '../queue/parts.ts';
import type { Draft } from '../queue/send.ts';
import type { Delivery } from '../queue/wish.ts';
import { type MessageAttribute, pack } from './attribute.ts';
import { newId } from './ids.ts';
import { md5OfBody } from './md5.ts';

/** What a message consists of when it is sent. '' says none. */
export interface Content {
  body: string;
  attributes: readonly MessageAttribute[];
  senderId: string;
  group: string;
  deduplicationId: string;
  traceHeader: string;
  delayMs: number;
}

/** What is known of a delivered message besides its body. */
export type Delivered = Pick<Delivery, 'number' | 'message' | 'state'>;

/** A draft with a new message id; the time is set when it is appended to its queue. */
export function draftOf(content: Content): Draft {
  const { body, attributes, senderId, group, deduplicationId, traceHeader, delayMs } = content;
  const bytes = Buffer.from(body);
  const message = {
    id: newId(),
    sentAt: 0,
    senderId,
    group,
    deduplicationId,
    bodyMd5: md5OfBody(bytes),
    attributes: pack(attributes),
    traceHeader,
    deadLetterSource: '',
    receivedBefore: 0,
    firstReceivedBefore: 0,
  };
  return { message, body: bytes, delayMs };
}

/**
 * The sequence number of a message of a FIFO queue: 20 digits, greater for every later message of the queue
 * (sqs-wire.md §7.5). As texts they have the same order.
 */
export const sequenceOf = (number: number): string => `1${String(number).padStart(19, '0')}`;

/** A stored body as text. */
export function textOf(body: Body): string {
  return typeof body === 'string' ? body : bytesOf(body).toString();
}

/** A stored body as bytes, without a copy where it has them. */
export const bytesOf = (body: Body): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
