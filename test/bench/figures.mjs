/** Figures: single numbers of one store, each with the most that it may be. */
import { setTimeout as pause } from 'node:timers/promises';
import { call, generate, startWithQueues } from './load.mjs';
import { openPolls } from './polls.mjs';
import { memoryOf, newFolder, whileWatching } from './processes.mjs';
import { whole } from './report.mjs';
import { COLLECTABLE, collectGarbage, STORES, startServer, stopServer } from './servers.mjs';

const WARM_SECONDS = 1;
const WARM_MESSAGES = 50_000;
export const POLLS = 1000;
const STARTS = 5;
export const QUIET_MS = 3000;
export const IDLE_MS = 10_000;
export const WAITING = 1_000_000;
const IN_FLIGHT = 110_000;

/** Runs a measurement of figures for each store that it is about. */
export function figures(measure, kinds) {
  return async (options) => {
    const found = [];
    for (const kind of kinds) found.push(...(await measure(kind, options)).map((figure) => ({ kind, ...figure })));
    return { figures: found };
  };
}

async function idleOf(kind) {
  const server = await startWithQueues(kind);
  let polls;
  try {
    await generate(server, { plan: 'cycle', queue: 'bench', seconds: WARM_SECONDS });
    const before = memoryOf(server, 'RssAnon');
    polls = await openPolls([server], ['bench'], POLLS);
    await pause(QUIET_MS);
    const memory = memoryOf(server, 'RssAnon') - before;
    const { share } = await whileWatching(server, () => pause(IDLE_MS));
    await polls.oneAnswered(() => call(server, 'SendMessage', polls.wakeUp));
    return [
      { name: `${whole(POLLS)} idle long polls, share of a core`, value: share * 100, unit: '%', most: 2 },
      { name: `${whole(POLLS)} idle long polls, memory of each`, value: memory / POLLS / 1000, unit: 'KB', most: 40 },
    ];
  } finally {
    polls?.close();
    await stopServer(server);
  }
}

async function readyOf(kind) {
  const times = [];
  let rss = 0;
  for (let i = 0; i < STARTS; i += 1) {
    const server = await startServer(kind);
    times.push(server.readyMs);
    if (i === STARTS - 1) await pause(QUIET_MS);
    rss = memoryOf(server, 'VmRSS');
    await stopServer(server);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)];
  return [
    { name: 'ready, from `node` to the first 200', value: median, unit: 'ms', most: 500 },
    { name: 'resident memory, idle', value: rss / 1e6, unit: 'MB', most: 110 },
  ];
}

/** Bytes of process memory that `work` leaves behind for each of `count`, both ends after forced collections. */
async function bytesEach(server, count, work) {
  await collectGarbage(server);
  const before = memoryOf(server, 'RssAnon');
  await work();
  await collectGarbage(server);
  return (memoryOf(server, 'RssAnon') - before) / count;
}

/** What a server needs once, before what it needs for each message can be told. */
async function warmUp(server) {
  await generate(server, { plan: 'fill', queue: 'warm', messages: WARM_MESSAGES });
  await generate(server, { plan: 'drain', queue: 'warm', messages: WARM_MESSAGES });
}

async function waitingOf(kind) {
  const folder = newFolder();
  const name = `${whole(WAITING)} waiting messages of 200 bytes`;
  let server = await startWithQueues(kind, ['warm', 'bench'], { folder, nodeOptions: COLLECTABLE });
  try {
    await warmUp(server);
    const each = await bytesEach(server, WAITING, () =>
      generate(server, { plan: 'fill', queue: 'bench', messages: WAITING, bytes: 200 }),
    );
    await stopServer(server, { keepData: true });
    server = await startServer(kind, { folder });
    return [
      { name: `${name}, process memory of each`, value: each, unit: 'bytes', most: 20 },
      { name: `${name}, ready after a restart`, value: server.readyMs, unit: 'ms', most: 3000 },
    ];
  } finally {
    await stopServer(server);
  }
}

async function inFlightOf(kind) {
  const server = await startWithQueues(kind, ['warm', 'bench'], { nodeOptions: COLLECTABLE });
  const job = { queue: 'bench', messages: IN_FLIGHT };
  try {
    await warmUp(server);
    const each = await bytesEach(server, IN_FLIGHT, async () => {
      await generate(server, { plan: 'fill', ...job });
      await generate(server, { plan: 'take', ...job, receiving: { VisibilityTimeout: 3600 } });
    });
    return [
      { name: `${whole(IN_FLIGHT)} messages in flight, process memory of each`, value: each, unit: 'bytes', most: 150 },
    ];
  } finally {
    await stopServer(server);
  }
}

export const idle = figures(idleOf, STORES);
export const ready = figures(readyOf, STORES);
export const waiting = figures(waitingOf, ['embedded']);
export const inFlight = figures(inFlightOf, ['embedded']);
