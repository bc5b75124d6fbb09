/** Fair queues: tenants of a standard queue (sqs-wire.md §8), as named cases. */
import { describe, expect, it } from 'vitest';
import type { FakeClock } from '../helpers/fakeClock.ts';
import { type Open, SECOND, textsOf } from './scene.ts';

export function fairCases(clock: FakeClock, open: Open): void {
  const many = (body: string, count: number) => Array<string>(count).fill(body);

  describe('fair queues', () => {
    it('hand out what a quiet tenant sent last among the first two', async () => {
      const q = await open();
      await q.post({ noisy: many('noisy', 100), quiet: ['quiet'] });
      expect(await q.bodies({ max: 2 })).toContain('quiet');
    });

    it('hand out in order of sending while nobody has anything touched', async () => {
      const q = await open();
      await q.post({ a: ['1'], b: ['2'] });
      clock.advance(SECOND);
      await q.send(['3']);
      clock.advance(SECOND);
      await q.post({ c: ['4'] });
      for (const body of ['1', '2', '3', '4']) {
        expect(await q.bodies({ max: 1 })).toEqual([body]);
        clock.advance(SECOND);
      }
    });

    it('serve tenants in turn within a call, each message raising the rank of its tenant', async () => {
      const q = await open();
      await q.post({ a: ['a1', 'a2', 'a3'], b: ['b1', 'b2'], c: ['c1'] });
      expect(await q.bodies()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    });

    it('prefer the tenant with the fewest touched messages', async () => {
      const q = await open();
      await q.post({ a: ['a1', 'a2', 'a3'], b: ['b1'] });
      await q.receive();
      await q.post({ a: ['a4'], b: ['b2', 'b3'], c: ['c1'] });
      expect(await q.bodies()).toEqual(['c1', 'b2', 'b3', 'a4']);
    });

    it('give a tenant its rank back with every message that is removed', async () => {
      const q = await open();
      await q.post({ a: ['a1', 'a2'], b: ['b1'] });
      const received = await q.some();
      await q.post({ b: ['b2'], a: ['a3'] });
      for (const one of received) if (one.message.group === 'a') await q.settle(one, 'gone');
      expect(await q.bodies()).toEqual(['a3', 'b2']);
    });

    it('hand out what has no group, was returned or delayed, before every tenant that has something touched', async () => {
      const q = await open();
      await q.post({ a: ['a1', 'a2'] });
      const [a1] = await q.some({ max: 1 });
      await q.post({ b: ['late'] }, { delayMs: SECOND });
      clock.advance(SECOND);
      clock.advance(SECOND);
      await q.send(['plain']);
      clock.advance(SECOND);
      await q.settle(a1!, 'hidden', 0);
      expect(await q.bodies()).toEqual(['late', 'plain', 'a1', 'a2']);
    });

    it('count a delayed message, and one whose receive was undone, to the rank of its tenant', async () => {
      const q = await open();
      await q.post({ a: ['delayed'] }, { delayMs: 60 * SECOND });
      await q.post({ a: ['a1'], b: ['b1', 'b2'] });
      const [b1] = await q.some({ max: 1 });
      expect(b1!.message.group).toBe('b');
      expect(await q.settle(b1!, 'back')).toBe('done');
      expect(await q.bodies()).toEqual(['b1', 'a1', 'b2']);
    });

    it('lock nothing: messages of one tenant are in flight together, and old receipts stay good', async () => {
      const q = await open();
      await q.post({ a: ['1', '2'] });
      const first = await q.one({ visibilityMs: SECOND });
      expect(await q.bodies()).toEqual(['2']);
      clock.advance(SECOND);
      await q.one();
      expect(await q.settle(first, 'gone')).toBe('done');
      expect(await q.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    });

    it('start anew after a purge', async () => {
      const q = await open();
      await q.post({ a: many('old', 20) });
      await q.receive();
      await q.purge();
      await q.post({ a: ['a'], b: ['b'] });
      expect(await q.bodies()).toEqual(['a', 'b']);
    });

    it('drop a tenant’s messages that have expired, wherever they wait', async () => {
      const q = await open();
      await q.post({ a: many('old', 5), b: ['old'] });
      await q.some({ max: 1 });
      clock.advance(SECOND);
      await q.post({ a: ['a'], b: ['b'] });
      expect(await q.sweep(100, SECOND)).toMatchObject({ expired: expect.any(Number), more: false });
      expect(textsOf(await q.some({ retentionMs: SECOND }))).toEqual(['b', 'a']);
      expect(await q.counts()).toMatchObject({ visible: 0 });
    });
  });
}
