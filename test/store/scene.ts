/** A queue of its own for one case of the shared suites, and short words for what is done to it. Times are milliseconds. */
import { draftOf, textOf } from '../../src/model/message.ts';
import { isFifo, type QueueRecord, settingsOf } from '../../src/model/queue.ts';
import type { Counts } from '../../src/queue/counts.ts';
import type { Conclusion, Departing, Departures, Leaving, Left } from '../../src/queue/moves.ts';
import type { Message } from '../../src/queue/parts.ts';
import type { SendRules, Sent } from '../../src/queue/send.ts';
import type { Settled, Settlement } from '../../src/queue/settle.ts';
import type { Swept } from '../../src/queue/sweep.ts';
import type { Delivery, Received, Wish } from '../../src/queue/wish.ts';
import type { Outcome } from '../../src/store/store.ts';
import type { QueueStore } from './model.ts';
import { newQueue, PLAIN } from './queues.ts';

export const SECOND = 1000;
export const DAY = 86_400 * SECOND;
export const DRAFT = { attributes: [], senderId: 'AIDA', group: '', deduplicationId: '', traceHeader: '', delayMs: 0 };

/** What a receipt holds. */
export type Receipt = Pick<Settlement, 'epoch' | 'number' | 'generation'>;

/** A message to send, by its body; `as` is its deduplication id, of its own if not given. */
export interface Posted extends Partial<SendRules> {
  as?: string;
  delayMs?: number;
}

/** Makes a queue with these attributes. */
export type Open = (attributes?: Record<string, string>) => Promise<Scene>;
export const FIFO = { FifoQueue: 'true' };

export const openerOf =
  (store: () => QueueStore): Open =>
  async (attributes = {}) =>
    new Scene(store(), (await store().catalogue.create(newQueue({ attributes }))).queue);

export class Scene {
  readonly store: QueueStore;
  queue: QueueRecord;
  signals = 0;
  private generation = 2 ** 47;
  private posted = 0;

  constructor(store: QueueStore, queue: QueueRecord) {
    this.store = store;
    this.queue = queue;
    store.messages.onReady((id) => {
      if (id === queue.id) this.signals += 1;
    });
  }

  async send(bodies: string[], delayMs = 0, maxLength = 0, requestId = ''): Promise<Sent[]> {
    const drafts = bodies.map((body) => draftOf({ ...DRAFT, body, delayMs }));
    return done(await this.store.messages.send(this.queue, drafts, { maxLength, requestId, perGroup: false }));
  }

  /** Sends to a group, or to several: `post('red', ['1', '2'])` or `post({ red: ['1'], blue: ['2'] })`. */
  async post(groups: Record<string, string[]>, how: Posted = {}): Promise<Sent[]> {
    const { as, delayMs = settingsOf(this.queue).delayMs, maxLength = 0, requestId = '', perGroup = false } = how;
    const drafts = Object.entries(groups).flatMap(([group, bodies]) =>
      bodies.map((body) => {
        this.posted += 1;
        const deduplicationId = isFifo(this.queue) ? (as ?? `own-${this.posted}`) : '';
        return draftOf({ ...DRAFT, body, group, deduplicationId, delayMs });
      }),
    );
    return done(await this.store.messages.send(this.queue, drafts, { maxLength, requestId, perGroup }));
  }

  async receive(wish: Partial<Wish> = {}): Promise<Received> {
    // Departures have numbers that follow it.
    this.generation += 1000;
    const usual = {
      max: 10,
      visibilityMs: 30 * SECOND,
      retentionMs: 4 * DAY,
      inFlightLimit: 120_000,
      requestId: '',
      ...PLAIN,
      delayMs: settingsOf(this.queue).delayMs,
    };
    return done(await this.store.messages.receive(this.queue, { ...usual, generation: this.generation, ...wish }));
  }

  async bodies(wish: Partial<Wish> = {}): Promise<string[]> {
    return (await this.receive(wish)).deliveries.map(({ body }) => textOf(body));
  }

  /** Receives one message. */
  async one(wish: Partial<Wish> = {}): Promise<Delivery & Receipt> {
    const [one] = await this.some({ max: 1, ...wish });
    if (one === undefined) throw new Error('nothing to receive');
    return one;
  }

  async some(wish: Partial<Wish> = {}): Promise<(Delivery & Receipt)[]> {
    const { epoch, deliveries } = await this.receive(wish);
    return deliveries.map((delivery) => ({ ...delivery, epoch, generation: delivery.state.generation }));
  }

  async settle(receipt: Receipt, to: Settlement['to'], visibilityMs = 0, retentionMs = 4 * DAY): Promise<Settled> {
    const { epoch, number, generation } = receipt;
    const rules = { retentionMs, visibilityLimitMs: DAY / 2 };
    const entry = { epoch, number, generation, to, visibilityMs };
    return done(await this.store.messages.settle(this.queue, [entry], rules))[0]!;
  }

  async sweep(slice = 100, retentionMs = 4 * DAY): Promise<Swept> {
    return done(await this.store.messages.sweep(this.queue, slice, { retentionMs }));
  }

  async purge(intervalMs = 0): Promise<boolean> {
    return done(await this.store.messages.purge(this.queue, intervalMs));
  }

  async counts(): Promise<Counts> {
    return done(await this.store.messages.counts(this.queue));
  }

  async change(attributes: Record<string, string>): Promise<void> {
    const change = { attributes: { ...this.queue.attributes, ...attributes }, modifiedAtMs: 1 };
    this.queue = done(await this.store.catalogue.update(this.queue, change));
  }

  /** Looks into the outbox. */
  async look(most = 100): Promise<Departures> {
    return done(await this.store.messages.departures(this.queue, most));
  }

  async departures(most = 100): Promise<Departing[]> {
    return (await this.look(most)).departing;
  }

  /** What was found there arrives here, changed on the way. */
  async arrive(from: Scene, { look, departing }: Departures, change: Partial<Message> = {}): Promise<boolean> {
    const arrivals = departing.map(({ departure, message, body }) => {
      const { id, number, count, firstReceivedAt } = departure;
      const known = { deadLetterSource: 'arn', receivedBefore: count, firstReceivedBefore: firstReceivedAt };
      const sentAt = isFifo(this.queue) ? 0 : message.sentAt;
      return { id, number, message: { ...message, ...known, sentAt, ...change }, body };
    });
    return done(await this.store.messages.arrive(this.queue, from.queue.id, look, arrivals));
  }

  async conclude(departing: Departing[], to: Conclusion['to']): Promise<number> {
    const conclusions = departing.map(({ departure: { id, number } }) => ({ id, number, to }));
    return done(await this.store.messages.conclude(this.queue, conclusions));
  }

  async leave(leaving: Partial<Leaving> = {}): Promise<Left> {
    this.generation += 1000;
    const { delayMs } = settingsOf(this.queue);
    const usual = { numbers: [], most: 10, to: 'elsewhere', id: this.generation, retentionMs: 4 * DAY, delayMs };
    return done(await this.store.messages.leave(this.queue, { ...usual, ...leaving }));
  }
}

export function done<T>(outcome: Outcome<T>): T {
  if (outcome.refused !== undefined) throw new Error(`refused: ${outcome.refused}`);
  return outcome.value;
}

export const textsOf = (all: { body: Delivery['body'] }[]): string[] => all.map(({ body }) => textOf(body));
