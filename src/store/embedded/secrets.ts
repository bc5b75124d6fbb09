import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '../store.ts';

/** Secrets as files `secret-<name>` of mode 0600. */
export const secretFiles = (directory: string): Secrets => ({
  async get(name, make) {
    const path = join(directory, `secret-${name}`);
    if (!existsSync(path)) {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, make());
      fsyncSync(file);
      closeSync(file);
    }
    return readFileSync(path);
  },
});
