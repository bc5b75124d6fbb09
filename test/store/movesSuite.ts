/** Messages that go from one queue to another: dead letters, and the steps of a move (sqs-wire.md §6), as named cases. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { FIFO, type Open, SECOND, textsOf } from './scene.ts';

const SIGNAL_MS = 20;
const DEAD = { deadLetterQueue: 'dead' };
const once = { ...DEAD, maxReceiveCount: 1 };
const NONE = { visible: 0, inFlight: 0, delayed: 0 };

export function moveCases(clock: FakeClock, open: Open): void {
  departing(clock, open);
  arriving(clock, open);
  concluding(clock, open);
}

function departing(clock: FakeClock, open: Open): void {
  describe('a dead letter', () => {
    it('departs at the receive that finds it received often enough, and is not there any more', async () => {
      const q = await open();
      await q.send(['1']);
      const began = clock.now();
      const twice = { ...DEAD, maxReceiveCount: 2, visibilityMs: SECOND };
      expect(await q.receive(twice)).toMatchObject({ leaving: false });
      clock.advance(SECOND);
      expect(await q.bodies(twice)).toEqual(['1']);
      clock.advance(SECOND);
      expect(await q.counts()).toMatchObject({ visible: 1 });
      expect(await q.departures()).toEqual([]);
      const generation = 2 ** 47 + 7;
      expect(await q.receive({ ...twice, generation })).toMatchObject({ deliveries: [], leaving: true, nextDue: 0 });
      expect(await q.counts()).toEqual(NONE);
      const departures = await q.departures();
      expect(textsOf(departures)).toEqual(['1']);
      const departure = { id: generation, number: 1, count: 2, firstReceivedAt: began, to: 'dead', redriven: 0 };
      expect(departures[0]!.departure).toEqual(departure);
      expect(await q.bodies()).toEqual([]);
    });

    it('is one also by receives with visibility 0', async () => {
      const q = await open();
      await q.send(['1', '2']);
      await q.receive({ ...once, visibilityMs: 0 });
      await q.send(['3']);
      expect(await q.bodies(once)).toEqual(['3']);
      const departures = await q.departures();
      expect(textsOf(departures)).toEqual(['1', '2']);
      expect(departures[1]!.departure.id).toBe(departures[0]!.departure.id + 1);
      expect(await q.departures(1)).toEqual(departures.slice(0, 1));
    });

    it('is delivered on when its queue has no dead-letter queue any more', async () => {
      const q = await open();
      await q.send(['1']);
      await q.receive({ ...once, visibilityMs: 0 });
      expect((await q.one()).state.count).toBe(2);
    });

    it('frees its group, and what stands behind it is given by the same call', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2', '3'] });
      await q.bodies({ ...once, max: 2, visibilityMs: SECOND });
      clock.advance(SECOND);
      expect(await q.bodies(once)).toEqual(['3']);
      expect(textsOf(await q.departures())).toEqual(['1', '2']);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    });

    it('that has expired is dropped instead', async () => {
      const q = await open();
      await q.send(['1']);
      await q.receive({ ...once, visibilityMs: 0 });
      clock.advance(SECOND);
      expect(await q.receive({ ...once, retentionMs: SECOND })).toMatchObject({ deliveries: [], leaving: false });
      expect(await q.departures()).toEqual([]);
    });

    it('counts as a look', async () => {
      const q = await open();
      for (let i = 0; i < 11; i += 1) await q.send(Array(10).fill('old'));
      for (let i = 0; i < 11; i += 1) await q.receive({ visibilityMs: SECOND });
      clock.advance(SECOND);
      expect(await q.receive(once)).toMatchObject({ deliveries: [], more: true, leaving: true });
      expect(await q.counts()).toMatchObject({ visible: 10 });
      expect(await q.receive(once)).toMatchObject({ deliveries: [], more: false });
      expect(await q.departures(1000)).toHaveLength(110);
    });

    it('on its way cannot be settled: to remove it changes nothing', async () => {
      const q = await open();
      await q.send(['1']);
      const receipt = await q.one({ visibilityMs: 0 });
      await q.receive(once);
      expect(await q.settle(receipt, 'hidden', SECOND)).toBe('gone');
      expect(await q.settle(receipt, 'back')).toBe('gone');
      expect(await q.settle(receipt, 'gone')).toBe('done');
      expect(textsOf(await q.departures())).toEqual(['1']);
      const fifo = await open(FIFO);
      await fifo.post({ red: ['1'] });
      const handle = await fifo.one({ visibilityMs: 0 });
      await fifo.receive(once);
      for (const to of ['gone', 'hidden'] as const) expect(await fifo.settle(handle, to)).toBe('expired');
      expect(await fifo.settle(handle, 'back')).toBe('gone');
      expect(textsOf(await fifo.departures())).toEqual(['1']);
    });

    it('on its way takes no room, is not swept, and goes with a purge', async () => {
      const q = await open();
      await q.send(['1']);
      await q.receive({ visibilityMs: 0 });
      await q.receive(once);
      expect((await q.send(['2'], 0, 1)).map(({ outcome }) => outcome)).toEqual(['sent']);
      expect(await q.sweep()).toMatchObject({ leaving: true });
      clock.advance(SECOND);
      expect(await q.sweep(100, SECOND)).toMatchObject({ expired: 1, leaving: true });
      expect(await q.departures()).toHaveLength(1);
      await q.purge();
      expect(await q.departures()).toEqual([]);
      expect(await q.sweep()).toMatchObject({ leaving: false });
      expect(await q.receive()).toMatchObject({ leaving: false });
    });
  });
}

function arriving(clock: FakeClock, open: Open): void {
  const dead = async (attributes: Record<string, string>) => {
    const source = await open(attributes);
    await source.post({ red: ['1', '2'] });
    await source.receive({ visibilityMs: 0 });
    await source.receive(once);
    return source;
  };

  describe('an arrival', () => {
    it('is what it was, where it was received counts on', async () => {
      const source = await dead({});
      const began = clock.now();
      const look = await source.look();
      clock.advance(SECOND);
      const q = await open();
      expect(await q.arrive(source, look)).toBe(true);
      expect(await q.counts()).toMatchObject({ visible: 2 });
      const [one] = await q.some();
      expect(one!.message).toEqual({
        ...look.departing[0]!.message,
        deadLetterSource: 'arn',
        receivedBefore: 1,
        firstReceivedBefore: began,
      });
      expect(one!.state).toMatchObject({ count: 2, firstReceivedAt: began, receivedAt: clock.now() });
      expect(await q.settle(one!, 'back')).toBe('done');
      expect((await q.one()).state).toMatchObject({ count: 2, firstReceivedAt: began });
    });

    it('may be received here as often as elsewhere before it is a dead letter again', async () => {
      const q = await open();
      const source = await dead({});
      await q.arrive(source, await source.look());
      expect(await q.bodies({ ...once, visibilityMs: 0 })).toEqual(['1', '2']);
      expect(await q.bodies(once)).toEqual([]);
      expect((await q.departures()).map(({ departure }) => departure.count)).toEqual([2, 2]);
    });

    it('keeps its time on a standard queue, and begins anew with time 0 and on a FIFO queue', async () => {
      const source = await dead({});
      const sentAt = clock.now();
      clock.advance(SECOND);
      const kept = await open();
      await kept.arrive(source, await source.look());
      expect((await kept.some()).map(({ message }) => message.sentAt)).toEqual([sentAt, sentAt]);
      const anew = await open();
      await anew.arrive(source, await source.look(), { sentAt: 0 });
      expect((await anew.some()).map(({ message }) => message.sentAt)).toEqual([clock.now(), clock.now()]);
      const [fifoSource, fifo] = [await dead(FIFO), await open(FIFO)];
      clock.advance(SECOND);
      await fifo.arrive(fifoSource, await fifoSource.look());
      expect((await fifo.some()).map(({ message }) => message.sentAt)).toEqual([clock.now(), clock.now()]);
    });

    it('comes in where its group and its number say, and tells who waits', async () => {
      const source = await dead({});
      const q = await open();
      await q.store.messages.watch(q.queue);
      const { signals } = q;
      await q.arrive(source, await source.look());
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals + 1);
      await q.arrive(source, await source.look());
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals + 1);
      expect((await q.some()).map(({ number }) => number)).toEqual([2 ** 40, 2 ** 40 + 1]);
    });

    it('is kept out by no length, delay or deduplication, and makes nothing a duplicate', async () => {
      const source = await open(FIFO);
      await source.post({ red: ['1'] }, { as: 'same' });
      await source.leave();
      const q = await open({ ...FIFO, DelaySeconds: '60' });
      await q.arrive(source, await source.look());
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect((await q.post({ blue: ['2'] }, { as: 'same' }))[0]!.outcome).toBe('sent');
      expect(await q.bodies()).toEqual(['1']);
    });

    it('arrives once, with two movers that look, deliver and conclude everything twice', async () => {
      for (const attributes of [{}, FIFO]) {
        const [source, q] = [await dead(attributes), await open(attributes)];
        const [first, second] = await Promise.all([source.look(), source.look()]);
        const arrived = await Promise.all([q.arrive(source, first), q.arrive(source, second)]);
        expect(arrived).toEqual([true, true]);
        expect(await source.conclude(first.departing, 'done')).toBe(2);
        expect(await q.arrive(source, second)).toBe(true);
        const { departing } = second;
        const again = [source.conclude(departing, 'done'), source.conclude(departing, 'back')];
        expect(await Promise.all(again)).toEqual([0, 0]);
        expect(await source.departures()).toEqual([]);
        expect(await source.counts()).toEqual(NONE);
        expect(await q.counts()).toMatchObject({ visible: 2 });
        expect(await q.bodies()).toEqual(['1', '2']);
        expect(await source.bodies()).toEqual([]);
      }
    });

    it('is refused as late, whatever it brings, when something has arrived by a later look', async () => {
      const [source, other, q] = [await dead({}), await dead({}), await open()];
      const [early, late] = [await source.look(), await source.look(1)];
      const another = await other.look(1);
      expect(late.look).toBeGreaterThan(early.look);
      expect(await q.arrive(source, late)).toBe(true);
      expect(await q.arrive(source, early)).toBe(false);
      expect(await q.counts()).toMatchObject({ visible: 1 });
      expect(await q.arrive(other, { ...another, look: 1 })).toBe(true);
      expect(await q.arrive(source, await source.look())).toBe(true);
      expect(await q.counts()).toMatchObject({ visible: 3 });
    });

    it('does not come again when the target was purged in between', async () => {
      const [source, q] = [await dead({}), await open()];
      const look = await source.look();
      await q.arrive(source, look);
      await q.purge();
      await q.arrive(source, look);
      await q.arrive(source, await source.look());
      expect(await q.counts()).toEqual(NONE);
    });

    it('is told from those of other queues', async () => {
      const [source, other, q] = [await dead({}), await dead({}), await open()];
      await q.arrive(source, await source.look());
      await q.arrive(other, await other.look());
      expect(await q.counts()).toMatchObject({ visible: 4 });
    });

    it('comes in its order in front of what is newer, also when it is older than what waits', async () => {
      const [source, q] = [await dead({}), await open()];
      clock.advance(SECOND);
      await q.send(['new']);
      await q.arrive(source, await source.look());
      expect((await q.bodies()).sort()).toEqual(['1', '2', 'new']);
    });
  });
}

function concluding(clock: FakeClock, open: Open): void {
  describe('a departure that comes back', () => {
    it('stands in its old place in its group, and keeps its count', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1', '2', '3'] });
      await q.bodies({ ...once, max: 1, visibilityMs: 0 });
      const [second] = await q.some(once);
      const departures = await q.departures();
      expect(textsOf(departures)).toEqual(['1']);
      await q.store.messages.watch(q.queue);
      const { signals } = q;
      await q.conclude(departures, 'back');
      await pause(SIGNAL_MS);
      expect(q.signals).toBe(signals + 1);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
      const [again] = await q.some();
      expect([again!.message.id, again!.state.count]).toEqual([departures[0]!.message.id, 2]);
      expect(await q.settle(second!, 'hidden', 0)).toBe('done');
      expect(await q.bodies()).toEqual([]);
      await q.settle(again!, 'gone');
      expect(await q.bodies()).toEqual(['2']);
    });

    it('stands, on a standard queue, among what has been returned just now', async () => {
      const q = await open();
      await q.send(['1']);
      await q.leave();
      clock.advance(SECOND);
      await q.send(['2']);
      clock.advance(SECOND);
      await q.conclude(await q.departures(), 'back');
      await q.conclude(await q.departures(), 'back');
      clock.advance(SECOND);
      await q.send(['3']);
      expect(await q.counts()).toEqual({ visible: 3, inFlight: 0, delayed: 0 });
      const all = await q.some();
      expect(textsOf(all)).toEqual(['2', '1', '3']);
      expect(all.map(({ state }) => state.count)).toEqual([1, 1, 1]);
    });

    it('is not concluded by the end of its earlier departure', async () => {
      const q = await open();
      await q.send(['1']);
      await q.leave();
      const first = await q.departures();
      await q.conclude(first, 'back');
      await q.leave();
      await q.conclude(first, 'done');
      await q.conclude(first, 'back');
      const second = await q.departures();
      expect(textsOf(second)).toEqual(['1']);
      await q.conclude(second, 'done');
      expect(await q.departures()).toEqual([]);
      expect(await q.counts()).toEqual(NONE);
    });

    it('does not come back into a queue that was purged', async () => {
      const q = await open(FIFO);
      await q.post({ red: ['1'] });
      await q.leave();
      const departures = await q.departures();
      await q.purge();
      await q.conclude(departures, 'back');
      expect(await q.counts()).toEqual(NONE);
      expect(await q.bodies()).toEqual([]);
    });
  });
}
