/**
 * The differential: the same steps on the naive reference and on a store; every answer must be equal.
 *
 * Steps run on a clock of whole seconds, so that times meet often. Calls are made without waiting for their answers, as
 * busy clients make them: the store has to answer from what is written and not yet on disk. Only a receive is waited
 * for, since later steps use its receipts, and the first step of a move.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import { draftOf } from '../../src/model/message.ts';
import { type QueueRecord, settingsOf } from '../../src/model/queue.ts';
import type { Departures } from '../../src/queue/moves.ts';
import type { Draft } from '../../src/queue/send.ts';
import type { Settlement } from '../../src/queue/settle.ts';
import type { Swept } from '../../src/queue/sweep.ts';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { until } from '../helpers/until.ts';
import { arrivalOf, byTime, copyOf, dump, readable, sweepAll, withText } from './differentialLook.ts';
import { alone, type Entry, type Kind, type Part, type Sending, type Step } from './differentialSteps.ts';
import { type NaiveStore, naiveStore, type QueueStore } from './model.ts';
import { newQueue } from './queues.ts';

export { kept } from './differentialKept.ts';
export { KINDS, steps, stepsOf } from './differentialSteps.ts';

export interface Tested {
  clock: FakeClock;
  store: QueueStore;
  /** Closes the store and opens it again on the same data. */
  restart?: () => Promise<QueueStore>;
  /** What calls were answered is forgotten by a restart. */
  forgetful?: boolean;
}

/** One of the two, with its queues, and how often these have called out. */
interface Side<S extends QueueStore = QueueStore> {
  store: S;
  queues: QueueRecord[];
  signals: number;
}

/** What is known of one of the queues; the same on both sides. */
interface Known {
  epoch: number;
  receipts: Pick<Settlement, 'epoch' | 'number' | 'generation'>[];
  sent: number[];
  /** The departures that were read last, and the time before, of each side. */
  departures: { these: Departures[]; before: Departures[] };
}

/** Runs `list` on new queues of the store and of a new reference beside it. */
export async function compare(tested: Tested, list: Step[], kind: Kind = alone): Promise<void> {
  const model = await open(naiveStore(tested.clock), kind);
  const run = new Run(tested, kind, model, await open(tested.store, kind));
  for (const step of list) await run.take(step);
  await run.drain();
}

async function open<S extends QueueStore>(store: S, kind: Kind): Promise<Side<S>> {
  const queues: QueueRecord[] = [];
  for (let i = 0; i < (kind.moves ? 2 : 1); i += 1) {
    const { queue } = await store.catalogue.create(newQueue({ attributes: attributesOf(kind, kind.delays[0]!) }));
    queues.push(queue);
  }
  const side = { store, queues, signals: 0 };
  await listen(side);
  return side;
}

const attributesOf = ({ fifo }: Kind, delay: number): Record<string, string> =>
  fifo ? { FifoQueue: 'true', DelaySeconds: String(delay) } : {};

async function listen(side: Side): Promise<void> {
  side.store.messages.onReady((id) => {
    if (side.queues.some((queue) => queue.id === id)) side.signals += 1;
  });
  for (const queue of side.queues) await side.store.messages.watch(queue);
}

type Ask<T> = (side: Side, queue: QueueRecord, index: 0 | 1) => Promise<T>;

class Run {
  private readonly tested: Tested;
  private readonly kind: Kind;
  private readonly sides: [Side<NaiveStore>, Side];
  private readonly known: Known[];
  /** Sends and receives that can be made again, the latest first. */
  private repeatable: (() => unknown)[] = [];
  private asked: Promise<void>[] = [];
  private retentionMs = 1_000_000_000;
  private generation = 2 ** 47;
  private calls = 0;
  /** Which queue the step is about. */
  private at = 0;

  constructor(tested: Tested, kind: Kind, model: Side<NaiveStore>, store: Side) {
    this.tested = tested;
    this.kind = kind;
    this.sides = [model, store];
    const nothing = (): Known => ({ epoch: 1, receipts: [], sent: [], departures: { these: [], before: [] } });
    this.known = model.queues.map(nothing);
  }

  async take(step: Step): Promise<void> {
    this.at = step.at ?? 0;
    switch (step.do) {
      case 'send':
        await this.repeatably((id) => this.send(id, step));
        break;
      case 'receive':
        await this.repeatably((id) => this.receive(id, step));
        break;
      case 'settle':
        this.settle(step.entries.map((entry) => this.settlementOf(entry)));
        break;
      case 'leave':
        this.leave(step);
        break;
      case 'move':
        await this.move(step);
        break;
      case 'retention':
        this.retentionMs = step.seconds * 1000;
        break;
      case 'tick':
        await turn();
        this.tested.clock.advance(step.seconds * 1000);
        break;
      case 'sweep':
        await this.sweep(step.slice);
        break;
      case 'repeat':
        await this.repeatable[step.which]?.();
        break;
      case 'purge':
        if ((await this.same(({ store }, queue) => store.messages.purge(queue, step.interval * 1000))).value)
          this.queue.epoch += 1;
        break;
      case 'look':
        await this.same(({ store }, queue) => dump(store, queue));
        break;
      default:
        await this.answered();
        await this.administer(step);
    }
    this.both(({ store }, queue) => store.messages.counts(queue));
  }

  /** Time passes, and everything that is left is looked at, received and compared. */
  async drain(): Promise<void> {
    await this.answered();
    this.tested.clock.advance(10_000);
    for (this.at = 0; this.at < this.known.length; this.at += 1) {
      await this.same(({ store }, queue) => dump(store, queue));
      this.both(async ({ store }, queue) => (await store.messages.events(queue)).value!.sort(byTime));
      await this.look(1000);
      await this.receiveAll();
      this.both(({ store }, queue) => store.messages.counts(queue));
    }
    await this.answered();
    for (const { store, queues } of this.sides) for (const queue of queues) await store.catalogue.remove(queue);
  }

  private async receiveAll(): Promise<void> {
    const wish = { max: 10, visibility: 60, inFlightLimit: 100_000, attempt: 0, maxReceives: 0 };
    for (;;) {
      const received = await this.receive('', wish);
      if (received === 0) return;
      // On a FIFO queue the next ones of a group wait for that; on a standard queue the ranks grow without.
      const gone: Entry = { of: 'receipts', which: 0, to: 'gone', visibility: 0 };
      const entries = Array.from({ length: received }, (_, which) => this.settlementOf({ ...gone, which }));
      if (this.kind.fifo) this.settle(entries);
    }
  }

  private get queue(): Known {
    return this.known[this.at]!;
  }

  private rulesOf(queue: QueueRecord): { retentionMs: number; delayMs: number } {
    return { retentionMs: this.retentionMs, delayMs: settingsOf(queue).delayMs };
  }

  private async administer(step: Step): Promise<void> {
    if (step.do === 'restart') {
      if (this.tested.restart !== undefined) await this.restart(this.tested.restart);
      return;
    }
    const attributes = step.do === 'change' ? attributesOf(this.kind, step.delay) : undefined;
    const old = this.sides.map(({ queues }) => queues[this.at]!);
    await this.update(this.at, attributes);
    if (step.do !== 'stale') return;
    for (const [i, { store }] of this.sides.entries()) {
      expect(await store.messages.purge(old[i]!, 0)).toEqual({ refused: 'stale' });
    }
  }

  private async update(at: number, attributes?: Record<string, string>): Promise<void> {
    for (const { store, queues } of this.sides) {
      const old = queues[at]!;
      const change = { attributes: attributes ?? old.attributes, modifiedAtMs: 1 };
      queues[at] = (await store.catalogue.update(old, change)).value!;
    }
  }

  private async restart(restart: () => Promise<QueueStore>): Promise<void> {
    // What a FIFO queue has noticed, and when, is written with the next change only.
    if (this.kind.fifo) for (const at of this.known.keys()) await this.update(at);
    // It takes its time.
    this.tested.clock.advance(1000);
    this.sides[1].store = await restart();
    await listen(this.sides[1]);
    if (this.tested.forgetful) this.sides[0].store.restart();
  }

  /** Makes a call, and keeps it so that it can be made again with the same request id. */
  private async repeatably(call: (requestId: string) => unknown): Promise<void> {
    this.calls += 1;
    const { at } = this;
    const id = `request-${this.calls}`;
    await call(id);
    this.repeatable.unshift(() => {
      this.at = at;
      return call(id);
    });
  }

  private send(requestId: string, step: { drafts: Sending[]; maxLength: number; perGroup: boolean }): void {
    const bodies = step.drafts.map((one, i) => this.contentOf(one, `${this.queue.sent.length}.${i}`, requestId));
    const { maxLength, perGroup } = step;
    const known = this.queue;
    this.both(async ({ store }, queue, index) => {
      const sent = await store.messages.send(queue, bodies.map(copyOf), { maxLength, requestId, perGroup });
      if (index === 0) known.sent.push(...(sent.value ?? []).map(({ number }) => number));
      return sent;
    });
  }

  private contentOf({ group, same, delay }: Sending, body: string, requestId: string): Draft {
    const delayMs = this.kind.fifo ? settingsOf(this.sides[0].queues[this.at]!).delayMs : delay * 1000;
    const deduplicationId = same === 0 ? `${requestId}.${body}` : `same-${same}`;
    const known = { attributes: [], senderId: 'AIDA', traceHeader: '' };
    return draftOf({ ...known, body, group, delayMs, deduplicationId: this.kind.fifo ? deduplicationId : '' });
  }

  /** Answers how many messages were received. */
  private async receive(
    requestId: string,
    step: { max: number; visibility: number; inFlightLimit: number; attempt: number; maxReceives: number },
  ): Promise<number> {
    const { max, visibility, inFlightLimit, attempt, maxReceives } = step;
    const wish = {
      max,
      visibilityMs: visibility * 1000,
      inFlightLimit,
      generation: this.newGeneration(),
      requestId,
      attemptId: attempt === 0 ? '' : `attempt-${attempt}`,
      maxReceiveCount: maxReceives,
      deadLetterQueue: maxReceives === 0 ? '' : 'other',
    };
    const received = await this.same(async ({ store }, queue) =>
      readable(await store.messages.receive(queue, { ...wish, ...this.rulesOf(queue) })),
    );
    const { epoch, deliveries } = received.value!;
    for (const { number, state } of deliveries) {
      this.queue.receipts.push({ epoch, number, generation: state.generation });
    }
    return deliveries.length;
  }

  /** Departures have numbers that follow it. */
  private newGeneration(): number {
    this.generation += 1000;
    return this.generation;
  }

  private settlementOf({ of, which, to, visibility }: Entry): Settlement {
    const { epoch, sent, receipts } = this.queue;
    const first = { epoch, number: sent[which % sent.length] ?? 1, generation: 7 };
    const receipt = of === 'sent' ? first : (receipts.at(-1 - (which % receipts.length)) ?? first);
    return { ...receipt, to, visibilityMs: visibility * 1000 };
  }

  private settle(entries: Settlement[]): void {
    const rules = { retentionMs: this.retentionMs, visibilityLimitMs: 8000 };
    this.both(({ store }, queue) => store.messages.settle(queue, entries, rules));
  }

  private async sweep(slice: number): Promise<void> {
    const swept = await this.pair(({ store }, queue) => sweepAll(store, queue, slice, this.rulesOf(queue)));
    const [expected, actual] = swept as [Swept, Swept];
    if (this.kind.fifo) {
      // The end of a delay may be among the times, though no sweep needs to look then.
      expect(actual.nextAt).toBeGreaterThan(this.tested.clock.now());
      expect(actual.nextAt).toBeLessThanOrEqual(expected.nextAt);
      expected.nextAt = actual.nextAt;
    }
    expect(actual).toEqual(expected);
  }

  private leave({ which, most }: { which: number[]; most: number }): void {
    const { sent } = this.queue;
    const numbers = sent.length === 0 ? [] : which.map((index) => sent[index % sent.length]!);
    const leaving = { numbers, most, to: 'other', id: this.newGeneration() };
    this.both(({ store }, queue) => store.messages.leave(queue, { ...leaving, ...this.rulesOf(queue) }));
  }

  /** Looks into the outbox. The numbers of looks are each store's own, and grow. */
  private async look(most: number): Promise<Departures[]> {
    const both = await this.pair(async ({ store }, queue) => (await store.messages.departures(queue, most)).value!);
    const [expected, actual] = both.map(({ departing }) => departing.map(withText));
    expect(actual).toEqual(expected);
    const before = this.queue.departures.these[1]?.look ?? 0;
    expect(both[1].look).toBeGreaterThan(before);
    return both;
  }

  private async move({ leaves, most, parts }: { leaves: number; most: number; parts: Part[] }): Promise<void> {
    if (leaves > 0) this.leave({ which: [], most: leaves });
    const { departures } = this.queue;
    const these = await this.look(most);
    departures.before = departures.these;
    departures.these = these;
    for (const { what, whose } of parts) this.partOfMove(what, departures[whose]);
  }

  private partOfMove(what: Part['what'], departures: Departures[]): void {
    this.both(async ({ store, queues }, queue, index) => {
      const { look, departing } = departures[index] ?? { look: 0, departing: [] };
      if (what === 'arrive') {
        const arrivals = departing.map((one) => arrivalOf(one, this.kind));
        return store.messages.arrive(queues[1 - this.at]!, queue.id, look, arrivals);
      }
      const conclusions = departing.map(({ departure: { id, number } }, i) => {
        const isBack = what === 'back' || (what === 'mixed' && i % 2 === 0);
        return { id, number, to: isBack ? ('back' as const) : ('done' as const) };
      });
      return store.messages.conclude(queue, conclusions);
    });
  }

  /** Asks both sides; that they agree shows in `answered`. */
  private both(ask: Ask<unknown>): void {
    const answers = this.same(ask).then(() => {});
    answers.catch(() => {});
    this.asked.push(answers);
  }

  /** Asks both sides, which must agree. */
  private async same<T>(ask: Ask<T>): Promise<T> {
    const [expected, actual] = await this.pair(ask);
    expect(actual).toEqual(expected);
    return expected;
  }

  private async pair<T>(ask: Ask<T>): Promise<[T, T]> {
    const [model, store] = this.sides;
    return Promise.all([ask(model, model.queues[this.at]!, 0), ask(store, store.queues[this.at]!, 1)]);
  }

  private async answered(): Promise<void> {
    await Promise.all(this.asked);
    this.asked = [];
    const [expected, actual] = this.sides;
    // They may come over a network.
    const come = () => actual.signals >= expected.signals;
    if (!come()) await until('the signals have come', come, 1000);
    expect(actual.signals).toBe(expected.signals);
  }
}
