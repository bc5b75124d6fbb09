/** Figures of the store for Redis: what its calls cost there, and what its messages do. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { figures, IDLE_MS, POLLS, QUIET_MS, WAITING } from './figures.mjs';
import { BODY_BYTES, call, generate, startWithQueues, withTwoServers } from './load.mjs';
import { openPolls } from './polls.mjs';
import { SERVER_CORE } from './processes.mjs';
import { commandsOf, infoOf, largestKey, lastingKeys, longestPing } from './redis.mjs';
import { whole } from './report.mjs';
import { queueUrl } from './requests.mjs';
import { stopServer } from './servers.mjs';

const WAITING_SHORT = 200_000;
const CALLS = 5000;
const SWEPT_LIMIT_MS = 60_000;
const QUEUES = 100;

/** One kind of call after the other, on the same messages, with the most µs of Redis that each may take. */
const CALL_KINDS = [
  { name: 'send', plan: 'fillOne', size: 1, most: 25 },
  { name: 'receive', plan: 'takeOne', size: 1, most: 40 },
  { name: 'remove', plan: 'removeOne', size: 1, most: 25 },
  { name: 'send 10', plan: 'fill', size: 10, most: 100 },
  { name: 'receive 10', plan: 'take', size: 10, most: 250 },
  { name: 'remove 10', plan: 'remove', size: 10, most: 150 },
];
const P99_MOST = 1000;

/**
 * What Redis measured (INFO commandstats, latencystats) of the Function calls of one kind. The generator runs on the
 * server's core, so that nothing but Redis has its core.
 */
async function functionCallsOf(server, { name, plan, size }, say) {
  await server.redis.client.config('RESETSTAT');
  const handles = join(server.folder, 'handles.json');
  await generate(server, { plan, queue: 'bench', messages: CALLS * size, handles, core: SERVER_CORE });
  const commands = await commandsOf(server.redis);
  const { calls, mean, median, p99, longest } = commands.get('fcall');
  const micros = `${mean} µs, median ${median}, p99 ${p99}, longest ${longest}`;
  say(`${name}: ${whole(calls)} calls for ${whole(CALLS)} requests, ${micros}`);
  return { mean, p99 };
}

async function callsOf(server, state, say) {
  const costs = [];
  let worst = { p99: 0 };
  for (const kind of CALL_KINDS) {
    const { mean, p99 } = await functionCallsOf(server, kind, say);
    costs.push({ name: `${kind.name}, time inside Redis`, value: mean, unit: 'µs', most: kind.most });
    if (p99 > worst.p99) worst = { name: `p99 of ${kind.name}, ${state}`, value: p99, unit: 'µs', most: P99_MOST, p99 };
  }
  return [...costs, worst];
}

/** Seconds until no more than `keys` are left of those that do not expire by themselves; infinite after the limit. */
async function sweptTo(redis, keys) {
  const begin = performance.now();
  while ((await lastingKeys(redis)) > keys) {
    if (performance.now() - begin > SWEPT_LIMIT_MS) return Number.POSITIVE_INFINITY;
    await pause(100);
  }
  return (performance.now() - begin) / 1000;
}

async function purgeOf(server, state, keys) {
  const { redis } = server;
  await redis.client.config('RESETSTAT');
  let seconds;
  const ping = await longestPing(redis, async () => {
    await call(server, 'PurgeQueue', { QueueUrl: queueUrl('bench') });
    seconds = await sweptTo(redis, keys);
  });
  const longest = Math.max(...[...(await commandsOf(redis)).values()].map((command) => command.longest ?? 0));
  const name = `purge, ${state}`;
  return [
    { name: `${name}: longest call`, value: longest / 1000, unit: 'ms', most: 50 },
    { name: `${name}: longest wait of a ping`, value: ping, unit: 'ms', most: 50 },
    { name: `${name}: keys gone`, value: seconds, unit: 's', most: SWEPT_LIMIT_MS / 1000 },
  ];
}

async function waitingOf(kind, { long, say }) {
  const messages = long ? WAITING : WAITING_SHORT;
  const state = `${whole(messages)} waiting`;
  const server = await startWithQueues(kind);
  const { redis } = server;
  try {
    // Whatever the first messages bring with them.
    await generate(server, { plan: 'cycle', queue: 'bench', seconds: 1 });
    await pause(QUIET_MS);
    const [memory, keys] = [await infoOf(redis, 'memory', 'used_memory'), await lastingKeys(redis)];
    await generate(server, { plan: 'fill', queue: 'bench', messages });
    await pause(QUIET_MS);
    const each = ((await infoOf(redis, 'memory', 'used_memory')) - memory) / messages - BODY_BYTES;
    return [
      { name: `memory of Redis beside the body of each, ${state}`, value: each, unit: 'bytes', most: 400 },
      { name: `largest key, ${state}`, value: (await largestKey(redis)) / 1000, unit: 'KB', most: 4000 },
      ...(await callsOf(server, state, say)),
      ...(await purgeOf(server, state, keys)),
    ];
  } finally {
    await stopServer(server);
  }
}

/** Commands a second that Redis runs for polls on `queues` of two servers; those inside Functions count as well. */
const pollsOn = (kind, queues, say) =>
  withTwoServers(kind, queues, async (first, second) => {
    const { redis } = first;
    const polls = await openPolls([first, second], queues, POLLS);
    try {
      await pause(QUIET_MS);
      await redis.client.config('RESETSTAT');
      await pause(IDLE_MS);
      const commands = await infoOf(redis, 'stats', 'total_commands_processed');
      const each = [...(await commandsOf(redis))].map(([name, { calls }]) => `${name} ${calls}`).join(', ');
      say(`queues: ${queues.length}, in ${IDLE_MS / 1000} s: ${each}`);
      await polls.oneAnswered(() => call(first, 'SendMessage', polls.wakeUp));
      return {
        name: `${whole(POLLS)} idle long polls, 2 servers, queues: ${queues.length}`,
        value: commands / (IDLE_MS / 1000),
        unit: 'commands/s',
        most: 50,
      };
    } finally {
      polls.close();
    }
  });

const MANY_QUEUES = Array.from({ length: QUEUES }, (_, i) => `bench${i}`);

/** Both at the same time: hardly anything happens. */
const idleOf = (kind, { say }) => Promise.all([['bench'], MANY_QUEUES].map((queues) => pollsOn(kind, queues, say)));

export const redisWaiting = figures(waitingOf, ['redis']);
export const redisIdle = figures(idleOf, ['redis']);
