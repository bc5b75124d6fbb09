/** Starts and ends the servers that are measured, each pinned to one core, and reads what the kernel knows of them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;
const LOOK_MS = 2;
const COLLECTION_MS = 1000;
/** A process that was just killed may still be writing. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };
/** Clock ticks of /proc/<pid>/stat: USER_HZ, 100 on every Linux. */
const TICKS_PER_SECOND = 100;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BARE = here('./bare.mjs');
const MAIN = here('../../dist/src/main.js');

const answersTo = (command) => spawnSync(command, ['--version']).error === undefined;

export const cores = cpus().length;

/** Whether servers and generators have a core each. */
export const pinned = answersTo('taskset') && cores > 1;

/** This process, and every generator that it starts, leaves core 0 to the servers. */
export function leaveServerCore() {
  if (pinned) spawnSync('taskset', ['-a', '-c', '-p', `1-${cores - 1}`, String(process.pid)]);
}

const children = new Set();
const folders = new Set();

/** Starts a child that ends with this process. */
export function start(command, args, options) {
  const child = spawn(command, args, options);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A new directory that is gone at the end. */
export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'fastqueue-bench-'));
  folders.add(folder);
  return folder;
}

/** Ends every process and removes every directory; synchronous, for the way out. */
export function cleanUp() {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, REMOVAL);
}

/** The servers, as the tables name them. */
export const STORES = ['memory', 'embedded'];
export const KINDS = ['bare', 'bare durable', ...STORES];

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
 * @param {string} kind one of KINDS
 * @param {{ folder?: string, nodeOptions?: string[] }} [options] a data directory to go on with, options for node
 * @returns what is needed to talk to it, and `readyMs`: from spawn to the first 200 of GET /health
 */
export async function startServer(kind, { folder = newFolder(), nodeOptions = [] } = {}) {
  const port = await freePort();
  const [command, ...args] = [
    ...(pinned ? ['taskset', '-c', '0'] : []),
    ...commandOf(kind, folder, String(port), nodeOptions),
  ];
  const begin = performance.now();
  const child = start(command, args, {
    // Elsewhere a `.env` file would change the settings.
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      // Where `memory` keeps its file.
      TMPDIR: folder,
      FASTQUEUE_STORE: kind,
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
  return { kind, port, pid: child.pid, folder, child, readyMs: performance.now() - begin };
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

/** Ends a server, with its data unless they are to stay. */
export async function stopServer({ kind, child, folder }, { keepData = false } = {}) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(late);
    if (child.signalCode === 'SIGKILL') {
      // Not thrown: it would stand in front of what went wrong before.
      console.error(`FAILED: The server ${kind} did not stop on SIGTERM.`);
      process.exitCode = 1;
    }
  }
  if (keepData) return;
  rmSync(folder, REMOVAL);
  folders.delete(folder);
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

/** A field of /proc/<pid>/status in bytes, such as VmRSS or RssAnon. */
export function memoryOf({ pid }, field) {
  const found = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'));
  return Number(found[1]) * 1024;
}

/** Seconds of a core that a server has used, in all. */
export function cpuSecondsOf({ pid }) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
