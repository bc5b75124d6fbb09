/**
 * What is measured. A comparison drives several subjects in turn (A B C D A B C D …), so that a machine or a disk that
 * drifts does so for all of them, and answers the samples of each.
 */
import { idle, inFlight, ready, waiting } from './figures.mjs';
import { generate, repeat, startWithQueues, withTwoServers } from './load.mjs';
import { cores, coresForTwo, whileWatching } from './processes.mjs';
import { redisVersion } from './redis.mjs';
import { redisIdle, redisWaiting } from './redisFigures.mjs';
import { whole } from './report.mjs';
import { KINDS, REDIS_KINDS, STORES, stopServer } from './servers.mjs';

const WARM_SECONDS = 1;
const DRAINED = 50_000;
const DEEP = 200_000;
const FIFO_DEEP = 216_000;

const perRequest =
  (name) =>
  (server, { seconds, queue }) =>
    repeat(server, { name, queue, seconds });
const cycle = (server, { seconds, queue }) => generate(server, { plan: 'cycle', queue, seconds });

async function drain(server, { queue }) {
  await generate(server, { plan: 'fill', queue, messages: DRAINED });
  const measured = await generate(server, { plan: 'drain', queue, messages: DRAINED });
  if (measured.received !== DRAINED) throw new Error(`${server.kind}: ${measured.received} of ${DRAINED} came out.`);
  return measured;
}

/** Adds to what was measured the share of its core that Redis used meanwhile. */
async function watchingRedis(redis, measure) {
  if (redis === undefined) return measure();
  const { value, share } = await whileWatching(redis, measure);
  return { ...value, redis: share };
}

/** Measures every subject once a round; answers a map from label to samples. */
async function inTurn(subjects, { rounds, seconds, say }, measure) {
  const samples = new Map(subjects.map(({ label }) => [label, []]));
  for (const { server, queue } of subjects) await measure(server, { queue, seconds: WARM_SECONDS });
  for (let round = 1; round <= rounds; round += 1) {
    for (const { label, server, queue } of subjects) {
      const measured = await watchingRedis(server.redis, () => measure(server, { queue, seconds }));
      samples.get(label).push(measured);
      say(`round ${round}, ${label}: ${Math.round(measured.perSecond)}/s`);
    }
  }
  return samples;
}

function compare(kinds, measure, ratios) {
  return async (options) => {
    const servers = [];
    try {
      for (const kind of kinds) servers.push(await startWithQueues(kind));
      const subjects = servers.map((server) => ({ label: server.kind, server, queue: 'bench' }));
      return { samples: await inTurn(subjects, options, measure), ratios };
    } finally {
      await Promise.all(servers.map((server) => stopServer(server)));
    }
  };
}

/** A comparison of the four servers; the least ratios are of memory to bare and of embedded to bare durable. */
const compareServers = (measure, { memory, embedded } = {}) =>
  compare(KINDS, measure, [
    { of: 'memory', to: 'bare', must: memory },
    { of: 'embedded', to: 'bare durable', must: embedded },
    { of: 'bare durable', to: 'bare' },
  ]);

/** A comparison of the store for Redis with the embedded one; Redis shares the generator's core where there are two. */
const compareRedis = (measure, must) =>
  compare(['embedded', ...REDIS_KINDS], measure, [
    { of: 'redis', to: 'embedded', must },
    { of: 'redis always', to: 'redis' },
  ]);

/** One server and two on one Redis. */
const twoServers = (options) =>
  withTwoServers('redis', ['bench'], async (first, second) => {
    const [one, two] = ['redis, one server', 'redis, two servers'];
    const subjects = [
      { label: one, server: first, queue: 'bench' },
      { label: two, server: { ...first, ports: [first.port, second.port] }, queue: 'bench' },
    ];
    const unjudged = coresForTwo ? undefined : `not judged on ${cores} cores`;
    return { samples: await inTurn(subjects, options, cycle), ratios: [{ of: two, to: one, must: 1.5, unjudged }] };
  });

/** The same server, with one queue that is empty but for the cycle's own messages and one that is not. */
async function deepCycle(options) {
  const samples = new Map();
  const ratios = [];
  for (const kind of STORES) {
    const server = await startWithQueues(kind, ['empty', 'deep']);
    const [empty, deep] = [`${kind}, 0 waiting`, `${kind}, ${whole(DEEP)} waiting`];
    try {
      await generate(server, { plan: 'fill', queue: 'deep', messages: DEEP });
      const subjects = [
        { label: empty, server, queue: 'empty' },
        { label: deep, server, queue: 'deep' },
      ];
      for (const [label, found] of await inTurn(subjects, options, cycle)) samples.set(label, found);
    } finally {
      await stopServer(server);
    }
    ratios.push({ of: deep, to: empty, must: 0.9 });
  }
  return { samples, ratios };
}

/** FIFO sends over so many groups, the embedded store beside the bare durable server. */
function fifoSends(plan, groups, must) {
  return async (options) => {
    const servers = [];
    try {
      for (const kind of ['bare durable', 'embedded']) servers.push(await startWithQueues(kind, ['bench.fifo']));
      const subjects = servers.map((server) => ({ label: server.kind, server, queue: 'bench.fifo' }));
      const measure = (server, { seconds, queue }) => generate(server, { plan, queue, seconds, groups });
      const samples = await inTurn(subjects, options, measure);
      return { samples, ratios: [{ of: 'embedded', to: 'bare durable', must }] };
    } finally {
      await Promise.all(servers.map((server) => stopServer(server)));
    }
  };
}

/** FIFO cycles on a queue that is empty but for them, and on one with a backlog, over as many groups. */
function fifoDeep(groups, connections) {
  return async (options) => {
    const server = await startWithQueues('embedded', ['empty.fifo', 'deep.fifo']);
    const [empty, deep] = ['embedded, 0 waiting', `embedded, ${whole(FIFO_DEEP)} waiting`];
    try {
      await generate(server, { plan: 'fill', queue: 'deep.fifo', messages: FIFO_DEEP, groups });
      const subjects = [
        { label: empty, server, queue: 'empty.fifo' },
        { label: deep, server, queue: 'deep.fifo' },
      ];
      const measure = (one, { seconds, queue }) =>
        generate(one, { plan: 'cycle', queue, seconds, groups, connections });
      return { samples: await inTurn(subjects, options, measure), ratios: [{ of: deep, to: empty, must: 0.8 }] };
    } finally {
      await stopServer(server);
    }
  };
}

const skip = redisVersion === undefined ? 'there is no redis-server here' : undefined;
const CYCLE = 'cycle (send, receive, delete)';

/** All workloads by name; `long` ones run only when asked for, `skip` tells why one cannot. */
export const workloads = {
  send: { title: 'send', run: compareServers(perRequest('send'), { memory: 0.33, embedded: 0.53 }) },
  batch: { title: 'send batch of 10', run: compareServers(perRequest('sendBatch'), { memory: 0.25, embedded: 0.45 }) },
  cycle: { title: CYCLE, run: compareServers(cycle, { memory: 0.4, embedded: 0.5 }) },
  drain: { title: `drain of ${whole(DRAINED)} (receive 10, delete batch of 10)`, run: compareServers(drain) },
  deep: { title: `cycle with ${whole(DEEP)} waiting`, run: deepCycle },
  'fifo-send-50': { title: 'FIFO send, 50 groups', run: fifoSends('fillOne', 50, 0.5) },
  'fifo-send-10000': { title: 'FIFO send, 10,000 groups', run: fifoSends('fillOne', 10_000, 0.5) },
  'fifo-batch-50': { title: 'FIFO send batch of 10, 50 groups', run: fifoSends('fill', 50, 0.35) },
  'fifo-batch-10000': { title: 'FIFO send batch of 10, 10,000 groups', run: fifoSends('fill', 10_000, 0.35) },
  'fifo-deep-1000': { title: 'FIFO cycle, 1,000 groups', run: fifoDeep(1000, 64) },
  'fifo-deep-1': { title: 'FIFO cycle, 1 group', run: fifoDeep(1, 1) },
  idle: { title: 'idle long polls', run: idle },
  ready: { title: 'start', run: ready },
  waiting: { title: 'waiting messages', run: waiting, long: true },
  inFlight: { title: 'messages in flight', run: inFlight, long: true },
  'redis-send': { title: 'Redis: send', run: compareRedis(perRequest('send'), 0.5), skip },
  'redis-batch': { title: 'Redis: send batch of 10', run: compareRedis(perRequest('sendBatch'), 0.5), skip },
  'redis-cycle': { title: `Redis: ${CYCLE}`, run: compareRedis(cycle, 0.4), skip },
  'redis-two': { title: `Redis: ${CYCLE}, two servers`, run: twoServers, skip },
  'redis-waiting': { title: 'Redis: waiting messages, calls, purge', run: redisWaiting, skip },
  'redis-idle': { title: 'Redis: idle long polls', run: redisIdle, skip },
};
