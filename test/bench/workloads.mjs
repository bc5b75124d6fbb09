/**
 * What is measured. A comparison drives several subjects in turn (A B C D A B C D …), so that a machine or a disk that
 * drifts does so for all of them, and answers the samples of each.
 */
import { idle, inFlight, ready, waiting } from './figures.mjs';
import { generate, repeat, startWithQueues } from './load.mjs';
import { KINDS, STORES, stopServer } from './servers.mjs';

const WARM_SECONDS = 1;
const DRAINED = 50_000;
const DEEP = 200_000;
const words = (number) => number.toLocaleString('en');

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

/** Measures every subject once a round; answers a map from label to samples. */
async function inTurn(subjects, { rounds, seconds, say }, measure) {
  const samples = new Map(subjects.map(({ label }) => [label, []]));
  for (const { server, queue } of subjects) await measure(server, { queue, seconds: WARM_SECONDS });
  for (let round = 1; round <= rounds; round += 1) {
    for (const { label, server, queue } of subjects) {
      const measured = await measure(server, { queue, seconds });
      samples.get(label).push(measured);
      say(`round ${round}, ${label}: ${Math.round(measured.perSecond)}/s`);
    }
  }
  return samples;
}

/** A comparison of the four servers; `musts` are the least ratios, of memory to bare and embedded to bare durable. */
function compareServers(measure, { memory, embedded } = {}) {
  const ratios = [
    { of: 'memory', to: 'bare', must: memory },
    { of: 'embedded', to: 'bare durable', must: embedded },
    { of: 'bare durable', to: 'bare' },
  ];
  return async (options) => {
    const servers = [];
    try {
      for (const kind of KINDS) servers.push(await startWithQueues(kind));
      const subjects = servers.map((server) => ({ label: server.kind, server, queue: 'bench' }));
      return { samples: await inTurn(subjects, options, measure), ratios };
    } finally {
      await Promise.all(servers.map((server) => stopServer(server)));
    }
  };
}

/** The same server, with one queue that is empty but for the cycle's own messages and one that is not. */
async function deepCycle(options) {
  const samples = new Map();
  const ratios = [];
  for (const kind of STORES) {
    const server = await startWithQueues(kind, ['empty', 'deep']);
    const [empty, deep] = [`${kind}, 0 waiting`, `${kind}, ${words(DEEP)} waiting`];
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

/** All workloads by name; `long` ones run only when asked for. */
export const workloads = {
  send: { title: 'send', run: compareServers(perRequest('send'), { memory: 0.33, embedded: 0.53 }) },
  batch: { title: 'send batch of 10', run: compareServers(perRequest('sendBatch'), { memory: 0.25, embedded: 0.45 }) },
  cycle: { title: 'cycle (send, receive, delete)', run: compareServers(cycle, { memory: 0.4, embedded: 0.5 }) },
  drain: { title: `drain of ${words(DRAINED)} (receive 10, delete batch of 10)`, run: compareServers(drain) },
  deep: { title: `cycle with ${words(DEEP)} waiting`, run: deepCycle },
  idle: { title: 'idle long polls', run: idle },
  ready: { title: 'start', run: ready },
  waiting: { title: 'waiting messages', run: waiting, long: true },
  inFlight: { title: 'messages in flight', run: inFlight, long: true },
};
