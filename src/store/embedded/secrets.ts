import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '../store.ts';

/** Secrets as files `secret-<name>` of mode 0600. A file that is there is whole: it gets its name when it is on disk. */
export const secretFiles = (directory: string): Secrets => ({
  async get(name, make) {
    const path = join(directory, `secret-${name}`);
    if (!existsSync(path)) {
      const unfinished = `${path}.new`;
      rmSync(unfinished, { force: true });
      write(unfinished, make());
      renameSync(unfinished, path);
      flushDirectory(directory);
    }
    return readFileSync(path);
  },
});

function write(path: string, bytes: Buffer): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function flushDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
