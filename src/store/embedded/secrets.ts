import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Secrets, StartupError } from '../store.ts';

/** A shorter secret is a damaged one: whoever knows that it is empty could sign with it. */
const LEAST_BYTES = 32;

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
    const secret = readFileSync(path);
    if (secret.length >= LEAST_BYTES) return secret;
    throw new StartupError(66, `${path} is not whole: put it back from a backup, or remove it for a new secret.`);
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
