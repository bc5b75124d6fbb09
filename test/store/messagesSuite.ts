/** Every promise of src/store/store.ts about messages, as named cases. The naive reference passes them too. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/model/clock.ts';
import { draftOf, textOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Settlement } from '../../src/queue/settle.ts';
import type { Wish } from '../../src/queue/wish.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { attemptCases } from './attemptSuite.ts';
import { deduplicationCases } from './deduplicationSuite.ts';
import { fairCases } from './fairSuite.ts';
import { fifoCases } from './fifoSuite.ts';
import { fifoTimesCases } from './fifoTimesSuite.ts';
import { leaveCases } from './leaveSuite.ts';
import type { QueueStore } from './model.ts';
import { moveCases } from './movesSuite.ts';
import { newQueue, PLAIN } from './queues.ts';
import { DAY, DRAFT, done, type Open, openerOf, type Receipt, type Scene, SECOND } from './scene.ts';

const SIGNAL_MS = 20;
const RULES = { retentionMs: 4 * DAY, visibilityLimitMs: DAY / 2 };
const WISH: Wish = {
  max: 1,
  visibilityMs: 0,
  retentionMs: 4 * DAY,
  inFlightLimit: 10,
  generation: 1,
  requestId: '',
  ...PLAIN,
};
/** Every call on the messages of a queue. */
const calls = ({ messages }: QueueStore, queue: QueueRecord, receipt: Receipt) => [
  messages.send(queue, [draftOf({ ...DRAFT, body: 'refused' })], { maxLength: 0, requestId: '', perGroup: false }),
  messages.receive(queue, WISH),
  messages.settle(queue, [{ ...receipt, to: 'gone', visibilityMs: 0 }], RULES),
  messages.purge(queue, 0),
  messages.sweep(queue, 10, { retentionMs: 1 }),
  messages.counts(queue),
  messages.departures(queue, 1),
  messages.arrive(queue, 'elsewhere', 1, []),
  messages.conclude(queue, []),
  messages.leave(queue, { numbers: [], most: 1, to: '', id: 1, retentionMs: 1, delayMs: 0 }),
  messages.page(queue, { from: 0, most: 1, bodies: false }),
  messages.events(queue),
];

/** Runs the cases on the store that `factory` opens, empty, over the clock it is given. */
export function messagesSuite(name: string, factory: (clock: Clock) => Promise<QueueStore>): void {
  describe(`messages of ${name}`, () => {
    const clock = fakeClock();
    let store: QueueStore;
    const scene = openerOf(() => store);

    beforeAll(async () => {
      store = await factory(clock);
    });
    afterAll(() => store.close());

    sendingAndReceiving(clock, scene);
    visibility(clock, scene);
    settling(clock, scene);
    ends(clock, scene);
    sendsAgain(clock, scene);
    receivesAgain(clock, scene);
    refusals(scene);
    signals(clock, scene);
    fifoCases(clock, scene);
    fifoTimesCases(clock, scene);
    deduplicationCases(clock, scene);
    attemptCases(clock, scene);
    fairCases(clock, scene);
    moveCases(clock, scene);
    leaveCases(clock, scene);
  });
}

function sendingAndReceiving(clock: FakeClock, scene: Open): void {
  describe('send and receive', () => {
    it('hand out in the order of sending, up to max', async () => {
      const q = await scene();
      await q.send(['1', '2', '3']);
      await q.send(['4']);
      expect(await q.bodies({ max: 2 })).toEqual(['1', '2']);
      expect(await q.bodies()).toEqual(['3', '4']);
      expect(await q.bodies()).toEqual([]);
    });

    it('give a message back as it was sent, byte for byte, with the queue’s time', async () => {
      const q = await scene();
      const body = `\r\n"<é>"\u{1f600}${'x'.repeat(1_000_000)}`;
      const draft = draftOf({ ...DRAFT, body, group: 'tenant', traceHeader: 'Root=1' });
      const message = { ...draft.message, sentAt: clock.now() };
      const sent = done(
        await q.store.messages.send(q.queue, [draft], { maxLength: 0, requestId: '', perGroup: false }),
      );
      expect(sent).toEqual([{ outcome: 'sent', number: 2 ** 40, id: draft.message.id }]);
      const delivery = await q.one();
      expect(delivery.message).toEqual(message);
      expect(textOf(delivery.body)).toBe(body);
    });

    it('take effect in the order of the calls, waited for or not', async () => {
      const q = await scene();
      const [, first, , second, counts] = await Promise.all([
        q.send(['1']),
        q.bodies(),
        q.send(['2', '3']),
        q.bodies({ max: 1 }),
        q.counts(),
      ]);
      expect([first, second]).toEqual([['1'], ['2']]);
      expect(counts).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
    });

    it('never let time run backwards', async () => {
      const q = await scene();
      await q.send(['1']);
      await q.one({ visibilityMs: SECOND });
      const seen = clock.now();
      clock.advance(-2 * SECOND);
      await q.send(['2']);
      const { message, state } = await q.one();
      expect([message.sentAt, state.receivedAt]).toEqual([seen, seen]);
      clock.advance(2 * SECOND);
      expect(await q.bodies()).toEqual([]);
      clock.advance(SECOND);
      expect(await q.bodies()).toEqual(['1']);
    });

    it('keep a delayed message back until its time, to the millisecond', async () => {
      const q = await scene();
      await q.send(['later'], 2 * SECOND);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
      clock.advance(2 * SECOND - 1);
      expect(await q.bodies()).toEqual([]);
      clock.advance(1);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['later']);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    });

    it('order by the time from which a message can be received; at the same time a plain one is first', async () => {
      const q = await scene();
      await q.send(['out at 3'], 3 * SECOND);
      await q.send(['out at 1'], SECOND);
      await q.send(['sent at 0']);
      clock.advance(SECOND);
      await q.send(['sent at 1']);
      clock.advance(SECOND);
      await q.send(['sent at 2']);
      clock.advance(SECOND);
      expect(await q.bodies()).toEqual(['sent at 0', 'sent at 1', 'out at 1', 'sent at 2', 'out at 3']);
    });

    it('refuse each entry beyond max_length, in order, and take the others', async () => {
      const q = await scene();
      await q.send(['1']);
      const sent = await q.send(['2', '3', '4'], 0, 3);
      expect(sent.map(({ outcome, number }) => [outcome, number])).toEqual([
        ['sent', 2],
        ['sent', 3],
        ['full', 0],
      ]);
      await q.settle(await q.one(), 'gone');
      expect((await q.send(['5', '6'], SECOND, 3)).map(({ outcome }) => outcome)).toEqual(['sent', 'full']);
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 1 });
    });
  });
}

function visibility(clock: FakeClock, scene: Open): void {
  describe('visibility', () => {
    it('hides a message until its time, to the millisecond, and counts its receives', async () => {
      const q = await scene();
      await q.send(['1']);
      const first = await q.one({ visibilityMs: 2 * SECOND });
      expect(first.state).toMatchObject({ count: 1, firstReceivedAt: clock.now(), receivedAt: clock.now() });
      clock.advance(2 * SECOND - 1);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
      expect(await q.bodies()).toEqual([]);
      clock.advance(1);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      const second = await q.one();
      expect(second.state).toMatchObject({ count: 2, firstReceivedAt: first.state.firstReceivedAt });
      expect(second.generation).not.toBe(first.generation);
    });

    it('ended puts a message behind what was sent before that moment, before what was sent after', async () => {
      const q = await scene();
      await q.send(['returned']);
      await q.one({ visibilityMs: 2 * SECOND });
      clock.advance(SECOND);
      await q.send(['before']);
      clock.advance(2 * SECOND);
      await q.send(['after']);
      expect(await q.bodies()).toEqual(['before', 'returned', 'after']);
    });

    it('of 0 leaves a message receivable, by the next call only, and counts the receive', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      expect(await q.bodies({ visibilityMs: 0 })).toEqual(['1', '2']);
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
      expect((await q.one()).state.count).toBe(2);
    });

    it('tells, with nothing to give, when the next message comes by itself, and 0 when none will', async () => {
      const q = await scene();
      expect((await q.receive()).nextDue).toBe(0);
      await q.send(['1', '2']);
      expect((await q.receive({ visibilityMs: 5 * SECOND })).nextDue).toBe(0);
      expect((await q.receive()).nextDue).toBe(clock.now() + 5 * SECOND);
      await q.send(['3'], 3 * SECOND);
      expect((await q.receive()).nextDue).toBe(clock.now() + 3 * SECOND);
      clock.advance(3 * SECOND);
      expect(await q.bodies({ visibilityMs: DAY / 2 })).toEqual(['3']);
      expect((await q.receive()).nextDue).toBe(clock.now() + 2 * SECOND);
    });

    it('stops handing out at the in-flight limit, which delayed and returned messages do not count for', async () => {
      const q = await scene();
      await q.send(['delayed'], 60 * SECOND);
      await q.send(['1', '2', '3']);
      const limited = await q.receive({ inFlightLimit: 2, visibilityMs: SECOND });
      expect([limited.deliveries.length, limited.overLimit]).toEqual([2, true]);
      expect(await q.receive({ inFlightLimit: 2 })).toMatchObject({ deliveries: [], overLimit: true });
      clock.advance(SECOND);
      const returned = await q.receive({ max: 2, inFlightLimit: 2 });
      expect([returned.deliveries.length, returned.overLimit]).toEqual([2, false]);
    });

    it('at the in-flight limit with nothing to hand out is not over it', async () => {
      const q = await scene();
      await q.send(['1']);
      await q.one();
      expect(await q.receive({ inFlightLimit: 1 })).toMatchObject({ deliveries: [], overLimit: false });
    });
  });
}

function settling(clock: FakeClock, scene: Open): void {
  describe('settle', () => {
    it('gone: removes a message, once', async () => {
      const q = await scene();
      await q.send(['1']);
      const receipt = await q.one();
      expect(await q.settle(receipt, 'gone')).toBe('done');
      expect(await q.settle(receipt, 'gone')).toBe('gone');
      expect(await q.settle(receipt, 'hidden', SECOND)).toBe('gone');
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    });

    it('gone: removes by an older receipt, returned or in flight again', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      const [one, two] = [await q.one({ visibilityMs: SECOND }), await q.one({ visibilityMs: SECOND })];
      clock.advance(SECOND);
      expect(await q.settle(one, 'gone')).toBe('done');
      expect(textOf((await q.one()).body)).toBe('2');
      expect(await q.settle(two, 'gone')).toBe('done');
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    });

    it('hidden: counts from the call, also by an older receipt, also for a message that is back', async () => {
      const q = await scene();
      await q.send(['1']);
      const receipt = await q.one({ visibilityMs: SECOND });
      clock.advance(3 * SECOND);
      expect(await q.settle(receipt, 'hidden', 2 * SECOND)).toBe('done');
      clock.advance(2 * SECOND - 1);
      expect(await q.bodies()).toEqual([]);
      clock.advance(1);
      expect((await q.one()).state.count).toBe(2);
      expect(await q.settle(receipt, 'hidden', 0)).toBe('done');
      expect(await q.bodies()).toEqual(['1']);
    });

    it('hidden for 0: makes a message visible at once, behind what waits already', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      const receipt = await q.one();
      clock.advance(SECOND);
      await q.settle(receipt, 'hidden', 0);
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['2', '1']);
    });

    it('hidden: not beyond the limit, counted from the last receive', async () => {
      const q = await scene();
      await q.send(['1']);
      await q.one({ visibilityMs: 10 * SECOND });
      clock.advance(10 * SECOND);
      const receipt = await q.one();
      clock.advance(SECOND);
      expect(await q.settle(receipt, 'hidden', DAY / 2)).toBe('overlong');
      expect(await q.settle(receipt, 'hidden', DAY / 2 - SECOND + 1)).toBe('overlong');
      expect((await q.counts()).inFlight).toBe(1);
      expect(await q.settle(receipt, 'hidden', DAY / 2 - SECOND)).toBe('done');
    });

    it('back: puts a message where it was, as if it had not been received', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      clock.advance(SECOND);
      await q.send(['3']);
      const receipt = await q.one();
      clock.advance(SECOND);
      expect(await q.settle(receipt, 'back')).toBe('done');
      expect(await q.counts()).toEqual({ visible: 3, inFlight: 0, delayed: 0 });
      const again = await q.one();
      expect(textOf(again.body)).toBe('1');
      expect(again.state).toMatchObject({ count: 1, firstReceivedAt: clock.now() });
    });

    it('back: keeps the place and the first receive of a message that had been received before', async () => {
      const q = await scene();
      await q.send(['1']);
      const first = await q.one({ visibilityMs: SECOND });
      clock.advance(SECOND);
      await q.send(['2']);
      clock.advance(SECOND);
      const second = await q.one();
      await q.settle(second, 'hidden', 60 * SECOND);
      expect(await q.settle(second, 'back')).toBe('done');
      const third = await q.one();
      expect(textOf(third.body)).toBe('1');
      expect(third.state).toMatchObject({ count: 2, firstReceivedAt: first.state.firstReceivedAt });
    });

    it('back: of a message that was delayed puts it where it came out', async () => {
      const q = await scene();
      await q.send(['delayed'], SECOND);
      clock.advance(2 * SECOND);
      await q.send(['plain']);
      const receipt = await q.one();
      clock.advance(SECOND);
      await q.settle(receipt, 'back');
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['delayed', 'plain']);
    });

    it('back: only the last receive, and only once', async () => {
      const q = await scene();
      await q.send(['1']);
      const first = await q.one({ visibilityMs: 0 });
      const second = await q.one({ visibilityMs: 0 });
      expect(await q.settle(first, 'back')).toBe('stale');
      expect(await q.settle(second, 'back')).toBe('done');
      expect(await q.settle(second, 'back')).toBe('stale');
      expect(await q.settle(first, 'back')).toBe('stale');
      expect((await q.one()).state.count).toBe(2);
    });

    it('of a receive that was undone or forgotten: the message can be removed, and nothing else', async () => {
      const q = await scene();
      const [plain] = await q.send(['plain', 'undone', 'last']);
      const [delayed] = await q.send(['delayed'], SECOND);
      const never = { epoch: 1, number: plain!.number, generation: 1 };
      const undone = { epoch: 1, number: plain!.number + 1, generation: 1 };
      for (const receipt of [never, { ...never, number: delayed!.number }]) {
        expect(await q.settle(receipt, 'hidden', 60 * SECOND)).toBe('gone');
        expect(await q.settle(receipt, 'back')).toBe('gone');
        expect(await q.settle(receipt, 'gone')).toBe('done');
        expect(await q.settle(receipt, 'gone')).toBe('gone');
      }
      await q.settle(await q.one(), 'back');
      expect(await q.settle(undone, 'hidden', 60 * SECOND)).toBe('gone');
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['undone', 'last']);
    });

    it('passes the holes that removals left in the log', async () => {
      const q = await scene();
      const sent = await q.send(['1', '2', '3', '4']);
      for (const { number } of [sent[1]!, sent[2]!]) await q.settle({ epoch: 1, number, generation: 1 }, 'gone');
      await q.send(['5']);
      expect(await q.counts()).toEqual({ visible: 3, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['1', '4', '5']);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 3, delayed: 0 });
    });

    it('answers each entry on its own, in order', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      const { epoch, deliveries } = await q.receive();
      const [one, two] = deliveries.map(({ number, state }) => ({ epoch, number, generation: state.generation }));
      const entries: Settlement[] = [
        { ...one!, to: 'gone', visibilityMs: 0 },
        { ...one!, to: 'hidden', visibilityMs: SECOND },
        { ...two!, generation: 1, to: 'back', visibilityMs: 0 },
        { ...two!, to: 'hidden', visibilityMs: DAY },
        { ...two!, to: 'back', visibilityMs: 0 },
      ];
      const settled = done(await q.store.messages.settle(q.queue, entries, RULES));
      expect(settled).toEqual(['done', 'gone', 'stale', 'overlong', 'done']);
    });
  });
}

function ends(clock: FakeClock, scene: Open): void {
  describe('retention', () => {
    it('ends a message to the millisecond, whatever the retention was when it was sent', async () => {
      const q = await scene();
      await q.send(['1']);
      clock.advance(60 * SECOND - 1);
      expect(await q.bodies({ retentionMs: 60 * SECOND, visibilityMs: 0 })).toEqual(['1']);
      clock.advance(1);
      expect(await q.bodies({ retentionMs: 60 * SECOND })).toEqual([]);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual([]);
    });

    it('ends a message in flight as well, and a delayed one', async () => {
      const q = await scene();
      await q.send(['in flight']);
      await q.send(['delayed'], 2 * SECOND);
      const receipt = await q.one();
      clock.advance(SECOND);
      expect(await q.settle(receipt, 'hidden', SECOND, SECOND)).toBe('gone');
      expect(await q.settle(receipt, 'back', 0, SECOND)).toBe('gone');
      expect(await q.settle(receipt, 'gone', 0, SECOND)).toBe('gone');
      clock.advance(30 * SECOND);
      expect(await q.bodies({ retentionMs: SECOND })).toEqual([]);
    });

    it('lets a receive look at 100 messages and then answer `more`', async () => {
      const q = await scene();
      for (let i = 0; i < 15; i += 1) await q.send(Array(10).fill('old'));
      clock.advance(SECOND);
      await q.send(['new']);
      expect(await q.receive({ retentionMs: SECOND })).toMatchObject({ deliveries: [], more: true });
      expect((await q.counts()).visible).toBe(51);
      const { deliveries, more } = await q.receive({ retentionMs: SECOND });
      expect([deliveries.map(({ body }) => textOf(body)), more]).toEqual([['new'], false]);
    });

    it('does not answer `more` to a receive that got all it asked for', async () => {
      const q = await scene();
      for (let i = 0; i < 9; i += 1) await q.send(Array(10).fill('old'));
      clock.advance(SECOND);
      await q.send(Array(10).fill('new'));
      const { deliveries, more } = await q.receive({ retentionMs: SECOND });
      expect([deliveries.length, more]).toEqual([10, false]);
    });

    it('is swept in slices, and never takes what has not expired', async () => {
      const q = await scene();
      await q.send(['1', '2', '3']);
      clock.advance(SECOND);
      await q.send(['4']);
      expect(await q.sweep(2, SECOND)).toMatchObject({ expired: 2, more: true });
      expect(await q.counts()).toMatchObject({ visible: 2 });
      expect(await q.sweep(2, SECOND)).toMatchObject({ expired: 1 });
      expect(await q.sweep(2, SECOND)).toMatchObject({ expired: 0 });
      expect(await q.bodies()).toEqual(['4']);
    });

    it('is swept past holes', async () => {
      const q = await scene();
      await q.send(['1', '2', '3', '4']);
      await q.settle({ epoch: 1, number: 2, generation: 1 }, 'gone');
      clock.advance(SECOND);
      expect(await q.sweep(100, SECOND)).toMatchObject({ expired: 3 });
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    });
  });

  describe('purge', () => {
    it('empties the queue at once', async () => {
      const q = await scene();
      await q.send(['waiting', 'in flight', 'returned']);
      await q.send(['delayed'], SECOND);
      await q.receive({ max: 1 });
      await q.receive({ max: 1, visibilityMs: 0 });
      await q.purge();
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      clock.advance(60 * SECOND);
      expect(await q.receive()).toMatchObject({ deliveries: [], nextDue: 0 });
    });

    it('is refused within the interval after the last one that was not', async () => {
      const q = await scene();
      expect(await q.purge(60 * SECOND)).toBe(true);
      await q.send(['stays']);
      clock.advance(59 * SECOND);
      expect(await q.purge(60 * SECOND)).toBe(false);
      expect(await q.counts()).toMatchObject({ visible: 1 });
      clock.advance(SECOND);
      expect(await q.purge(60 * SECOND)).toBe(true);
      expect(await q.purge()).toBe(true);
      expect(await q.counts()).toMatchObject({ visible: 0 });
    });

    it('makes every receipt refer to nothing, also where its number is used again', async () => {
      const q = await scene();
      await q.send(['old']);
      const old = await q.one();
      await q.purge();
      expect(await q.send(['new'])).toMatchObject([{ number: old.number }]);
      for (const to of ['gone', 'hidden', 'back'] as const) expect(await q.settle(old, to)).toBe('gone');
      const current = await q.one();
      expect(textOf(current.body)).toBe('new');
      expect(current.epoch).toBe(old.epoch + 1);
      expect(current.state.count).toBe(1);
    });

    it('and the send after it, not waited for, keep their order', async () => {
      const q = await scene();
      await Promise.all([q.send(['1']), q.purge(), q.send(['2']), q.purge(), q.send(['3'])]);
      expect(await q.bodies()).toEqual(['3']);
    });
  });
}

function sendsAgain(clock: FakeClock, scene: Open): void {
  describe('a send with a request id, made again within a minute,', () => {
    it('is answered the same numbers, ids and times, and changes nothing', async () => {
      const q = await scene();
      const first = await q.send(['1', '2'], 0, 0, 'r');
      clock.advance(60 * SECOND - 1);
      expect(await q.send(['1', '2'], 0, 0, 'r')).toEqual(first);
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
      expect(await q.bodies()).toEqual(['1', '2']);
    });

    it('is answered the same after other calls, also when its messages were delayed', async () => {
      const q = await scene();
      const first = await q.send(['1'], 2 * SECOND, 0, 'r');
      await q.send(['2'], SECOND, 0, 's');
      clock.advance(SECOND);
      expect(await q.send(['1'], 2 * SECOND, 0, 'r')).toEqual(first);
      expect(await q.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
      clock.advance(SECOND);
      expect(await q.bodies()).toEqual(['2', '1']);
    });

    it('is answered the same when its messages are in flight, gone or purged', async () => {
      const q = await scene();
      const first = await q.send(['1'], 0, 0, 'r');
      const again = async () => expect(await q.send(['1'], 0, 0, 'r')).toEqual(first);
      const receipt = await q.one();
      await again();
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
      await q.settle(receipt, 'gone');
      await again();
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      await q.purge();
      await again();
      expect(await q.bodies()).toEqual([]);
    });

    it('is answered the same when the queue is full by now, and when it was and is not any more', async () => {
      const q = await scene();
      const first = await q.send(['1', '2'], 0, 1, 'r');
      expect(first.map(({ outcome }) => outcome)).toEqual(['sent', 'full']);
      expect(await q.send(['1', '2'], 0, 1, 'r')).toEqual(first);
      await q.settle(await q.one(), 'gone');
      expect(await q.send(['1', '2'], 0, 1, 'r')).toEqual(first);
      const refused = await q.send(['3'], 0, 0, 's');
      expect(await q.send(['3'], 0, 1, 's')).toEqual(refused);
      expect(await q.bodies()).toEqual(['3']);
    });

    it('is a new call once the minute is over', async () => {
      const q = await scene();
      const [first] = await q.send(['1'], 0, 0, 'r');
      clock.advance(60 * SECOND);
      const [second] = await q.send(['2'], 0, 0, 'r');
      expect(second!.number).toBe(first!.number + 1);
      expect(await q.send(['3'], 0, 0, 'r')).toEqual([second]);
      expect(await q.bodies()).toEqual(['1', '2']);
    });

    it('is a new call in another queue, and without an id in any', async () => {
      const [q, other] = [await scene(), await scene()];
      await q.send(['1'], 0, 0, 'r');
      await other.send(['2'], 0, 0, 'r');
      await q.send(['3']);
      await q.send(['3']);
      expect(await q.bodies()).toEqual(['1', '3', '3']);
      expect(await other.bodies()).toEqual(['2']);
    });

    it('is refused like any other when its record is old or the queue is gone', async () => {
      const q = await scene();
      const [old, drafts] = [q.queue, [draftOf({ ...DRAFT, body: '1' })]];
      const rules = { maxLength: 0, requestId: 'r', perGroup: false };
      await q.store.messages.send(old, drafts, rules);
      q.queue = done(await q.store.catalogue.update(old, { modifiedAtMs: 1 }));
      expect(await q.store.messages.send(old, drafts, rules)).toEqual({ refused: 'stale' });
      await q.store.catalogue.remove(q.queue);
      expect(await q.store.messages.send(q.queue, drafts, rules)).toEqual({ refused: 'gone' });
    });
  });
}

function receivesAgain(clock: FakeClock, scene: Open): void {
  const r = { requestId: 'r' };

  describe('a receive with a request id, made again within a minute,', () => {
    it('is given the same deliveries, and changes nothing', async () => {
      const q = await scene();
      await q.send(['1', '2', '3']);
      await q.send(['delayed'], SECOND);
      const first = await q.receive({ max: 2, visibilityMs: 90 * SECOND, ...r });
      clock.advance(60 * SECOND - 1);
      const again = await q.receive({ max: 10, visibilityMs: 300 * SECOND, ...r });
      expect(again.deliveries).toEqual(first.deliveries);
      expect(again).toMatchObject({ epoch: first.epoch, more: false, overLimit: false });
      expect(await q.counts()).toEqual({ visible: 2, inFlight: 2, delayed: 0 });
    });

    it('is given what is still in flight by it: not what is gone, was given back, or has come back', async () => {
      const q = await scene();
      await q.send(['gone', 'given back', 'hidden for 0', 'kept', 'hidden on']);
      const { epoch, deliveries } = await q.receive(r);
      const receipts = deliveries.map(({ number, state }) => ({ epoch, number, generation: state.generation }));
      await q.settle(receipts[0]!, 'gone');
      await q.settle(receipts[1]!, 'back');
      await q.settle(receipts[2]!, 'hidden', 0);
      await q.settle(receipts[4]!, 'hidden', 50 * SECOND);
      expect(await q.bodies(r)).toEqual(['kept', 'hidden on']);
      clock.advance(30 * SECOND);
      expect(await q.bodies(r)).toEqual(['hidden on']);
    });

    it('is not given what another receive has taken since', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      const first = await q.receive({ visibilityMs: SECOND, ...r });
      clock.advance(SECOND);
      const second = await q.one();
      expect(second.number).toBe(first.deliveries[0]!.number);
      expect(await q.bodies(r)).toEqual(['2']);
    });

    it('is a new call when nothing of it is in flight any more', async () => {
      const q = await scene();
      await q.send(['1', '2']);
      const first = await q.one({ visibilityMs: 5 * SECOND, ...r });
      await q.settle(first, 'gone');
      const second = await q.one({ visibilityMs: SECOND, ...r });
      expect(textOf(second.body)).toBe('2');
      expect(await q.one({ ...r })).toMatchObject({ number: second.number, generation: second.generation });
      clock.advance(SECOND);
      const third = await q.one(r);
      expect([third.number, third.state.count]).toEqual([second.number, 2]);
      expect(third.generation).not.toBe(second.generation);
    });

    it('is a new call after a purge, and when what it took has expired', async () => {
      const q = await scene();
      await q.send(['1']);
      await q.one({ visibilityMs: 50 * SECOND, ...r });
      await q.purge();
      await q.send(['2']);
      expect(await q.bodies({ visibilityMs: 50 * SECOND, ...r })).toEqual(['2']);
      clock.advance(SECOND);
      await q.send(['3']);
      expect(await q.bodies({ retentionMs: SECOND, ...r })).toEqual(['3']);
    });

    it('is a new call when it hid nothing, and when it found nothing', async () => {
      const q = await scene();
      expect(await q.bodies(r)).toEqual([]);
      await q.send(['1']);
      expect((await q.one({ visibilityMs: 0, ...r })).state.count).toBe(1);
      expect((await q.one({ visibilityMs: 0, ...r })).state.count).toBe(2);
    });

    it('is a new call once the minute is over, in another queue, and without an id', async () => {
      const [q, other] = [await scene(), await scene()];
      await q.send(['1', '2', '3', '4']);
      await other.send(['5']);
      const long = { max: 1, visibilityMs: 120 * SECOND };
      expect(await q.bodies({ ...long, ...r })).toEqual(['1']);
      expect(await other.bodies({ ...long, ...r })).toEqual(['5']);
      clock.advance(60 * SECOND);
      expect(await q.bodies({ ...long, ...r })).toEqual(['2']);
      expect(await q.bodies(long)).toEqual(['3']);
      expect(await q.bodies(long)).toEqual(['4']);
    });

    it('is told from other calls on the same queue, in whatever order they come again', async () => {
      const q = await scene();
      await q.send(['1'], 0, 0, 'a');
      await q.send(['2'], 0, 0, 'b');
      expect(await q.bodies({ max: 1, requestId: 'c' })).toEqual(['1']);
      expect(await q.bodies({ max: 1, requestId: 'd' })).toEqual(['2']);
      expect(await q.bodies({ max: 1, requestId: 'c' })).toEqual(['1']);
      expect((await q.send(['1'], 0, 0, 'a')).map(({ number }) => number)).toEqual([1]);
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 2, delayed: 0 });
    });
  });
}

function refusals(scene: Open): void {
  describe('refuses before anything is changed', () => {
    it('as stale, a call with an older record of the queue', async () => {
      const q = await scene();
      await q.send(['1']);
      const receipt = await q.one();
      const old = q.queue;
      q.queue = done(await q.store.catalogue.update(old, { modifiedAtMs: 1 }));
      const { signals } = q;
      for (const call of calls(q.store, old, receipt)) expect(await call).toEqual({ refused: 'stale' });
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
      expect(q.signals).toBe(signals);
      expect(await q.settle(receipt, 'gone')).toBe('done');
    });

    it('as gone, a call on a queue that was removed', async () => {
      const q = await scene();
      await q.send(['1']);
      const receipt = await q.one();
      await q.store.catalogue.remove(q.queue);
      for (const call of calls(q.store, q.queue, receipt)) expect(await call).toEqual({ refused: 'gone' });
    });

    it('as gone, a call on a queue that never was', async () => {
      const { store } = await scene();
      const receipt = { epoch: 1, number: 1, generation: 1 };
      for (const call of calls(store, newQueue(), receipt)) expect(await call).toEqual({ refused: 'gone' });
    });
  });
}

function signals(clock: FakeClock, scene: Open): void {
  describe('calls the listener', () => {
    /** How often it was called meanwhile. */
    const during = async (q: Scene, act: () => Promise<unknown>) => {
      await q.store.messages.watch(q.queue);
      const before = q.signals;
      await act();
      // Signals may come over another connection than the answer.
      await pause(SIGNAL_MS);
      return q.signals - before;
    };

    it('once for a send, delayed or not; not for one that the queue had no room for', async () => {
      const q = await scene();
      expect(await during(q, () => q.send(['1', '2']))).toBe(1);
      expect(await during(q, () => q.send(['3'], SECOND))).toBe(1);
      expect(await during(q, () => q.send(['4'], 0, 3))).toBe(0);
    });

    it('for hidden and back, which change when a message comes; not for gone and for what was refused', async () => {
      const q = await scene();
      await q.send(['1']);
      const receipt = await q.one();
      expect(await during(q, () => q.settle(receipt, 'hidden', SECOND))).toBe(1);
      expect(await during(q, () => q.settle(receipt, 'hidden', 0))).toBe(1);
      expect(await during(q, () => q.settle(receipt, 'hidden', DAY))).toBe(0);
      expect(await during(q, () => q.settle({ ...receipt, generation: 1 }, 'back'))).toBe(0);
      expect(await during(q, () => q.settle(receipt, 'back'))).toBe(1);
      expect(await during(q, () => q.settle(receipt, 'gone'))).toBe(0);
      expect(await during(q, () => q.settle(receipt, 'gone'))).toBe(0);
    });

    it('not for a receive, a look or the passing of time', async () => {
      const q = await scene();
      await q.send(['1']);
      const quiet = async () => {
        await q.receive({ visibilityMs: SECOND });
        await q.counts();
        clock.advance(2 * SECOND);
        await q.sweep();
      };
      expect(await during(q, quiet)).toBe(0);
    });

    it('when the queue is gone', async () => {
      const q = await scene();
      expect(await during(q, () => q.store.catalogue.remove(q.queue))).toBe(1);
    });
  });
}
