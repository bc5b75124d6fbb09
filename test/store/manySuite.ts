/** What holds with many messages: fairness, and that a call costs what it costs on a short queue. Not for the naive reference. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/model/clock.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import type { QueueStore } from './model.ts';
import { DAY, FIFO, openerOf, type Receipt, type Scene } from './scene.ts';

const TIMEOUT_MS = 120_000;
const AT_A_TIME = 500;

/** Runs the cases on the store that `factory` opens, empty, over the clock it is given. */
export function manySuite(name: string, factory: (clock: Clock) => Promise<QueueStore>): void {
  describe(`many messages on ${name}`, () => {
    const clock = fakeClock();
    let store: QueueStore;
    const open = openerOf(() => store);

    beforeAll(async () => {
      store = await factory(clock);
    });
    afterAll(() => store.close());

    it('with 10,000 of one tenant waiting, what another sends last is among the first two', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const q = await open();
      await fill(q, 10_000, () => 'noisy');
      await q.post({ quiet: ['quiet'] });
      expect(await q.bodies({ max: 2 })).toContain('quiet');
    });

    it('with 100,000 of one tenant waiting, quiet ones are served at once', { timeout: TIMEOUT_MS }, async () => {
      const q = await open();
      await fill(q, 100_000, () => 'noisy');
      await q.receive();
      for (let i = 0; i < 50; i += 1) {
        await q.post({ [`quiet ${i}`]: [`${i}.1`, `${i}.2`, `${i}.3`] });
        const bodies = await q.bodies();
        expect(bodies.filter((body) => body.startsWith(`${i}.`))).toEqual([`${i}.1`, `${i}.2`, `${i}.3`]);
        expect(bodies).toHaveLength(10);
      }
      expect(await q.counts()).toEqual({ visible: 100_150 - 510, inFlight: 510, delayed: 0 });
    });

    it.each([1, 1000])(
      '20,000 in %i groups of a FIFO queue cost no more each than 10 do',
      { timeout: TIMEOUT_MS },
      async (groups) => {
        const short = await open(FIFO);
        const few = await costs(short, 300, async () => fill(short, 10, (i) => `group ${i % groups}`));
        const long = await open(FIFO);
        await fill(long, 20_000, (i) => `group ${i % groups}`);
        const many = await costs(long, 2000);
        expect(await long.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
        expect(middle(many)).toBeLessThan(3 * middle(few) + 0.3);
        expect(middle(many.slice(-500))).toBeLessThan(3 * middle(many.slice(0, 500)) + 0.3);
      },
    );
  });
}

async function fill(q: Scene, count: number, groupOf: (i: number) => string): Promise<void> {
  for (let from = 0; from < count; from += AT_A_TIME) {
    const groups: Record<string, string[]> = {};
    for (let i = from; i < Math.min(count, from + AT_A_TIME); i += 1) {
      const group = groupOf(i);
      groups[group] = [...(groups[group] ?? []), `${i}`];
    }
    await q.post(groups);
  }
}

/** Receives and removes ten, `calls` times; how long each time took, milliseconds. Does not wait for the removals. */
async function costs(q: Scene, calls: number, before = async () => {}): Promise<number[]> {
  const taken: number[] = [];
  let removing: Promise<unknown>[] = [];
  for (let call = 0; call < calls; call += 1) {
    await before();
    const began = performance.now();
    const received = await q.some();
    removing.push(removeAll(q, received));
    taken.push(performance.now() - began);
    expect(received).toHaveLength(10);
    if (call % 10 === 0) {
      await Promise.all(removing);
      removing = [];
    }
  }
  await Promise.all(removing);
  return taken;
}

async function removeAll(q: Scene, receipts: Receipt[]): Promise<void> {
  const entries = receipts.map(({ epoch, number, generation }) => ({
    epoch,
    number,
    generation,
    to: 'gone' as const,
    visibilityMs: 0,
  }));
  const { value } = await q.store.messages.settle(q.queue, entries, { retentionMs: 4 * DAY, visibilityLimitMs: DAY });
  expect(value).toEqual(entries.map(() => 'done'));
}

function middle(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
