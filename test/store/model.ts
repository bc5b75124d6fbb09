/**
 * The naive reference: what a queue does, written from AWS's words without any of src/queue, so that a wrong rule there
 * shows. A queue is one array of messages; every call filters and sorts it anew. Not a store: one process, no disk.
 *
 * What it shares with the real thing by agreement, since clients see it: how numbers are given (parts.ts), the order
 * (due, number), and that an expired message is dropped, and leaves the counts, when a receive or a sweep comes to it as
 * the next in line. What it does not know are holes: a number that was removed before it was received costs the real
 * thing one look, so `more` may differ after ninety of them.
 */
import type { Clock } from '../../src/model/clock.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Counts } from '../../src/queue/counts.ts';
import type { Body, Message, State } from '../../src/queue/parts.ts';
import type { Delivery, Received, Wish } from '../../src/queue/wish.ts';
import type { Draft, SendRules, Sent } from '../../src/queue/send.ts';
import type { Settled, Settlement, SettleRules } from '../../src/queue/settle.ts';
import type { Swept } from '../../src/queue/sweep.ts';
import type { Catalogue, Messages, Outcome } from '../../src/store/store.ts';

/** As much of a store as the queue's rules need. */
export interface QueueStore {
  catalogue: Pick<Catalogue, 'create' | 'update' | 'remove'>;
  messages: Omit<Messages, 'departures' | 'arrive' | 'conclude' | 'leave' | 'note' | 'setNote'>;
  close(): Promise<void>;
}

/** A message and what has happened to it. `due`: from when it can be received. */
interface Held extends State {
  number: number;
  message: Message;
  body: Body;
}

const byTurn = (a: Held, b: Held) => a.due - b.due || a.number - b.number;
const without = <T>(list: T[], item: T) => list.filter((other) => other !== item);

class NaiveQueue {
  record: QueueRecord;
  epoch = 1;
  purgedAt = 0;
  /** The latest time a call has seen: time never runs backwards for a queue. */
  last = 0;
  held: Held[] = [];
  /** The next number without a delay, and with one. */
  next = { plain: 1, delayed: 2 ** 40 };
  /** What calls were answered, by request id. */
  readonly sent = new Map<string, { at: number; answer: Sent[] }>();
  readonly received = new Map<string, { at: number; generation: number; taken: Held[] }>();

  constructor(record: QueueRecord) {
    this.record = record;
  }

  send(drafts: Draft[], rules: SendRules, now: number): Sent[] {
    const before = this.sent.get(rules.requestId);
    if (before !== undefined && now - before.at < 60_000) return before.answer;
    const answer = this.append(drafts, rules, now);
    if (rules.requestId !== '') this.sent.set(rules.requestId, { at: now, answer });
    return answer;
  }

  private append(drafts: Draft[], { maxLength }: SendRules, now: number): Sent[] {
    return drafts.map(({ message, body, delayMs }) => {
      if (maxLength !== 0 && this.held.length >= maxLength) return { outcome: 'full', number: 0, id: '', sentAt: 0 };
      const due = now + delayMs;
      const number = delayMs === 0 && message.group === '' ? this.next.plain++ : this.next.delayed++;
      const untouched = { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due, dueBefore: due };
      this.held.push({ number, message: { ...message, sentAt: now }, body, ...untouched });
      return { outcome: 'sent', number, id: message.id, sentAt: now };
    });
  }

  receive(wish: Wish, now: number): Received {
    const before = this.received.get(wish.requestId);
    const still = before !== undefined && now - before.at < 60_000 ? this.stillHeld(before, wish, now) : [];
    if (still.length > 0) return this.answerOf(still, now);
    return this.receiveAnew(wish, now);
  }

  private stillHeld(before: { generation: number; taken: Held[] }, { retentionMs }: Wish, now: number): Held[] {
    return before.taken.filter(
      (one) =>
        this.held.includes(one) &&
        one.generation === before.generation &&
        one.due > now &&
        one.message.sentAt + retentionMs > now,
    );
  }

  private receiveAnew(wish: Wish, now: number): Received {
    const { max, visibilityMs, retentionMs, inFlightLimit, generation, requestId } = wish;
    const taken: Held[] = [];
    let looks = 0;
    let overLimit = false;
    while (taken.length < max && looks < 100 && !overLimit) {
      const next = this.visible(now).find((one) => !taken.includes(one));
      if (next === undefined) break;
      looks += 1;
      if (next.message.sentAt + retentionMs <= now) this.held = without(this.held, next);
      else if (this.counts(now).inFlight >= inFlightLimit) overLimit = true;
      else taken.push(deliver(next, generation, visibilityMs, now));
    }
    if (taken.length > 0 && requestId !== '') this.received.set(requestId, { at: now, generation, taken });
    return { ...this.answerOf(taken, now), more: looks === 100 && taken.length < max, overLimit };
  }

  private answerOf(taken: Held[], now: number): Received {
    const later = this.held.map(({ due }) => due).filter((due) => due > now);
    const nextDue = later.length === 0 || taken.length > 0 ? 0 : Math.min(...later);
    return {
      epoch: this.epoch,
      deliveries: taken.map(deliveryOf),
      more: false,
      overLimit: false,
      nextDue,
      leaving: false,
      changed: false,
    };
  }

  settle(entries: Settlement[], rules: SettleRules, now: number): Settled[] {
    return entries.map((entry) => {
      const one = this.held.find(({ number }) => number === entry.number);
      if (entry.epoch !== this.epoch || one === undefined || one.message.sentAt + rules.retentionMs <= now)
        return 'gone';
      if (entry.to === 'gone') {
        this.held = without(this.held, one);
        return 'done';
      }
      if (one.count === 0) return 'gone';
      if (entry.to === 'back') return undo(one, entry.generation);
      if (now + entry.visibilityMs - one.receivedAt > rules.visibilityLimitMs) return 'overlong';
      one.due = now + entry.visibilityMs;
      return 'done';
    });
  }

  purge(intervalMs: number, now: number): boolean {
    if (this.purgedAt > 0 && now - this.purgedAt < intervalMs) return false;
    this.purgedAt = now;
    this.held = [];
    this.epoch += 1;
    this.next.plain = 1;
    return true;
  }

  sweep(slice: number, retentionMs: number, now: number): Swept {
    let expired = 0;
    while (expired < slice) {
      const [next] = this.visible(now);
      if (next === undefined || next.message.sentAt + retentionMs > now) break;
      this.held = without(this.held, next);
      expired += 1;
    }
    const [next] = this.visible(now);
    const hidden = this.held.map(({ due }) => due).filter((due) => due > now);
    const nextAt = Math.min(...hidden, (expired < slice && next ? next.message.sentAt : now) + retentionMs);
    return { expired, more: expired === slice, nextAt, leaving: false };
  }

  counts(now: number): Counts {
    const hidden = this.held.filter(({ due }) => due > now);
    const delayed = hidden.filter(({ count }) => count === 0).length;
    return { visible: this.held.length - hidden.length, inFlight: hidden.length - delayed, delayed };
  }

  private visible(now: number): Held[] {
    return this.held.filter(({ due }) => due <= now).sort(byTurn);
  }
}

function deliver(one: Held, generation: number, visibilityMs: number, now: number): Held {
  one.count += 1;
  one.generation = generation;
  if (one.count === 1) one.firstReceivedAt = now;
  one.receivedAt = now;
  one.dueBefore = one.due;
  one.due = now + visibilityMs;
  return one;
}

function deliveryOf({ number, message, body, ...state }: Held): Delivery {
  return { number, message, body, state };
}

/** The last receive did not happen. Who holds an older receipt of the message cannot undo that one any more. */
function undo(one: Held, generation: number): Settled {
  if (one.generation !== generation) return 'stale';
  one.count -= 1;
  one.generation = 0;
  if (one.count === 0) one.firstReceivedAt = 0;
  one.due = one.dueBefore;
  return 'done';
}

/** The reference over `clock`, empty. */
export function naiveStore(clock: Clock): QueueStore {
  const queues = new Map<string, NaiveQueue>();
  let listener: (queueId: string) => void = () => {};

  function look<T>({ id, version }: QueueRecord, transition: (queue: NaiveQueue, now: number) => T): Outcome<T> {
    const queue = queues.get(id);
    if (queue === undefined) return { refused: 'gone' };
    if (queue.record.version !== version) return { refused: 'stale' };
    return { value: transition(queue, Math.max(queue.last, clock.now())) };
  }

  /** The same, and the queue has seen the time. */
  const run = <T>(record: QueueRecord, transition: (queue: NaiveQueue, now: number) => T): Outcome<T> =>
    look(record, (queue, now) => {
      queue.last = now;
      return transition(queue, now);
    });

  return {
    close: async () => {},
    catalogue: {
      async create(record) {
        const queue = { ...record, version: 1 };
        queues.set(record.id, new NaiveQueue(queue));
        return { created: true, queue };
      },
      update: async (old, change) =>
        look(old, (queue) => {
          queue.record = { ...queue.record, ...change, version: old.version + 1 };
          return queue.record;
        }),
      async remove({ id }) {
        if (!queues.delete(id)) return { refused: 'gone' };
        listener(id);
        return { value: undefined };
      },
    },
    messages: {
      async send(queue, drafts, rules) {
        const known = queues.get(queue.id)?.sent.get(rules.requestId);
        const sent = run(queue, (naive, now) => naive.send(drafts, rules, now));
        const again = sent.value !== undefined && sent.value === known?.answer;
        if (again || sent.value?.some(({ outcome }) => outcome === 'sent')) listener(queue.id);
        return sent;
      },
      receive: async (queue, wish) => run(queue, (naive, now) => naive.receive(wish, now)),
      async settle(queue, entries, rules) {
        const settled = run(queue, (naive, now) => naive.settle(entries, rules, now));
        if (settled.value?.some((outcome, i) => outcome === 'done' && entries[i]!.to !== 'gone')) listener(queue.id);
        return settled;
      },
      purge: async (queue, intervalMs) => run(queue, (naive, now) => naive.purge(intervalMs, now)),
      sweep: async (queue, slice, { retentionMs }) => run(queue, (naive, now) => naive.sweep(slice, retentionMs, now)),
      counts: async (queue) => look(queue, (naive, now) => naive.counts(now)),
      onReady(wanted) {
        listener = wanted;
      },
      watch: async () => () => {},
    },
  };
}
