/**
 * FASTQUEUE_WAIT_REPLICAS: an answer waits until enough replicas have the write in memory. WAIT speaks for what its own
 * connection has written, so it goes over that connection; all calls of a turn share one. A connection that was lost in
 * between may lead to another master, which knows nothing of the write: then the outcome is unknown, as it is when too
 * few replicas answer in time (reliability.md R2, R3).
 */
import type { Redis } from 'ioredis';
import { StorageUnavailable } from '../store.ts';
import { type Link, lossesOf } from './link.ts';

const WAIT_MS = 3000;

/** Runs a durable call over `key` and waits for the replicas. @throws StorageUnavailable */
export type Replicated = <T>(key: string, call: () => Promise<T>) => Promise<T>;

export function replicatedTo(link: Link, count: number): Replicated {
  const next = new Map<Redis, Promise<number>>();

  function waitOn(node: Redis): Promise<number> {
    let wait = next.get(node);
    if (wait === undefined) {
      wait = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        next.delete(node);
        return node.wait(count, WAIT_MS);
      });
      next.set(node, wait);
    }
    return wait;
  }

  if (count === 0) return (_key, call) => call();
  return async (key, call) => {
    const before = link.nodeOf(key);
    const losses = before === undefined ? 0 : lossesOf(before);
    const outcome = await call();
    const node = link.nodeOf(key);
    const same = node !== undefined && node === before && lossesOf(node) === losses;
    const reached = same ? await waitOn(node).catch(() => 0) : 0;
    if (reached >= count && node !== undefined && lossesOf(node) === losses) return outcome;
    throw new StorageUnavailable(
      'down',
      `The write is on ${reached} replicas, not on ${count}: its outcome is unknown.`,
    );
  };
}
