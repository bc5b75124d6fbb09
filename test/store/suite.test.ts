import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { manySuite } from './manySuite.ts';
import { messagesSuite } from './messagesSuite.ts';
import { naiveStore } from './model.ts';
import { storeSuite } from './storeSuite.ts';
import { opener } from './stores.ts';

const folders: string[] = [];
const folder = (under = tmpdir()) => {
  folders.push(mkdtempSync(join(under, 'fastqueue-')));
  return folders.at(-1)!;
};
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

/** Flushing is not what is measured with many messages. */
const fast = () => folder(existsSync('/dev/shm') ? '/dev/shm' : undefined);

messagesSuite('the naive reference', async (clock) => naiveStore(clock));
storeSuite('memory', (clock) => opener({ dataDir: '', durable: false, clock })());
storeSuite('embedded', (clock) => opener({ dataDir: folder(), durable: true, clock })());
manySuite('embedded', (clock) => opener({ dataDir: fast(), durable: true, clock })());
