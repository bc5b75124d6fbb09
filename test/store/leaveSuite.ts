/** Messages that somebody sends to another queue (sqs-wire.md §6.4), as named cases. */
import { describe, expect, it } from 'vitest';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { DAY, FIFO, type Open, SECOND, textsOf } from './scene.ts';

export function leaveCases(clock: FakeClock, open: Open): void {
  describe('leave', () => {
    it('sends off who is next, as many as asked for', async () => {
      for (const attributes of [{}, FIFO]) {
        const q = await open(attributes);
        await q.post({ red: ['1', '2', '3', '4'] });
        expect(await q.leave({ most: 3 })).toEqual({ left: 3, more: false });
        const departures = await q.departures();
        expect(textsOf(departures)).toEqual(['1', '2', '3']);
        expect(departures.map(({ departure }) => departure.redriven)).toEqual([1, 1, 1]);
        const [id] = departures.map(({ departure }) => departure.id);
        expect(departures.map(({ departure }) => departure.id - id!)).toEqual([0, 1, 2]);
        expect(await q.leave()).toEqual({ left: 1, more: false });
        expect(await q.leave()).toEqual({ left: 0, more: false });
        expect(await q.receive()).toMatchObject({ deliveries: [], leaving: true, nextDue: 0 });
      }
    });

    it('takes nothing that is in flight, delayed or expired', async () => {
      const q = await open();
      await q.send(['old']);
      clock.advance(SECOND);
      await q.send(['in flight', 'visible']);
      await q.send(['delayed'], SECOND);
      await q.leave({ numbers: [1], retentionMs: SECOND });
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 1 });
      await q.one();
      const numbers = [2, 2 ** 40];
      expect(await q.leave({ numbers })).toEqual({ left: 0, more: false });
      expect(await q.leave()).toEqual({ left: 1, more: false });
      expect(textsOf(await q.departures())).toEqual(['visible']);
    });

    it('takes of a FIFO queue no group whose first message is in flight', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['r1', 'r2'], blue: ['b1'] });
      await q.one({ visibilityMs: SECOND });
      expect(await q.leave()).toEqual({ left: 1, more: false });
      expect(textsOf(await q.departures())).toEqual(['b1']);
      clock.advance(SECOND);
      expect(await q.leave()).toEqual({ left: 2, more: false });
      expect((await q.departures()).map(({ departure }) => departure.count)).toEqual([1, 0, 0]);
    });

    it.each([
      { kind: 'standard', attributes: {}, groups: { '': ['1', '2', '3', '4'] } },
      { kind: 'standard, with groups', attributes: {}, groups: { red: ['1', '2'], blue: ['3', '4'] } },
      { kind: 'FIFO', attributes: FIFO, groups: { red: ['1', '2'], blue: ['3', '4'] } },
    ])('takes the messages that are named, wherever they wait ($kind)', async ({ attributes, groups }) => {
      const q = await open(attributes);
      const [first, second, third, fourth] = (await q.post(groups)).map(({ number }) => number);
      const numbers = [third!, second!, third!, 12_345, fourth!];
      expect(await q.leave({ numbers })).toEqual({ left: 3, more: false });
      expect(textsOf(await q.departures())).toEqual(['2', '3', '4']);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      const one = await q.one();
      expect(one.number).toBe(first);
      await q.conclude(await q.departures(1), 'back');
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
      await q.settle(one, 'gone');
      expect(await q.bodies()).toEqual(['2']);
      await q.conclude(await q.departures(), 'done');
      await q.post({ red: ['5'] });
      expect(await q.bodies({ retentionMs: DAY })).toEqual(attributes === FIFO ? [] : ['5']);
      expect(await q.counts()).toMatchObject({ inFlight: attributes === FIFO ? 1 : 2 });
    });
  });
}
