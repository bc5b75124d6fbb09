/** What goes to the functions inside Redis and comes back, as lists: the other side of lua/functions.ts. */

import { textOf } from '../../model/message.ts';
import type { Held } from '../../queue/load.ts';
import type { Arrival, Conclusion, Departing, Departures, Leaving } from '../../queue/moves.ts';
import type { Event, Message, Meta } from '../../queue/parts.ts';
import type { Page } from '../../queue/read.ts';
import type { Draft, SendRules, Sent } from '../../queue/send.ts';
import type { Settled, Settlement, SettleRules } from '../../queue/settle.ts';
import type { SweepRules, Swept } from '../../queue/sweep.ts';
import type { Delivery, Received, Wish } from '../../queue/wish.ts';
import type { Looked } from '../store.ts';
import type { Argument, Reply } from './link.ts';

/** A body from this size on has a key of its own: 128 messages share one, and none may be large. */
const APART_BYTES = 16_384;

/** Number, id, send time, six more texts of the message, what a dead letter brings along, body, and its state. */
type Row = [
  ...[number, string, number],
  ...[string, string, string, string, string, string],
  ...[string, number, number],
  string,
  ...[number, number, number, number, number, number],
];

const flag = (yes: boolean): number => (yes ? 1 : 0);

/** Whether the bodies of a call get keys of their own: all of them or none. */
const areApart = (all: { body: { length: number } }[]): number =>
  flag(all.some(({ body }) => body.length > APART_BYTES));

export function sendArguments(drafts: Draft[], { maxLength, requestId, perGroup }: SendRules): Argument[] {
  const args: Argument[] = [requestId, maxLength, flag(perGroup), areApart(drafts), drafts.length];
  for (const { message, body, delayMs } of drafts) {
    const { id, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader } = message;
    args.push(id, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader, delayMs);
    args.push(textOf(body));
  }
  return args;
}

export const sentOf = (reply: Reply): Sent[] =>
  (reply as [number: number, id: string, outcome: Sent['outcome']][]).map(([number, id, outcome]) => ({
    outcome,
    number,
    id,
  }));

export const receiveArguments = (wish: Wish): Argument[] => [
  wish.requestId,
  wish.attemptId,
  wish.max,
  wish.visibilityMs,
  wish.retentionMs,
  wish.inFlightLimit,
  wish.generation,
  wish.delayMs,
  wish.maxReceiveCount,
  wish.deadLetterQueue,
];

/** `now` is what the caller's clock says: the queue's time is Redis' own, so that only spans can be taken over. */
export function receivedOf(reply: Reply, now: number): Received {
  const [epoch, wait, flags, ...rows] = reply as [number, number, number[], ...Row[]];
  const [more, overLimit, leaving, changed] = flags.map((one) => one === 1) as [boolean, boolean, boolean, boolean];
  const deliveries = rows.map(deliveryOf);
  return { epoch, deliveries, more, overLimit, nextDue: wait < 0 ? 0 : now + wait, leaving, changed };
}

function deliveryOf(row: Row): Delivery {
  const [number, id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader, ...rest] = row;
  const [deadLetterSource, receivedBefore, firstReceivedBefore, body, ...state] = rest;
  const [count, generation, firstReceivedAt, receivedAt, due, dueBefore] = state;
  return {
    number,
    message: {
      id,
      sentAt,
      senderId,
      group,
      deduplicationId,
      bodyMd5,
      attributes,
      traceHeader,
      deadLetterSource,
      receivedBefore,
      firstReceivedBefore,
    },
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
  const [expired, more, nextAt, leaving] = reply as [number, number, number, number];
  return { expired, more: more === 1, nextAt, leaving: leaving === 1 };
}

export const sweepArguments = (slice: number, { retentionMs }: SweepRules): Argument[] => [slice, retentionMs];

/** As functions inside Redis read it (lua/arguments.ts). */
const messageArguments = (message: Message): Argument[] => [
  message.id,
  message.sentAt,
  message.senderId,
  message.group,
  message.deduplicationId,
  message.bodyMd5,
  message.attributes,
  message.traceHeader,
  message.deadLetterSource,
  message.receivedBefore,
  message.firstReceivedBefore,
];

/** The look, then two lists for each: the departure's, and the message's. */
export function departuresOf(reply: Reply): Departures {
  const departing: Departing[] = [];
  for (let i = 1; i < reply.length; i += 2) {
    const [id, count, firstReceivedAt, to, redriven] = reply[i] as unknown as [number, number, number, string, number];
    const { number, message, body } = deliveryOf(reply[i + 1] as unknown as Row);
    departing.push({ departure: { id, number, count, firstReceivedAt, to, redriven }, message, body });
  }
  return { look: reply[0] as unknown as number, departing };
}

export const arriveArguments = (from: string, look: number, arrivals: Arrival[]): Argument[] => [
  from,
  look,
  areApart(arrivals),
  arrivals.length,
  ...arrivals.flatMap(({ id, number, message, body }) => [id, number, ...messageArguments(message), textOf(body)]),
];

export const concludeArguments = (conclusions: Conclusion[]): Argument[] => [
  conclusions.length,
  ...conclusions.flatMap(({ id, number, to }) => [id, number, to]),
];

export function pageOf(reply: Reply): Page {
  const [next, now, ...rows] = reply as unknown as [number, number, ...(Row | number[])[]];
  return {
    next,
    now,
    rows: rows.map((row) => {
      const [heldBy, isLeaving] = row.slice(-2) as [number, number];
      return { held: deliveryOf(row.slice(0, -2) as Row), heldBy, isLeaving: isLeaving === 1 };
    }),
  };
}

export const eventsOf = (reply: Reply): Event[] =>
  (reply as unknown as [number, Event['what'], number, string][]).map(([at, what, number, id]) => ({
    at,
    what,
    number,
    id,
  }));

export const leaveArguments = ({ most, to, id, retentionMs, delayMs, numbers }: Leaving): Argument[] => [
  ...[most, to, id, retentionMs, delayMs],
  ...[numbers.length, ...numbers],
];

/** Each message is told of its own whether its body gets a key of its own. */
export function loadArguments(meta: Meta, rows: Held[]): Argument[] {
  const args: Argument[] = FIELDS.slice(1).map((name) => meta[name]);
  args.push(rows.length);
  for (const { number, message, body, state } of rows) {
    args.push(body.length > APART_BYTES ? 1 : 0, number, ...messageArguments(message), textOf(body));
    args.push(state.count, state.generation, state.firstReceivedAt, state.receivedAt, state.due, state.dueBefore);
  }
  return args;
}

/** The fields of a queue, in the order of lua/loading.ts. */
const FIELDS = [
  ...(['version', 'epoch', 'head', 'tail', 'sideTail', 'total', 'last', 'purgedAt'] as const),
  ...(['fifo', 'sideHead', 'active', 'turn', 'laned', 'leaving', 'low', 'look'] as const),
];

export function lookedOf(reply: Reply): Looked {
  const [fields, [inFlight, delayed], ...rows] = reply as unknown as [number[], [number, number], ...Row[]];
  const meta = Object.fromEntries(FIELDS.map((name, i) => [name, fields[i]])) as unknown as Meta;
  return { meta, inFlight, delayed, rows: rows.map(deliveryOf) };
}
