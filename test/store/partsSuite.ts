/**
 * What every store's `states`, `inFlight` and `delayed` must do: each step is compared with a map and a sorted array.
 * All calls are awaited, so that parts behind a network run through the same suite.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderedSet, State, States } from '../../src/queue/parts.ts';

type Awaitable<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;
};

export interface Parts {
  states: Awaitable<States>;
  inFlight: Awaitable<OrderedSet>;
  delayed: Awaitable<OrderedSet>;
}

class NaiveSet implements OrderedSet {
  private readonly scores = new Map<number, number>();

  add(member: number, score: number): void {
    this.scores.set(member, score);
  }

  remove(member: number): void {
    this.scores.delete(member);
  }

  first(upTo: number): number | undefined {
    return this.sorted().find(([, score]) => score <= upTo)?.[0];
  }

  nextScore(after: number): number | undefined {
    return this.sorted().find(([, score]) => score > after)?.[1];
  }

  countUpTo(upTo: number): number {
    return this.sorted().filter(([, score]) => score <= upTo).length;
  }

  size(): number {
    return this.scores.size;
  }

  private sorted(): [number, number][] {
    return [...this.scores].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  }
}

class NaiveStates implements States {
  private readonly rows = new Map<number, State>();

  get(number: number): State | undefined {
    return this.rows.get(number);
  }

  set(number: number, state: State): void {
    this.rows.set(number, { ...state });
  }

  remove(number: number): void {
    this.rows.delete(number);
  }
}

const naive = () => ({ states: new NaiveStates(), inFlight: new NaiveSet(), delayed: new NaiveSet() });

type SetName = 'inFlight' | 'delayed';
type Step =
  | { do: 'set'; number: number; state: State }
  | { do: 'forget' | 'get'; number: number }
  | { do: 'add'; to: SetName; number: number; score: number }
  | { do: 'remove'; from: SetName; number: number }
  | { do: 'fill'; to: SetName; from: number; count: number }
  | { do: 'drain'; from: SetName; leave: number }
  | { do: 'ask'; set: SetName; forward: number; back: number };

/** Numbers that share their lower bits, their lower 32 bits, or nothing. */
const numbers = [...Array(40).keys()].flatMap((i) => [i + 1, i * 64, 2 ** 32 + i, 2 ** 40 + i * 2 ** 20, 2 ** 48 - i]);
const number = fc.constantFrom(...numbers);
const setName = fc.constantFrom<SetName>('inFlight', 'delayed');
const time = fc.integer({ min: 0, max: 30 });
const bits48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const state: fc.Arbitrary<State> = fc.record({
  count: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  generation: bits48,
  firstReceivedAt: bits48,
  receivedAt: bits48,
  due: bits48,
  dueBefore: bits48,
});
const size = fc.integer({ min: 1, max: 70 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set'), number, state }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('forget', 'get'), number }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add'), to: setName, number, score: time }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('remove'), from: setName, number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill'), to: setName, from: number, count: size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain'), from: setName, leave: fc.nat(3) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask'),
      set: setName,
      forward: fc.nat(3),
      back: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: time }),
    }),
  },
) as fc.Arbitrary<Step>;

/** Does one step; answers what it read, undefined when it only wrote. */
async function run(parts: Parts, taken: Step, now: number): Promise<unknown> {
  switch (taken.do) {
    case 'set':
      await parts.states.set(taken.number, taken.state);
      return;
    case 'forget':
      await parts.states.remove(taken.number);
      return;
    case 'get':
      return parts.states.get(taken.number);
    case 'add':
      await parts[taken.to].add(taken.number, taken.score);
      return;
    case 'remove':
      await parts[taken.from].remove(taken.number);
      return;
    case 'fill':
      for (let i = 0; i < taken.count; i += 1) await parts[taken.to].add(taken.from + i * 3, i % 7);
      return;
    case 'drain':
      return drain(parts[taken.from], taken.leave);
    case 'ask':
      return ask(parts[taken.set], now - taken.back);
  }
}

async function ask(set: Awaitable<OrderedSet>, at: number): Promise<unknown[]> {
  return [await set.size(), await set.first(at), await set.countUpTo(at), await set.nextScore(at)];
}

/** Takes the first until `leave` are left; answers them in order. */
async function drain(set: Awaitable<OrderedSet>, leave = 0): Promise<number[]> {
  const order: number[] = [];
  while ((await set.size()) > leave) {
    const member = await set.first(Number.MAX_SAFE_INTEGER);
    if (member === undefined) break;
    await set.remove(member);
    order.push(member);
  }
  return order;
}

const aState = (count: number): State => ({
  count,
  generation: 2 ** 48 - count,
  firstReceivedAt: 1_790_000_000_000 + count,
  receivedAt: 1_790_000_000_001 + count,
  due: 1_790_000_000_002 + count,
  dueBefore: 1_790_000_000_003 + count,
});

/** Runs the suite over parts that `factory` makes: empty and new at each call. */
export function partsSuite(name: string, factory: () => Parts | Promise<Parts>, numRuns = 400): void {
  describe(`the parts of ${name}`, () => {
    it('answer as a map and a sorted array do, whatever the order of calls', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
          const model = naive();
          const parts = await factory();
          let now = 0;
          for (const taken of steps) {
            if (taken.do === 'ask') now += taken.forward;
            expect(await run(parts, taken, now)).toEqual(await run(model, taken, now));
          }
          for (const each of numbers) expect(await parts.states.get(each)).toEqual(model.states.get(each));
          for (const set of ['inFlight', 'delayed'] as const) {
            expect(await ask(parts[set], now)).toEqual(await ask(model[set], now));
            expect(await drain(parts[set])).toEqual(await drain(model[set]));
          }
        }),
        { numRuns },
      );
    });

    it('are empty at first', async () => {
      const { states, inFlight, delayed } = await factory();
      expect(await states.get(1)).toBeUndefined();
      await states.remove(1);
      for (const set of [inFlight, delayed]) {
        await set.remove(1);
        expect(await ask(set, 0)).toEqual([0, undefined, 0, undefined]);
        expect(await ask(set, Number.MAX_SAFE_INTEGER)).toEqual([0, undefined, 0, undefined]);
      }
    });

    it('give a state back as it was set, and keep no hold on the object', async () => {
      const { states } = await factory();
      const row = aState(3);
      await states.set(7, row);
      row.count = 99;
      expect(await states.get(7)).toEqual(aState(3));
      const read = await states.get(7);
      read!.count = 99;
      expect(await states.get(7)).toEqual(aState(3));
    });

    it('order by score, then by number', async () => {
      const { inFlight } = await factory();
      for (const [member, score] of [
        [2 ** 40 + 1, 5],
        [9, 5],
        [10, 5],
        [100, 4],
        [1, 6],
      ] as const) {
        await inFlight.add(member, score);
      }
      expect(await inFlight.first(3)).toBeUndefined();
      expect(await inFlight.nextScore(4)).toBe(5);
      expect(await inFlight.countUpTo(5)).toBe(4);
      expect(await drain(inFlight)).toEqual([100, 9, 10, 2 ** 40 + 1, 1]);
    });

    it('move a member that is added again, also across the time that was asked about', async () => {
      const { delayed } = await factory();
      await delayed.add(1, 10);
      await delayed.add(2, 20);
      expect(await ask(delayed, 15)).toEqual([2, 1, 1, 20]);
      await delayed.add(1, 30);
      expect(await ask(delayed, 15)).toEqual([2, undefined, 0, 20]);
      await delayed.add(2, 12);
      expect(await ask(delayed, 15)).toEqual([2, 2, 1, 30]);
    });

    it('answer about an earlier time, and then about a later one again', async () => {
      const { inFlight } = await factory();
      for (const score of [10, 20, 30]) await inFlight.add(score, score);
      expect(await ask(inFlight, 25)).toEqual([3, 10, 2, 30]);
      expect(await ask(inFlight, 15)).toEqual([3, 10, 1, 20]);
      expect(await ask(inFlight, 5)).toEqual([3, undefined, 0, 10]);
      expect(await ask(inFlight, 30)).toEqual([3, 10, 3, undefined]);
    });

    it('keep state and membership apart', async () => {
      const { states, inFlight, delayed } = await factory();
      await delayed.add(5, 1);
      expect(await states.get(5)).toBeUndefined();
      await states.set(5, aState(1));
      await inFlight.add(5, 2);
      await delayed.remove(5);
      expect([await delayed.size(), await inFlight.size()]).toEqual([0, 1]);
      await states.remove(5);
      expect(await inFlight.first(2)).toBe(5);
      await states.set(5, aState(2));
      await inFlight.remove(5);
      expect(await states.get(5)).toEqual(aState(2));
    });

    it('hold 12,000 and forget them, but for a few that lie far apart', async () => {
      const { states, inFlight, delayed } = await factory();
      const count = 12_000;
      for (let i = 0; i < count; i += 1) {
        await states.set(i, aState(i));
        await (i % 3 === 0 ? delayed : inFlight).add(i, (i * 7_919) % 1_000);
      }
      expect([await delayed.size(), await inFlight.size()]).toEqual([4_000, 8_000]);
      expect([await delayed.countUpTo(499), await inFlight.countUpTo(499)]).toEqual([2_000, 4_000]);
      for (let i = 0; i < count; i += 1) {
        if (i % 1_000 === 0) continue;
        await states.remove(i);
        await inFlight.remove(i);
        await delayed.remove(i);
      }
      for (let i = 0; i < count; i += 1) expect(await states.get(i)).toEqual(i % 1_000 === 0 ? aState(i) : undefined);
      expect(await drain(delayed)).toEqual([0, 3_000, 6_000, 9_000]);
      expect(await drain(inFlight)).toEqual([1_000, 2_000, 4_000, 5_000, 7_000, 8_000, 10_000, 11_000]);
    });
  });
}
