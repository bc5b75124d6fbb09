/** Receives with an attempt id on FIFO queues (sqs-wire.md §7.7), as named cases. */
import { describe, expect, it } from 'vitest';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { FIFO, type Open, SECOND, textsOf } from './scene.ts';

const A = { attemptId: 'a' };

export function attemptCases(clock: FakeClock, open: Open): void {
  describe('a receive with an attempt id, made again,', () => {
    it('is given the same messages and receipts, hidden anew for the whole time', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'], blue: ['3'] });
      const first = await q.some({ ...A, max: 2, visibilityMs: 5 * SECOND });
      clock.advance(4 * SECOND);
      const again = await q.some({ ...A, max: 2, visibilityMs: 5 * SECOND });
      expect(textsOf(again)).toEqual(['1', '2']);
      expect(again.map(({ generation }) => generation)).toEqual(first.map(({ generation }) => generation));
      expect(again.map(({ state }) => state.count)).toEqual([1, 1]);
      clock.advance(5 * SECOND - 1);
      expect(await q.settle(first[0]!, 'hidden', 10 * SECOND)).toBe('done');
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
    });

    it('is told so when one of them was removed or hidden', async () => {
      for (const to of ['gone', 'hidden'] as const) {
        const q = await open(FIFO);
        await q.post({ red: ['1', '2'], blue: ['3'] });
        const [first] = await q.some({ ...A, max: 2 });
        await q.settle(first!, to, 60 * SECOND);
        expect(await q.receive(A)).toMatchObject({ deliveries: [], changed: true });
        expect(await q.counts()).toMatchObject({ visible: 1 });
      }
    });

    it('is a new one when it was undone because its client had gone', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      for (const one of await q.some(A)) await q.settle(one, 'back', 0);
      const again = await q.receive(A);
      expect(again.deliveries.map(({ state }) => state.count)).toEqual([1, 1]);
    });

    it('is told so when one of them has expired', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      clock.advance(SECOND);
      await q.post({ red: ['2'] });
      await q.receive(A);
      clock.advance(SECOND);
      for (let i = 0; i < 3; i += 1) {
        expect(await q.receive({ ...A, retentionMs: 2 * SECOND })).toMatchObject({ deliveries: [], changed: true });
      }
    });

    it('is told so when another call has been given one of them', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      await q.receive({ ...A, visibilityMs: SECOND });
      clock.advance(SECOND);
      expect(await q.bodies({ max: 1 })).toEqual(['1']);
      expect(await q.receive(A)).toMatchObject({ deliveries: [], changed: true });
    });

    it('is a new call when all have come back by themselves', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      const first = await q.some({ ...A, visibilityMs: SECOND });
      clock.advance(SECOND);
      const again = await q.some(A);
      expect(textsOf(again)).toEqual(['1', '2']);
      expect(again.map(({ state }) => state.count)).toEqual([2, 2]);
      expect(again[0]!.generation).not.toBe(first[0]!.generation);
      expect((await q.some(A))[0]!.generation).toBe(again[0]!.generation);
    });

    it('is a new call after a purge, and when it was given nothing', async () => {
      const q = await open(FIFO);
      expect(await q.bodies(A)).toEqual([]);
      await q.post({ red: ['1'] });
      expect(await q.bodies(A)).toEqual(['1']);
      await q.purge();
      await q.post({ red: ['2'] });
      expect(await q.bodies(A)).toEqual(['2']);
    });

    it('is known for 5 minutes from the first, whatever comes between', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      const [first] = await q.some({ ...A, visibilityMs: 1000 * SECOND });
      for (let i = 1; i <= 4; i += 1) {
        clock.advance(70 * SECOND);
        await q.post({ blue: ['other'] }, { requestId: `send ${i}` });
        const other = await q.one({ requestId: `receive ${i}`, attemptId: `other ${i}`, visibilityMs: SECOND });
        await q.settle(other, 'gone');
      }
      clock.advance(20 * SECOND - 1);
      const again = await q.some({ ...A, visibilityMs: 1000 * SECOND });
      expect(again.map(({ generation }) => generation)).toEqual([first!.generation]);
      clock.advance(1);
      expect(await q.receive(A)).toMatchObject({ deliveries: [], changed: false });
    });

    it('is told from another attempt', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'], blue: ['2'] });
      expect(await q.bodies({ ...A, max: 1 })).toEqual(['1']);
      expect(await q.bodies({ attemptId: 'b', max: 1 })).toEqual(['2']);
      expect(await q.bodies({ ...A, max: 1 })).toEqual(['1']);
      expect(await q.bodies({ attemptId: 'c' })).toEqual([]);
    });
  });
}
