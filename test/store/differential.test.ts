import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { fakeClock } from '../helpers/fakeClock.ts';
import { compare, KINDS, kept, stepsOf, type Tested } from './differential.ts';
import { opener } from './stores.ts';

/** Of each kind; LONG=10 makes it ten times as many. */
const NUM_RUNS = 125 * Number(process.env.LONG ?? 1);

/** Flushing is the fault tests' business: here it would only take time. */
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

describe.each([
  { name: 'memory', durable: false },
  { name: 'embedded', durable: true },
])('any sequence of calls: the naive reference and $name', ({ durable }) => {
  const dataDir = mkdtempSync(join(folder, 'fastqueue-'));
  const clock = fakeClock();
  const openStore = opener({ dataDir, durable, clock });
  let tested: Tested;

  async function restart() {
    await tested.store.close();
    tested.store = await openStore();
    return tested.store;
  }
  beforeAll(async () => {
    tested = { clock, store: await openStore(), ...(durable ? { restart, forgetful: true } : {}) };
  });
  afterAll(async () => {
    await tested.store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each(KINDS)(`answer the same, ${NUM_RUNS} times: $name`, async (kind) => {
    await fc.assert(
      fc.asyncProperty(stepsOf(kind), (list) => compare(tested, list, kind)),
      { numRuns: NUM_RUNS, examples: kept(kind).map((list) => [list]) },
    );
  });
});
