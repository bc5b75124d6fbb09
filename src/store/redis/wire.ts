/** What goes to the functions inside Redis and comes back, as lists: the other side of lua/functions.ts. */

import { textOf } from '../../model/message.ts';
import type { Held } from '../../queue/load.ts';
import type { Meta } from '../../queue/parts.ts';
import type { Delivery, Received, Wish } from '../../queue/receive.ts';
import type { Draft, SendRules, Sent } from '../../queue/send.ts';
import type { Settled, Settlement, SettleRules } from '../../queue/settle.ts';
import type { Swept } from '../../queue/sweep.ts';
import type { Looked } from '../store.ts';
import type { Argument, Reply } from './link.ts';

/** A body from this size on has a key of its own: 128 messages share one, and none may be large. */
const APART_BYTES = 16_384;

/** Number, id, send time, six more texts of the message, body, and the six figures of its state. */
type Row = [
  ...[number, string, number],
  ...[string, string, string, string, string, string],
  string,
  ...[number, number, number, number, number, number],
];

const sizeOf = ({ body }: Draft): number => body.length;

/** Whether the bodies of a call get keys of their own: all of them or none. */
const areApart = (drafts: Draft[]): boolean => drafts.some((draft) => sizeOf(draft) > APART_BYTES);

export function sendArguments(drafts: Draft[], { maxLength, requestId }: SendRules): Argument[] {
  const args: Argument[] = [requestId, maxLength, areApart(drafts) ? 1 : 0, drafts.length];
  for (const { message, body, delayMs } of drafts) {
    const { id, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader } = message;
    args.push(id, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader, delayMs);
    args.push(textOf(body));
  }
  return args;
}

export const sentOf = (reply: Reply): Sent[] =>
  (reply as [number: number, id: string, sentAt: number][]).map(([number, id, sentAt]) => ({
    outcome: number === 0 ? 'full' : 'sent',
    number,
    id,
    sentAt,
  }));

export const receiveArguments = (wish: Wish): Argument[] => [
  wish.requestId,
  wish.max,
  wish.visibilityMs,
  wish.retentionMs,
  wish.inFlightLimit,
  wish.generation,
];

const HEAD = 4;

/** `now` is what the caller's clock says: the queue's time is Redis' own, so that only spans can be taken over. */
export function receivedOf(reply: Reply, now: number): Received {
  const [epoch, more, overLimit, wait] = reply as [number, number, number, number];
  const deliveries = (reply as unknown[]).slice(HEAD).map(deliveryOf);
  return { epoch, deliveries, more: more === 1, overLimit: overLimit === 1, nextDue: wait < 0 ? 0 : now + wait };
}

function deliveryOf(row: unknown): Delivery {
  const [number, id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader, body, ...state] =
    row as Row;
  const [count, generation, firstReceivedAt, receivedAt, due, dueBefore] = state;
  return {
    number,
    message: { id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader },
    body,
    state: { count, generation, firstReceivedAt, receivedAt, due, dueBefore },
  };
}

export function settleArguments(entries: Settlement[], { retentionMs, visibilityLimitMs }: SettleRules): Argument[] {
  const args: Argument[] = [retentionMs, visibilityLimitMs, entries.length];
  for (const { epoch, number, generation, to, visibilityMs } of entries) {
    args.push(epoch, number, generation, to, visibilityMs);
  }
  return args;
}

export const settledOf = (reply: Reply): Settled[] => reply as Settled[];

export function sweptOf(reply: Reply): Swept {
  const [expired, more, nextAt] = reply as [number, number, number];
  return { expired, more: more === 1, nextAt };
}

/** Each message is told of its own whether its body gets a key of its own. */
export function loadArguments(meta: Meta, rows: Held[]): Argument[] {
  const { epoch, head, tail, sideTail, total, last, purgedAt } = meta;
  const args: Argument[] = [epoch, head, tail, sideTail, total, last, purgedAt, rows.length];
  for (const { number, message, body, state } of rows) {
    const { id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader } = message;
    args.push(body.length > APART_BYTES ? 1 : 0, number);
    args.push(id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader, textOf(body));
    args.push(state.count, state.generation, state.firstReceivedAt, state.receivedAt, state.due, state.dueBefore);
  }
  return args;
}

const LOOKED = 10;

export function lookedOf(reply: Reply): Looked {
  const [version, epoch, head, tail, sideTail, total, last, purgedAt, inFlight, delayed] = reply as number[];
  const meta = { version, epoch, head, tail, sideTail, total, last, purgedAt } as Meta;
  const rows: Held[] = (reply as unknown[]).slice(LOOKED).map(deliveryOf);
  return { meta, inFlight: inFlight!, delayed: delayed!, rows };
}
