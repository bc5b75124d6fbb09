/**
 * The library that runs inside Redis: built by build.ts, loaded on every master. Its name is the hash of its source, so
 * servers of two versions have a library each. One that no server has used for a day is dropped.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { StartupError } from '../store.ts';

/** Beside this file in the build; from the sources, what the last build has left. */
const FILE = new URL(
  import.meta.url.includes('/dist/') ? './library.lua' : '../../../dist/src/store/redis/library.lua',
  import.meta.url,
);
const UNUSED_SECONDS = 86_400;

export interface Library {
  name: string;
  source: string;
}

/** The library of this version. */
export function readLibrary(): Library {
  const source = readFileSync(FILE, 'utf8');
  return { name: /^#!lua name=(\w+)/.exec(source)![1]!, source };
}

/** Loads it on each of `masters` that does not have it. */
export async function loadLibrary({ source }: Library, masters: Redis[]): Promise<void> {
  await Promise.all(
    masters.map((node) =>
      (node.function('LOAD', source) as Promise<unknown>).catch((error: Error) => {
        if (!error.message.includes('already exists')) throw error;
      }),
    ),
  );
}

/**
 * Says that this version is in use and drops those that have not been for a day. `uses` is a hash of Redis: library name
 * to the second when a server last said so.
 */
export async function markLibrary(
  { name }: Library,
  uses: {
    get(): Promise<Record<string, string>>;
    set(name: string, second: number): Promise<unknown>;
    drop(name: string): Promise<unknown>;
  },
  masters: Redis[],
  second: number,
): Promise<void> {
  await uses.set(name, second);
  for (const [other, last] of Object.entries(await uses.get())) {
    if (other === name || Number(last) + UNUSED_SECONDS > second) continue;
    await Promise.all(masters.map((node) => (node.function('DELETE', other) as Promise<unknown>).catch(() => {})));
    await uses.drop(other);
  }
}

/** What is said when a Redis cannot take the library. */
export const tooOld = (version: string): StartupError =>
  new StartupError(
    78,
    `Redis ${version} is too old: FastQueue needs Redis 7.0 or later, or Valkey (FASTQUEUE_REDIS_URL).`,
  );
