/** What time does to FIFO queues: receipts, delay and retention (sqs-wire.md §§3.6, 5.10, 5.11), as named cases. */
import { describe, expect, it } from 'vitest';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { FIFO, type Open, type Receipt, type Scene, SECOND, textsOf } from './scene.ts';

export function fifoTimesCases(clock: FakeClock, open: Open): void {
  receipts(clock, open);
  delays(clock, open);
  ends(clock, open);
}

function receipts(clock: FakeClock, open: Open): void {
  describe('a receipt of a FIFO queue', () => {
    const all = ['gone', 'hidden', 'back'] as const;
    const settleAll = async (q: Scene, receipt: Receipt) => {
      const outcomes = [];
      for (const to of all) outcomes.push(await q.settle(receipt, to, SECOND));
      return outcomes;
    };

    it('has expired when its time is over: the message stays', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      const receipt = await q.one({ visibilityMs: SECOND });
      clock.advance(SECOND - 1);
      expect(await q.settle(receipt, 'hidden', 2 * SECOND)).toBe('done');
      clock.advance(SECOND);
      expect(await q.settle(receipt, 'hidden', SECOND)).toBe('done');
      clock.advance(SECOND);
      // A receive can be undone as long as nobody has received since.
      expect(await settleAll(q, receipt)).toEqual(['expired', 'expired', 'done']);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['1']);
    });

    it('has expired when another receive has the message', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      const first = await q.one({ visibilityMs: SECOND });
      clock.advance(SECOND);
      const second = await q.one({ visibilityMs: 60 * SECOND });
      expect(await settleAll(q, first)).toEqual(['expired', 'expired', 'stale']);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
      expect(await q.settle(second, 'gone')).toBe('done');
      expect(await settleAll(q, second)).toEqual(['gone', 'gone', 'gone']);
    });

    it('has expired when it was undone, made visible or never was', async () => {
      const q = await open(FIFO);
      const [sent] = await q.post({ red: ['1'] });
      const never = { epoch: 1, number: sent!.number, generation: 7 };
      expect(await settleAll(q, never)).toEqual(['expired', 'expired', 'gone']);
      const undone = await q.one();
      await q.settle(undone, 'back');
      expect(await settleAll(q, undone)).toEqual(['expired', 'expired', 'gone']);
      const visible = await q.one();
      await q.settle(visible, 'hidden', 0);
      expect(await settleAll(q, visible)).toEqual(['expired', 'expired', 'done']);
    });

    it('is about nothing after a purge, and when the message has expired', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      const first = await q.one();
      await q.purge();
      expect(await settleAll(q, first)).toEqual(['gone', 'gone', 'gone']);
      await q.post({ red: ['2'] });
      const second = await q.one();
      clock.advance(SECOND);
      for (const to of all) expect(await q.settle(second, to, 0, SECOND)).toBe('gone');
    });
  });
}

function delays(clock: FakeClock, open: Open): void {
  const delayed = (seconds: number) => ({ ...FIFO, DelaySeconds: String(seconds) });

  describe('the delay of a FIFO queue', () => {
    it('holds every message back, to the millisecond, and what stands behind it', async () => {
      const q = await open(delayed(2));
      await q.post({ red: ['1'] });
      clock.advance(SECOND);
      await q.post({ red: ['2'], blue: ['3'] });
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 3 });
      clock.advance(SECOND - 1);
      expect(await q.receive()).toMatchObject({ deliveries: [], nextDue: clock.now() + 1 });
      clock.advance(1);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 2 });
      expect(await q.bodies({ visibilityMs: 0 })).toEqual(['1']);
      expect((await q.receive({ max: 1 })).deliveries).toHaveLength(1);
      expect((await q.receive()).nextDue).toBe(clock.now() + SECOND);
      clock.advance(SECOND);
      expect(await q.bodies()).toEqual(['3']);
    });

    it('covers, when it is lowered or raised, what is there already', async () => {
      const q = await open(delayed(60));
      await q.post({ red: ['1'] });
      clock.advance(2 * SECOND);
      await q.post({ blue: ['2'] });
      await q.change(delayed(2));
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
      expect(await q.bodies({ visibilityMs: 0 })).toEqual(['1']);
      await q.change(delayed(4));
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
      clock.advance(2 * SECOND);
      expect(await q.bodies({ visibilityMs: 0 })).toEqual(['1']);
      clock.advance(2 * SECOND);
      expect(await q.bodies({ visibilityMs: 0 })).toEqual(['1', '2']);
      await q.change(delayed(0));
      await q.post({ gray: ['3'] });
      expect(await q.bodies()).toEqual(['1', '2', '3']);
    });

    it('does not hide again what is out, in flight or back', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'], blue: ['3'] });
      const [first] = await q.some({ max: 1 });
      await q.change(delayed(60));
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 1, delayed: 0 });
      await q.settle(first!, 'hidden', 0);
      await q.post({ red: ['4'], blue: ['5'] });
      expect(await q.counts()).toEqual({ visible: 3, inFlight: 0, delayed: 2 });
      expect(await q.bodies()).toEqual(['3', '1', '2']);
      expect((await q.receive({ visibilityMs: 0 })).nextDue).toBe(clock.now() + 30 * SECOND);
    });
  });
}

function ends(clock: FakeClock, open: Open): void {
  describe('retention on a FIFO queue', () => {
    it('ends messages before others of their group, which go on', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2'] });
      clock.advance(SECOND);
      await q.post({ red: ['3'], blue: ['4'] });
      expect(await q.bodies({ retentionMs: SECOND })).toEqual(['3', '4']);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 2, delayed: 0 });
    });

    it('ends one in flight: its group goes on when its time is over', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      const receipt = await q.one({ visibilityMs: 2 * SECOND });
      clock.advance(SECOND);
      await q.post({ red: ['2'] });
      expect(await q.settle(receipt, 'gone', 0, SECOND)).toBe('gone');
      expect(await q.bodies({ retentionMs: SECOND })).toEqual([]);
      clock.advance(SECOND - 1);
      expect(await q.bodies({ retentionMs: SECOND + 1 })).toEqual([]);
      clock.advance(1);
      expect(await q.bodies({ retentionMs: 2 * SECOND })).toEqual(['2']);
    });

    it('is swept from the oldest on, up to one that lives or is in flight', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'], blue: ['2', '3'], gray: ['4'] });
      const [first] = await q.some({ max: 1, visibilityMs: 5 * SECOND });
      clock.advance(SECOND);
      await q.post({ blue: ['5'] });
      expect(await q.sweep(100, SECOND)).toMatchObject({ expired: 0, nextAt: clock.now() + SECOND });
      await q.settle(first!, 'gone');
      expect(await q.sweep(2, SECOND)).toMatchObject({ expired: 2, more: true });
      expect(await q.sweep(2, SECOND)).toMatchObject({ expired: 1, more: false, nextAt: clock.now() + SECOND });
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['5']);
    });

    it('is swept of what is delayed as well, and then comes again when there is something to do', async () => {
      const q = await open({ ...FIFO, DelaySeconds: '2' });
      await q.post({ red: ['1'] });
      clock.advance(SECOND);
      await q.post({ red: ['2'] });
      const swept = await q.sweep(100, SECOND);
      expect(swept.expired).toBe(1);
      clock.advance(2 * SECOND);
      const { nextAt } = await q.sweep(100, 60 * SECOND);
      expect(nextAt).toBeGreaterThan(clock.now());
      expect(nextAt).toBeLessThanOrEqual(clock.now() + 58 * SECOND);
      expect(await q.bodies()).toEqual(['2']);
    });

    it('lets a receive look at 100 messages and then answer `more`', async () => {
      const q = await open(FIFO);
      for (let i = 0; i < 15; i += 1) await q.post({ red: Array(5).fill('old'), [`${i}`]: Array(5).fill('old') });
      clock.advance(SECOND);
      await q.post({ last: ['new'] });
      expect(await q.receive({ retentionMs: SECOND })).toMatchObject({ deliveries: [], more: true });
      expect(await q.counts()).toMatchObject({ visible: 51 });
      const { deliveries, more } = await q.receive({ retentionMs: SECOND });
      expect([textsOf(deliveries), more]).toEqual([['new'], false]);
    });
  });
}
