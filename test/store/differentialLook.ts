/** What the differential makes of a queue and of its answers, so that two of them can be compared. */
import { setImmediate as turn } from 'node:timers/promises';
import { textOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Arrival, Departing } from '../../src/queue/moves.ts';
import type { Body, Event } from '../../src/queue/parts.ts';
import type { Seat } from '../../src/queue/read.ts';
import type { Draft } from '../../src/queue/send.ts';
import type { SweepRules } from '../../src/queue/sweep.ts';
import type { Received } from '../../src/queue/wish.ts';
import type { Outcome } from '../../src/store/store.ts';
import type { Kind } from './differentialSteps.ts';
import type { QueueStore } from './model.ts';

/** Sweeps in slices to the end; what had expired in all, however the slices fell, and when to sweep again. */
export async function sweepAll(store: QueueStore, queue: QueueRecord, slice: number, rules: SweepRules) {
  let expired = 0;
  for (;;) {
    const { value } = await store.messages.sweep(queue, slice, rules);
    if (value === undefined) return undefined;
    expired += value.expired;
    if (!value.more) return { ...value, expired };
    await turn();
  }
}

/** Everything that is in a queue. */
export async function dump(store: QueueStore, queue: QueueRecord) {
  const rows: Seat[] = [];
  for (let from = 0; ; ) {
    const page = (await store.messages.page(queue, { from, most: 1000, bodies: true })).value!;
    rows.push(...page.rows);
    if (page.next === 0)
      return rows.map((row) => ({ ...row, held: withText(row.held), heldBy: holderOf(row, rows, page.now) }));
    from = page.next;
    await turn();
  }
}

/** A delayed message holds only what is delayed itself: whether that names it is not compared. */
function holderOf({ heldBy }: Seat, rows: Seat[], now: number): number {
  const holder = rows.find(({ held }) => held.number === heldBy);
  return holder === undefined || holder.held.state.due <= now ? 0 : heldBy;
}

/** What happened at one time has no order. */
export const byTime = (a: Event, b: Event) => a.at - b.at || a.number - b.number || (a.what < b.what ? -1 : 1);

export const copyOf = ({ message, ...rest }: Draft): Draft => ({ ...rest, message: { ...message } });

/** What becomes of a message on the way: a dead letter is known by where it was, one that is sent on is new. */
export function arrivalOf({ departure, message, body }: Departing, { fifo }: Kind): Arrival {
  const { id, number, count, firstReceivedAt, redriven } = departure;
  if (redriven === 1) {
    const anew = { id: `${message.id}+`, sentAt: 0, deadLetterSource: '', receivedBefore: 0, firstReceivedBefore: 0 };
    return { id, number, message: { ...message, ...anew }, body };
  }
  const known = { deadLetterSource: 'arn', receivedBefore: count, firstReceivedBefore: firstReceivedAt };
  return { id, number, message: { ...message, ...known, sentAt: fifo ? 0 : message.sentAt }, body };
}

export const withText = <T extends { body: Body }>(one: T) => ({ ...one, body: textOf(one.body) });

export function readable(outcome: Outcome<Received>) {
  const { value } = outcome;
  return value === undefined ? outcome : { value: { ...value, deliveries: value.deliveries.map(withText) } };
}
