/**
 * The differential: the same steps on the naive reference and on a store; every answer must be equal.
 *
 * Steps run on a clock of whole seconds, so that times meet often. Calls are made without waiting for their answers, as
 * busy clients make them: the store has to answer from what is written and not yet on disk. Only a receive is waited
 * for, since later steps use its receipts.
 */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import { draftOf, textOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Received } from '../../src/queue/wish.ts';
import type { Draft } from '../../src/queue/send.ts';
import type { Settlement } from '../../src/queue/settle.ts';
import type { Outcome } from '../../src/store/store.ts';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { until } from '../helpers/until.ts';
import { naiveStore, type QueueStore } from './model.ts';
import { newQueue, PLAIN } from './queues.ts';

/** `which` picks among the receipts, or the sent messages, that there are. */
interface Entry extends Pick<Settlement, 'to'> {
  of: 'receipts' | 'sent';
  which: number;
  visibility: number;
}

type Step =
  | { do: 'send'; delays: number[]; maxLength: number }
  | { do: 'receive'; max: number; visibility: number; inFlightLimit: number }
  | { do: 'settle'; entries: Entry[] }
  | { do: 'retention'; seconds: number }
  | { do: 'tick'; seconds: number }
  | { do: 'sweep'; slice: number }
  | { do: 'repeat'; which: number }
  | { do: 'purge'; interval: number }
  | { do: 'change' | 'stale' | 'restart' };

const upTo = (max: number) => fc.nat({ max });
const mostly = (usual: number, ...others: number[]) => fc.constantFrom(...Array(8).fill(usual), ...others);
const always = <T extends string>(value: T) => fc.constant(value);
const entry: fc.Arbitrary<Entry> = fc.record({
  of: fc.constantFrom('receipts', 'receipts', 'receipts', 'sent'),
  which: upTo(50),
  to: fc.constantFrom('gone', 'hidden', 'back'),
  visibility: upTo(6),
});

/** Up to 60 steps; a store that cannot restart passes over `restart`. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    {
      weight: 6,
      arbitrary: fc.record({
        do: always('send'),
        delays: fc.array(mostly(0, 1, 2, 3), { minLength: 1, maxLength: 10 }),
        maxLength: mostly(0, 12),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: always('receive'),
        max: fc.integer({ min: 1, max: 10 }),
        visibility: upTo(4),
        inFlightLimit: mostly(1000, 5),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({ do: always('settle'), entries: fc.array(entry, { minLength: 1, maxLength: 4 }) }),
    },
    { weight: 6, arbitrary: fc.record({ do: always('tick'), seconds: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ do: always('sweep'), slice: fc.constantFrom(1, 3, 100) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: always('retention'), seconds: fc.constantFrom(2, 4, 8, 1_000_000) }),
    },
    { weight: 2, arbitrary: fc.record({ do: always('repeat'), which: upTo(4) }) },
    { weight: 1, arbitrary: fc.record({ do: always('purge'), interval: fc.constantFrom(0, 0, 4) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('change', 'stale', 'restart') }) },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

export interface Tested {
  clock: FakeClock;
  store: QueueStore;
  /** Closes the store and opens it again on the same data. */
  restart?: () => Promise<QueueStore>;
  /** What calls were answered is forgotten by a restart. */
  forgetful?: boolean;
}

/** A queue in one of the two, and how often it has called out. */
interface Side {
  store: QueueStore;
  queue: QueueRecord;
  signals: number;
}

/** Runs `list` on a new queue of the store and on a new reference beside it. */
export async function compare(tested: Tested, list: Step[]): Promise<void> {
  const model = await open(naiveStore(tested.clock));
  const run = new Run(tested, model, await open(tested.store));
  for (const step of list) await run.take(step);
  await run.drain();
}

async function open(store: QueueStore): Promise<Side> {
  const { queue } = await store.catalogue.create(newQueue());
  return listen({ store, queue, signals: 0 });
}

async function listen(side: Side): Promise<Side> {
  side.store.messages.onReady((id) => {
    if (id === side.queue.id) side.signals += 1;
  });
  await side.store.messages.watch(side.queue);
  return side;
}

/** An answer as both sides must give it. */
type Answer = Promise<unknown>;

class Run {
  private readonly tested: Tested;
  private readonly sides: [Side, Side];
  private readonly receipts: Pick<Settlement, 'epoch' | 'number' | 'generation'>[] = [];
  private readonly sent: number[] = [];
  /** Sends and receives that can be made again, the latest first. */
  private repeatable: (() => unknown)[] = [];
  private asked: Promise<void>[] = [];
  private retention = 1_000_000;
  private generation = 2 ** 47;
  private epoch = 1;
  private calls = 0;

  constructor(tested: Tested, model: Side, store: Side) {
    this.tested = tested;
    this.sides = [model, store];
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'send':
        await this.repeatably((id) => this.send(step.delays, step.maxLength, id));
        break;
      case 'receive':
        await this.repeatably((id) => this.receive(step.max, step.visibility, step.inFlightLimit, id));
        break;
      case 'settle':
        this.settle(step.entries.map((entry) => this.settlementOf(entry)));
        break;
      case 'retention':
        this.retention = step.seconds;
        break;
      case 'tick':
        await turn();
        this.tested.clock.advance(step.seconds * 1000);
        break;
      case 'sweep':
        this.both(({ store, queue }) => sweepAll(store, queue, step.slice, this.retention * 1000));
        await this.answered();
        break;
      case 'repeat':
        await this.repeatable[step.which]?.();
        break;
      case 'purge':
        await this.purge(step.interval);
        break;
      default:
        await this.administer(step.do);
    }
    this.both(({ store, queue }) => store.messages.counts(queue));
  }

  /** Time passes, and everything that is left is received and compared. */
  async drain(): Promise<void> {
    await this.answered();
    this.tested.clock.advance(10_000);
    let left = true;
    while (left) left = (await this.receive(10, 60, 100_000)) > 0;
    await this.answered();
    for (const { store, queue } of this.sides) await store.catalogue.remove(queue);
  }

  private async administer(what: 'change' | 'stale' | 'restart'): Promise<void> {
    await this.answered();
    if (what === 'restart') {
      if (this.tested.restart === undefined) return;
      this.sides[1].store = await this.tested.restart();
      await listen(this.sides[1]);
      if (this.tested.forgetful) this.repeatable = [];
      return;
    }
    for (const side of this.sides) {
      const { catalogue, messages } = side.store;
      const old = side.queue;
      side.queue = (await catalogue.update(old, { modifiedAtMs: 1 })).value!;
      if (what === 'stale') expect(await messages.purge(old, 0)).toEqual({ refused: 'stale' });
    }
  }

  /** Makes a call, and keeps it so that it can be made again with the same request id. */
  private async repeatably(call: (requestId: string) => unknown): Promise<void> {
    this.calls += 1;
    const id = `request-${this.calls}`;
    await call(id);
    this.repeatable.unshift(() => call(id));
  }

  private send(delays: number[], maxLength: number, requestId: string): void {
    const drafts = delays.map((seconds, i) => draftOf(content(`${this.sent.length}.${i}`, seconds * 1000)));
    this.both(async ({ store, queue }) => {
      const sent = await store.messages.send(queue, drafts.map(copy), { maxLength, requestId, perGroup: false });
      if (store === this.sides[0].store) this.sent.push(...(sent.value ?? []).map(({ number }) => number));
      return sent;
    });
  }

  private async receive(max: number, visibility: number, inFlightLimit: number, requestId = ''): Promise<number> {
    this.generation += 1;
    const wish = {
      max,
      visibilityMs: visibility * 1000,
      inFlightLimit,
      generation: this.generation,
      requestId,
      ...PLAIN,
    };
    const received = this.sides.map(async ({ store, queue }) =>
      readable(await store.messages.receive(queue, { ...wish, retentionMs: this.retention * 1000 })),
    );
    const [expected, actual] = await Promise.all(received);
    expect(actual).toEqual(expected);
    const { epoch, deliveries } = expected!.value!;
    for (const { number, state } of deliveries) this.receipts.push({ epoch, number, generation: state.generation });
    return deliveries.length;
  }

  private async purge(interval: number): Promise<void> {
    const asked = this.sides.map(({ store, queue }) => store.messages.purge(queue, interval * 1000));
    const [expected, actual] = await Promise.all(asked);
    expect(actual).toEqual(expected);
    if (expected!.value) this.epoch += 1;
  }

  private settlementOf({ of, which, to, visibility }: Entry): Settlement {
    const sent = { epoch: this.epoch, number: this.sent[which % this.sent.length] ?? 1, generation: 7 };
    const receipt = of === 'sent' ? sent : (this.receipts.at(-1 - (which % this.receipts.length)) ?? sent);
    return { ...receipt, to, visibilityMs: visibility * 1000 };
  }

  private settle(entries: Settlement[]): void {
    const rules = { retentionMs: this.retention * 1000, visibilityLimitMs: 8000 };
    this.both(({ store, queue }) => store.messages.settle(queue, entries, rules));
  }

  /** Asks both sides; that they agree shows in `answered`. */
  private both(ask: (side: Side) => Answer): void {
    const answers = Promise.all(this.sides.map(ask)).then(([expected, actual]) => expect(actual).toEqual(expected));
    answers.catch(() => {});
    this.asked.push(answers);
  }

  private async answered(): Promise<void> {
    await Promise.all(this.asked);
    this.asked = [];
    const [expected, actual] = this.sides;
    // They may come over a network.
    const come = () => actual.signals >= expected.signals;
    if (!come()) await until('the signals have come', come);
    expect(actual.signals).toBe(expected.signals);
  }
}

/** Sweeps in slices to the end; what had expired in all, however the slices fell, and when to sweep again. */
async function sweepAll(store: QueueStore, queue: QueueRecord, slice: number, retentionMs: number) {
  let expired = 0;
  for (;;) {
    const { value } = await store.messages.sweep(queue, slice, { retentionMs: retentionMs, delayMs: 0 });
    if (value === undefined) return undefined;
    expired += value.expired;
    if (!value.more) return { expired, nextAt: value.nextAt };
    await turn();
  }
}

const content = (body: string, delayMs: number) => ({
  body,
  attributes: [],
  senderId: 'AIDA',
  group: '',
  deduplicationId: '',
  traceHeader: '',
  delayMs,
});

const copy = ({ message, ...rest }: Draft): Draft => ({ ...rest, message: { ...message } });

/** With the bodies as text. */
function readable(outcome: Outcome<Received>) {
  const { value } = outcome;
  if (value === undefined) return outcome;
  return { value: { ...value, deliveries: value.deliveries.map((one) => ({ ...one, body: textOf(one.body) })) } };
}
