/**
 * FASTQUEUE_WAIT_REPLICAS: an answer waits until enough replicas have the write in memory. WAIT blocks its connection and
 * speaks for what that has written, so each master has a second connection for it: a PUBLISH there, which replicas get
 * like any write, comes after everything that was answered before it. All calls of a turn share one WAIT.
 *
 * After a failover the same name may lead to another master, which knows nothing of the write. So both connections must
 * have stood, to the same address, since before the call; else its outcome is unknown, as it is when too few replicas
 * answer in time (reliability.md R2, R3).
 */
import { Redis } from 'ioredis';
import { StorageUnavailable } from '../store.ts';
import { type Link, lossesOf } from './link.ts';

/** A call and its wait together take no longer than clients are promised. */
const ALL_MS = 4500;
const WAIT_MS = 2000;
const AGAIN_MS = 100;

/** Runs a durable call over `key` and waits for the replicas. @throws StorageUnavailable */
export type Replicated = <T>(key: string, call: () => Promise<T>) => Promise<T>;

interface Waiter {
  /** Where the master is that it waits for. */
  address: string;
  connection: Redis;
  losses: number;
  /** The WAIT that has not been sent yet. */
  next: Promise<number> | undefined;
}

/** The socket that a connection has, not what it was told: behind a Sentinel's name another master may stand tomorrow. */
function whereIs({ stream, options }: Redis): { path: string } | { host: string; port: number } {
  if (options.path) return { path: options.path };
  return { host: stream?.remoteAddress ?? '', port: stream?.remotePort ?? 0 };
}

const addressOf = (node: Redis): string => Object.values(whereIs(node)).join(':');

const optional = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)) as Partial<T>;

/** `channel` is what the second connection publishes on; nobody listens. */
export function replicatedTo(link: Link, count: number, channel: string): Replicated & { close(): void } {
  const waiters = new Map<Redis, Waiter>();

  function waiterOf(node: Redis): Waiter {
    const address = addressOf(node);
    const known = waiters.get(node);
    if (known?.address === address) return known;
    known?.connection.disconnect();
    const { username, password, tls } = node.options;
    const waiter: Waiter = {
      address,
      connection: new Redis({
        ...whereIs(node),
        ...optional({ username, password, tls }),
        retryStrategy: () => AGAIN_MS,
      }),
      losses: 0,
      next: undefined,
    };
    waiter.connection.on('error', () => {});
    waiter.connection.on('close', () => {
      waiter.losses += 1;
    });
    waiters.set(node, waiter);
    return waiter;
  }

  function wait(waiter: Waiter): Promise<number> {
    waiter.next ??= new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      waiter.next = undefined;
      const { connection } = waiter;
      let lost = () => {};
      const loss = new Promise<number>((resolve) => {
        lost = () => resolve(0);
      });
      connection.once('close', lost);
      const asked = Promise.all([connection.publish(channel, ''), connection.wait(count, WAIT_MS)]);
      const answer = await Promise.race([asked.then(([, reached]) => reached), loss]);
      connection.off('close', lost);
      return answer;
    });
    return waiter.next;
  }

  /** How many replicas have what was written on `node` until now; 0 when nobody can tell in time. */
  async function reached(node: Redis, waiter: Waiter, withinMs: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(() => resolve(0), withinMs);
    });
    const answer = await Promise.race([wait(waiter).catch(() => 0), late]);
    clearTimeout(timer);
    return addressOf(node) === waiter.address ? answer : 0;
  }

  const replicated: Replicated = async (key, call) => {
    if (count === 0) return call();
    const begin = performance.now();
    const node = link.nodeOf(key);
    const waiter = node && waiterOf(node);
    const losses = () => (node && waiter ? lossesOf(node) + waiter.losses : -1);
    const before = losses();
    const outcome = await call();
    const left = ALL_MS - (performance.now() - begin);
    const isSame = node !== undefined && waiter !== undefined && link.nodeOf(key) === node;
    const there = isSame ? await reached(node, waiter, left) : 0;
    if (there >= count && losses() === before) return outcome;
    throw new StorageUnavailable('down', `The write is on ${there} replicas, not on ${count}: its outcome is unknown.`);
  };
  return Object.assign(replicated, {
    close() {
      for (const { connection } of waiters.values()) connection.disconnect();
    },
  });
}
