import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { fakeClock } from '../helpers/fakeClock.ts';
import { compare, steps, type Tested } from './differential.ts';
import { opener } from './stores.ts';

/** Flushing is the fault tests' business: here it would only take time. */
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

describe.each([
  { name: 'memory', durable: false, numRuns: 500 },
  { name: 'embedded', durable: true, numRuns: 500 },
])('any sequence of calls: the naive reference and $name', ({ durable, numRuns }) => {
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

  it(`answer the same, ${numRuns} times`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, (list) => compare(tested, list)),
      { numRuns },
    );
  });
});
