/**
 * Everything `make test` runs, stage after stage, each with its time; the last line is `N passed, N failed`.
 * A stage that fails does not keep the others from running. A stage without tests of its own counts as one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'fastqueue-test-'));
const vitest = (projects, file) => [
  'npx',
  [
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    ...projects.flatMap((name) => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ],
];

/** One file after the other: faults are timed, and load would be another fault. */
const alone = ([command, args]) => [command, [...args, '--maxWorkers=1']];

const stages = [
  { name: 'check: types, lint, format, unused exports', run: () => ['npm', ['run', '--silent', 'check']] },
  { name: 'build', run: () => ['npm', ['run', '--silent', 'build']] },
  {
    name: 'tests: eight real clients',
    tests: true,
    run: (file) => ['node', ['test/clients/run.mjs', '--report', file]],
  },
  {
    name: 'tests: unit, store, lua, behaviour',
    tests: true,
    run: (file) => vitest(['unit', 'store', 'lua', 'behaviour'], file),
  },
  { name: 'tests: on Redis, single and cluster', tests: true, run: (file) => vitest(['redis'], file) },
  { name: 'tests: faults', tests: true, run: (file) => alone(vitest(['fault'], file)) },
];

let passed = 0;
let failed = 0;
let skipped = 0;
const times = [];

/** What a test run says of itself; a run that left no report failed as a whole. */
function reported(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests || (success ? 0 : 1), skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

for (const [i, stage] of stages.entries()) {
  console.log(`\n== ${stage.name}`);
  const file = join(folder, `${i}.json`);
  const [command, args] = stage.run(file);
  const begin = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  times.push(`${((performance.now() - begin) / 1000).toFixed(1).padStart(7)} s  ${stage.name}`);
  const counts = stage.tests ? reported(file) : { passed: status === 0 ? 1 : 0, failed: 0, skipped: 0 };
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  passed += counts.passed;
  failed += counts.failed;
  skipped += counts.skipped;
}

rmSync(folder, { recursive: true, force: true });
console.log(`\n${times.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
