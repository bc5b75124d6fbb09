/** Redis, single and cluster: the store suite and the differential, as every store runs them. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { fakeClock } from '../helpers/fakeClock.ts';
import { compare, KINDS, kept, stepsOf, type Tested } from './differential.ts';
import { manySuite } from './manySuite.ts';
import { storeSuite } from './storeSuite.ts';
import { redisOpener } from './stores.ts';

/** Of each kind. */
const NUM_RUNS = process.env.LONG ? 1000 : 75;

const servers = [
  { name: 'redis', url: inject('redis') },
  { name: 'redis-cluster', url: inject('redisCluster') },
].filter(({ url }) => url !== undefined) as { name: string; url: string }[];

describe.each(servers)('$name', ({ name, url }) => {
  storeSuite(name, (clock) => redisOpener(url, clock)());
  manySuite(name, (clock) => redisOpener(url, clock)());

  describe('any sequence of calls', () => {
    const clock = fakeClock();
    const openStore = redisOpener(url, clock);
    let tested: Tested;

    async function restart() {
      await tested.store.close();
      tested.store = await openStore();
      return tested.store;
    }
    beforeAll(async () => {
      tested = { clock, store: await openStore(), restart };
    });
    afterAll(() => tested.store.close());

    it.each(KINDS)(`is answered as by the naive reference, ${NUM_RUNS} times: $name`, async (kind) => {
      await fc.assert(
        fc.asyncProperty(stepsOf(kind), (list) => compare(tested, list, kind)),
        { numRuns: NUM_RUNS, examples: kept(kind).map((list) => [list]) },
      );
    });
  });
});
