/** Starts and ends the servers that are measured. */
import { once } from 'node:events';
import http from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { newFolder, onCore, SERVER_CORE, start, stop } from './processes.mjs';
import { startRedis, stopRedis } from './redis.mjs';

const READY_LIMIT_MS = 30_000;
const LOOK_MS = 2;
const COLLECTION_MS = 1000;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BARE = here('./bare.mjs');
const MAIN = here('../../dist/src/main.js');

/** The servers, as the tables name them. */
export const STORES = ['memory', 'embedded'];
export const KINDS = ['bare', 'bare durable', ...STORES];
/** Those that keep their messages in Redis, by when Redis flushes its log: every second, or before it answers. */
const APPENDFSYNC = { redis: 'everysec', 'redis always': 'always' };
export const REDIS_KINDS = Object.keys(APPENDFSYNC);

function commandOf(kind, folder, port, nodeOptions) {
  const node = [process.execPath, ...nodeOptions];
  if (kind === 'bare') return [...node, BARE, '--port', port];
  if (kind === 'bare durable') return [...node, BARE, '--port', port, '--durable', folder];
  return [...node, '--disable-proto=delete', MAIN];
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a server and waits until it is ready.
 * @param {string} kind one of KINDS or REDIS_KINDS
 * @param {{ folder?: string, nodeOptions?: string[], redis?: object, core?: number }} [options] a data directory to go
 *   on with, options for node, a Redis to share (by default one of its own, which ends with it), a core
 * @returns what is needed to talk to it, and `readyMs`: from spawn to the first 200 of GET /health
 */
export async function startServer(kind, options = {}) {
  const { folder = newFolder(), nodeOptions = [], core = SERVER_CORE } = options;
  const ownRedis = kind in APPENDFSYNC && !options.redis ? await startRedis(APPENDFSYNC[kind]) : undefined;
  const redis = options.redis ?? ownRedis;
  const port = await freePort();
  const begin = performance.now();
  const child = start(onCore(core, commandOf(kind, folder, String(port), nodeOptions)), {
    // Elsewhere a `.env` file would change the settings.
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      // Where `memory` keeps its file.
      TMPDIR: folder,
      FASTQUEUE_STORE: redis ? 'redis' : kind,
      ...(redis && { FASTQUEUE_REDIS_URL: redis.url }),
      FASTQUEUE_DATA_DIR: join(folder, 'data'),
      FASTQUEUE_HOST: '127.0.0.1',
      FASTQUEUE_PORT: String(port),
      FASTQUEUE_PROFILE: 'dev',
    },
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  while (!(await healthy(port))) {
    if (child.exitCode !== null) throw new Error(`The server ${kind} ended with ${child.exitCode}: ${said.trim()}`);
    if (performance.now() - begin > READY_LIMIT_MS) throw new Error(`The server ${kind} was not ready in time.`);
    await pause(LOOK_MS);
  }
  return { kind, port, pid: child.pid, folder, child, redis, ownRedis, readyMs: performance.now() - begin };
}

function healthy(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/health', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

/** Ends a server, with its data unless they are to stay, and with its own Redis. */
export async function stopServer(server, { keepData } = {}) {
  await stop(server, { keepData });
  if (server.ownRedis) await stopRedis(server.ownRedis);
}

/** Options for node that let `collectGarbage` ask a server for a full collection. */
export const COLLECTABLE = ['--expose-gc', '--import', 'data:text/javascript,process.on("SIGUSR2",()=>gc())'];

/** Forces a collection in a server that was started with COLLECTABLE, and leaves it time to give memory back. */
export async function collectGarbage({ pid }) {
  for (let i = 0; i < 3; i += 1) {
    process.kill(pid, 'SIGUSR2');
    await pause(COLLECTION_MS);
  }
}
