/** The order of FIFO queues (sqs-wire.md §§7.1, 7.2), as named cases. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/model/message.ts';
import type { Delivery } from '../../src/queue/wish.ts';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { FIFO, type Open, type Receipt, SECOND, textsOf } from './scene.ts';

const SIGNAL_MS = 20;

export function fifoCases(clock: FakeClock, open: Open): void {
  runs(clock, open);
  turns(clock, open);
  law(clock, open);
}

function runs(clock: FakeClock, open: Open): void {
  describe('a FIFO queue, within a group,', () => {
    it('hands out nothing while the first message is in flight, also of what is sent meanwhile', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      expect(await q.bodies({ max: 1 })).toEqual(['1']);
      await q.post({ red: ['3'], blue: ['other'] });
      expect(await q.bodies()).toEqual(['other']);
      expect(await q.bodies()).toEqual([]);
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 2, delayed: 0 });
    });

    it('waits until all that are in flight are removed, and then goes on at once and says so', async () => {
      const q = await open(FIFO);
      await q.store.messages.watch(q.queue);
      await q.post({ red: ['1', '2', '3', '4'] });
      const [first, second] = await q.some({ max: 2 });
      const { signals } = q;
      expect(await q.settle(first!, 'gone')).toBe('done');
      expect(await q.bodies()).toEqual([]);
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals);
      expect(await q.settle(second!, 'gone')).toBe('done');
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals + 1);
      expect(await q.bodies()).toEqual(['3', '4']);
    });

    it('removed from behind, it waits for the first all the same', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2', '3'] });
      const [, second] = await q.some({ max: 2 });
      await q.settle(second!, 'gone');
      expect(await q.bodies()).toEqual([]);
      clock.advance(30 * SECOND);
      expect(await q.bodies()).toEqual(['1', '3']);
    });

    it('gives what comes back in its old order, to the millisecond', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      await q.bodies({ visibilityMs: 2 * SECOND });
      await q.post({ red: ['3'] });
      clock.advance(2 * SECOND - 1);
      expect(await q.bodies()).toEqual([]);
      clock.advance(1);
      const again = await q.some();
      expect(textsOf(again)).toEqual(['1', '2', '3']);
      expect(again.map(({ state }) => state.count)).toEqual([2, 2, 1]);
    });

    it.each([
      { which: 0, given: [] },
      { which: 1, given: ['1'] },
      { which: 2, given: ['1', '2'] },
    ])('gives $given when of three only number $which is hidden for longer', async ({ which, given }) => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2', '3'] });
      const three = await q.some({ visibilityMs: SECOND });
      expect(await q.settle(three[which]!, 'hidden', 60 * SECOND)).toBe('done');
      clock.advance(SECOND);
      expect(await q.bodies()).toEqual(given);
    });

    it('gives the first when it is made visible, not the second that is still in flight', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2', '3'] });
      const [first] = await q.some({ max: 2 });
      await q.settle(first!, 'hidden', 0);
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 1, delayed: 0 });
      expect(await q.bodies()).toEqual(['1']);
    });

    it('is not locked by a receive with visibility 0, which gives no message twice', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'], blue: ['3'] });
      expect(await q.bodies({ visibilityMs: 0 })).toEqual(['1', '2', '3']);
      const again = await q.some({ visibilityMs: 0 });
      expect(textsOf(again)).toEqual(['1', '2', '3']);
      expect(again.map(({ state }) => state.count)).toEqual([2, 2, 2]);
    });

    it('is free again when a receive is undone, in its order and without a trace', async () => {
      const q = await open(FIFO);
      await q.store.messages.watch(q.queue);
      await q.post({ red: ['1', '2', '3'] });
      const [first, second] = await q.some({ max: 2 });
      expect(await q.settle(second!, 'back')).toBe('done');
      expect(await q.bodies()).toEqual([]);
      const { signals } = q;
      expect(await q.settle(first!, 'back')).toBe('done');
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals + 1);
      const again = await q.some();
      expect(textsOf(again)).toEqual(['1', '2', '3']);
      expect(again.map(({ state }) => state.count)).toEqual([1, 1, 1]);
    });

    it('tells, with nothing to give, when the next message comes back', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      const [, second] = await q.some({ visibilityMs: 5 * SECOND });
      await q.settle(second!, 'hidden', 3 * SECOND);
      expect((await q.receive()).nextDue).toBe(clock.now() + 3 * SECOND);
      clock.advance(3 * SECOND);
      expect((await q.receive()).nextDue).toBe(clock.now() + 2 * SECOND);
    });
  });
}

function turns(clock: FakeClock, open: Open): void {
  describe('a FIFO queue with several groups', () => {
    it('gives as many of one group as it can, then of the next', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['r1'], blue: ['b1'] });
      await q.post({ red: ['r2', 'r3'] });
      expect(await q.bodies()).toEqual(['r1', 'r2', 'r3', 'b1']);
    });

    it('serves a group that was served after the others', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['r1', 'r2'], blue: ['b1', 'b2'], gray: ['g1'] });
      const [r1] = await q.some({ max: 1 });
      await q.settle(r1!, 'gone');
      const [b1] = await q.some({ max: 1 });
      await q.settle(b1!, 'hidden', 0);
      expect(await q.bodies()).toEqual(['g1', 'r2', 'b1', 'b2']);
    });

    it('serves groups in the order in which they come back', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['r'], blue: ['b'], gray: ['g'] });
      await q.one({ visibilityMs: 3 * SECOND });
      await q.one({ visibilityMs: 1 * SECOND });
      await q.one({ visibilityMs: 2 * SECOND });
      clock.advance(3 * SECOND);
      expect(await q.bodies()).toEqual(['b', 'g', 'r']);
    });

    it('is not held up by one that is in flight', async () => {
      const q = await open(FIFO);
      await q.post({ red: Array(50).fill('red') });
      await q.one();
      await q.post({ blue: ['1', '2'] });
      expect(await q.bodies({ max: 1 })).toEqual(['1']);
      expect(await q.bodies()).toEqual([]);
    });

    it('lets a receive see 100 that have come back, and then answer `more`', async () => {
      const q = await open(FIFO);
      const groups = Array.from({ length: 120 }, (_, i) => `group ${i}`);
      await q.post(Object.fromEntries(groups.map((group) => [group, ['1', '2']])));
      const all: (Delivery & Receipt)[] = [];
      while (all.length < 240) all.push(...(await q.some({ max: 40 })));
      for (const one of all) if (textOf(one.body) === '2') await q.settle(one, 'hidden', 0);
      expect(await q.receive()).toMatchObject({ deliveries: [], more: true });
      expect(await q.receive()).toMatchObject({ deliveries: [], more: false });
      clock.advance(30 * SECOND);
      expect(await q.bodies({ max: 4 })).toEqual(['1', '2', '1', '2']);
    });

    it('stops at the in-flight limit', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['r1', 'r2'], blue: ['b1', 'b2'] });
      const { deliveries, overLimit } = await q.receive({ inFlightLimit: 3, visibilityMs: SECOND });
      expect([textsOf(deliveries), overLimit]).toEqual([['r1', 'r2', 'b1'], true]);
      expect(await q.receive({ inFlightLimit: 3 })).toMatchObject({ deliveries: [], overLimit: false });
      clock.advance(SECOND);
      expect((await q.bodies({ inFlightLimit: 3 })).length).toBe(3);
    });

    it('gives numbers that grow, in the queue and over a purge', async () => {
      const q = await open(FIFO);
      const before = await q.post({ red: ['1'], blue: ['2', '3'] });
      await q.purge();
      expect(await q.bodies()).toEqual([]);
      const after = await q.post({ red: ['4'] });
      const numbers = [...before, ...after].map(({ number }) => number);
      expect(numbers).toEqual([0, 1, 2, 3].map((i) => 2 ** 40 + i));
      expect((await q.one()).number).toBe(numbers[3]);
    });
  });
}

/** What the law needs to be known of a message. */
interface Watched extends Receipt {
  group: string;
  body: string;
  due: number;
}

function law(clock: FakeClock, open: Open): void {
  it('a FIFO receive takes from each group a run from its oldest message, none of it unavailable', async () => {
    const q = await open(FIFO);
    let seed = 7;
    const upTo = (most: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % (most + 1);
    };
    let there: Watched[] = [];
    for (let call = 0; call < 400; call += 1) {
      const group = ['red', 'blue', 'gray'][upTo(2)]!;
      if (upTo(2) === 0) {
        const [sent] = await q.post({ [group]: [`${call}`] });
        there.push({ group, body: `${call}`, due: 0, epoch: 1, generation: 0, number: sent!.number });
      } else if (upTo(1) === 0) {
        const visibilityMs = upTo(4) * SECOND;
        const received = await q.some({ max: 1 + upTo(4), visibilityMs });
        const groups = new Set(received.map(({ message }) => message.group));
        for (const lane of groups) {
          const taken = received.filter(({ message }) => message.group === lane);
          const run = there.filter((one) => one.group === lane).slice(0, taken.length);
          expect(taken.map(({ body }) => textOf(body))).toEqual(run.map(({ body }) => body));
          for (const one of run) expect(one.due).toBeLessThanOrEqual(clock.now());
        }
        for (const { number, generation } of received) {
          const one = there.find((other) => other.number === number)!;
          Object.assign(one, { generation, due: clock.now() + visibilityMs });
        }
      } else if (there.length > 0) {
        const one = there[upTo(there.length - 1)]!;
        const isGood = one.due > clock.now();
        expect(await q.settle(one, 'gone')).toBe(isGood ? 'done' : 'expired');
        if (isGood) there = there.filter((other) => other !== one);
      }
      clock.advance(upTo(1) * SECOND);
    }
    expect((await q.counts()).visible + (await q.counts()).inFlight).toBe(there.length);
  });
}
