/** Starts Redis for the servers that keep their messages there, and reads what it tells of itself. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { newFolder, onCore, REDIS_CORE, start, stop } from './processes.mjs';

const RETRY_MS = 10;

/** `7.0.15`, or undefined where there is none. */
export const redisVersion = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout?.match(
  /v=(\S+)/,
)?.[1];

/**
 * Starts a Redis on the core beside the servers' and waits until it answers. It never rewrites its AOF: a fork in one
 * measurement and not in the next would be the difference between them.
 * @param {'everysec' | 'always'} appendfsync
 */
export async function startRedis(appendfsync) {
  const folder = newFolder();
  const socket = join(folder, 'redis.sock');
  const settings = {
    port: ['0'],
    unixsocket: [socket],
    dir: [folder],
    save: [''],
    appendonly: ['yes'],
    appendfsync: [appendfsync],
    'auto-aof-rewrite-percentage': ['0'],
    'latency-tracking-info-percentiles': ['50', '99', '100'],
  };
  const args = Object.entries(settings).flatMap(([name, values]) => [`--${name}`, ...values]);
  const child = start(onCore(REDIS_CORE, ['redis-server', ...args]), { stdio: 'ignore' });
  const client = new Redis(socket, { retryStrategy: () => RETRY_MS, maxRetriesPerRequest: null });
  client.on('error', () => {});
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`Redis ended with ${code}.`)));
  await Promise.race([client.ping(), ended]);
  ended.catch(() => {});
  return { kind: 'Redis', child, pid: child.pid, folder, socket, url: `unix://${socket}`, client };
}

export async function stopRedis(redis) {
  redis.client.disconnect();
  await stop(redis);
}

/** Figures of INFO as numbers: `used_memory` of the section `memory`. */
export async function infoOf({ client }, section, name) {
  return Number((await client.info(section)).match(new RegExp(`^${name}:(\\d+)`, 'm'))[1]);
}

/** How many keys there are that do not expire by themselves. */
export async function lastingKeys({ client }) {
  const [, keys, expires] = (await client.info('keyspace')).match(/^db0:keys=(\d+),expires=(\d+)/m);
  return keys - expires;
}

/** What Redis measured of each command since CONFIG RESETSTAT, its own part of the time only: calls, and their µs. */
export async function commandsOf({ client }) {
  const text = await client.info('commandstats', 'latencystats');
  const means = text.matchAll(/^cmdstat_(\S+?):calls=(\d+),usec=\d+,usec_per_call=([\d.]+)/gm);
  const commands = new Map(
    [...means].map(([, name, calls, mean]) => [name, { calls: Number(calls), mean: Number(mean) }]),
  );
  const percentiles = text.matchAll(/^latency_percentiles_usec_(\S+?):p50=([\d.]+),p99=([\d.]+),p100=([\d.]+)/gm);
  for (const [, name, ...all] of percentiles) {
    const [median, p99, longest] = all.map(Number);
    Object.assign(commands.get(name), { median, p99, longest });
  }
  return commands;
}

/** Bytes of the largest key, of those that `redis-cli --bigkeys` names: the largest of each type. */
export async function largestKey({ client, socket }) {
  const { stdout } = spawnSync('redis-cli', ['-s', socket, '--bigkeys'], { encoding: 'utf8' });
  const keys = [...stdout.matchAll(/^Biggest +\w+ found '"(.+)"' has /gm)].map(([, key]) => key);
  if (keys.length === 0) throw new Error(`redis-cli --bigkeys named no key: ${stdout.slice(-300)}`);
  const sizes = await Promise.all(keys.map((key) => client.memory('USAGE', key, 'SAMPLES', 0)));
  return Math.max(...sizes);
}

/** Does `work` while a client pings every millisecond; answers the longest that it waited for an answer, in ms. */
export async function longestPing({ client }, work) {
  let longest = 0;
  let asking = Promise.resolve();
  const timer = setInterval(() => {
    const begin = performance.now();
    asking = client.ping().then(() => {
      longest = Math.max(longest, performance.now() - begin);
    });
  }, 1);
  try {
    await work();
    await asking;
  } finally {
    clearInterval(timer);
  }
  return longest;
}
