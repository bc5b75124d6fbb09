/** Deduplication on FIFO queues (sqs-wire.md §7.4), as named cases. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { FIFO, type Open, SECOND, textsOf } from './scene.ts';

const SIGNAL_MS = 20;
const WINDOW = 300 * SECOND;
const SAME = { as: 'same' };

export function deduplicationCases(clock: FakeClock, open: Open): void {
  const whatWas = ({ outcome }: { outcome: string }) => outcome;

  describe('deduplication', () => {
    it('answers a duplicate what the first was answered, and stores nothing', async () => {
      const q = await open(FIFO);
      await q.store.messages.watch(q.queue);
      const [first] = await q.post({ red: ['1'] }, SAME);
      await pause(SIGNAL_MS);
      const { signals } = q;
      clock.advance(SECOND);
      expect(await q.post({ blue: ['2'] }, SAME)).toEqual([{ ...first, outcome: 'duplicate' }]);
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['1']);
    });

    it('works within one call as well', async () => {
      const q = await open(FIFO);
      const sent = await q.post({ red: ['1', '2'], blue: ['3'] }, SAME);
      expect(sent.map(whatWas)).toEqual(['sent', 'duplicate', 'duplicate']);
      expect(new Set(sent.map(({ number }) => number)).size).toBe(1);
    });

    it('lasts 5 minutes from the first, however often it comes again', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] }, SAME);
      clock.advance(200 * SECOND);
      expect((await q.post({ red: ['2'] }, SAME)).map(whatWas)).toEqual(['duplicate']);
      clock.advance(WINDOW - 200 * SECOND - 1);
      expect((await q.post({ red: ['3'] }, SAME)).map(whatWas)).toEqual(['duplicate']);
      clock.advance(1);
      const [fresh] = await q.post({ red: ['4'] }, SAME);
      expect(fresh!.outcome).toBe('sent');
      clock.advance(WINDOW - 1);
      expect(await q.post({ red: ['5'] }, SAME)).toEqual([{ ...fresh, outcome: 'duplicate' }]);
      expect(await q.bodies()).toEqual(['1', '4']);
    });

    it('lasts over the end of the message, and ends with a purge', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] }, SAME);
      await q.settle(await q.one(), 'gone');
      expect((await q.post({ red: ['2'] }, SAME)).map(whatWas)).toEqual(['duplicate']);
      clock.advance(2 * SECOND);
      expect(await q.sweep(100, SECOND)).toMatchObject({ expired: 0 });
      expect((await q.post({ red: ['3'] }, SAME)).map(whatWas)).toEqual(['duplicate']);
      await q.purge();
      expect((await q.post({ red: ['4'] }, SAME)).map(whatWas)).toEqual(['sent']);
      expect(await q.bodies()).toEqual(['4']);
    });

    it('counts within a group when that is asked for', async () => {
      const q = await open(FIFO);
      const each = { ...SAME, perGroup: true };
      expect((await q.post({ red: ['1'], blue: ['2'] }, each)).map(whatWas)).toEqual(['sent', 'sent']);
      expect((await q.post({ red: ['3'], blue: ['4'] }, each)).map(whatWas)).toEqual(['duplicate', 'duplicate']);
    });

    it('comes before the question whether there is room', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] }, SAME);
      expect((await q.post({ red: ['2'] }, { ...SAME, maxLength: 1 })).map(whatWas)).toEqual(['duplicate']);
      expect((await q.post({ red: ['3'] }, { as: 'other', maxLength: 1 })).map(whatWas)).toEqual(['full']);
      expect((await q.post({ red: ['4'] }, { as: 'other' })).map(whatWas)).toEqual(['sent']);
    });

    it('is told again as it was when the call is made again', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] }, SAME);
      clock.advance(SECOND);
      const answer = await q.post({ red: ['2'], blue: ['3'] }, { ...SAME, requestId: 'r' });
      clock.advance(SECOND);
      expect(await q.post({ red: ['2'], blue: ['3'] }, { ...SAME, requestId: 'r' })).toEqual(answer);
    });

    it('does not know the ids of a standard queue', async () => {
      const q = await open();
      await q.post({ red: ['1', '2'] }, SAME);
      expect(textsOf(await q.some())).toEqual(['1', '2']);
    });
  });
}
