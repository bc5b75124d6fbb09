/** Starts and ends the processes of the benchmark, each pinned to one core, and reads what the kernel knows of them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const STOP_LIMIT_MS = 15_000;
/** A process that was just killed may still be writing. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };
/** Clock ticks of /proc/<pid>/stat: USER_HZ, 100 on every Linux. */
const TICKS_PER_SECOND = 100;

export const cores = cpus().length;

/** Whether servers and generators have a core each. */
export const pinned = spawnSync('taskset', ['--version']).error === undefined && cores > 1;

/** With two servers on one Redis: a core for each of them, for Redis and for the generators. */
export const coresForTwo = cores >= 4;

export const SERVER_CORE = 0;
export const REDIS_CORE = 1;
export const SECOND_SERVER_CORE = coresForTwo ? 2 : SERVER_CORE;

/** A command and its arguments, made to run on one core. */
export const onCore = (core, command) => (pinned ? ['taskset', '-c', String(core), ...command] : command);

/** This process, and every generator that it starts, leaves core 0 to the servers. */
export function leaveServerCore() {
  if (pinned) spawnSync('taskset', ['-a', '-c', '-p', `${SERVER_CORE + 1}-${cores - 1}`, String(process.pid)]);
}

const children = new Set();
const folders = new Set();

/** Starts a child that ends with this process. */
export function start([command, ...args], options) {
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

/** Ends a process, with its data unless they are to stay. */
export async function stop({ kind, child, folder }, { keepData = false } = {}) {
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

/** A field of /proc/<pid>/status in bytes, such as VmRSS or RssAnon. */
export function memoryOf({ pid }, field) {
  const found = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'));
  return Number(found[1]) * 1024;
}

/** Seconds of a core that a process has used, in all. */
function cpuSecondsOf({ pid }) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Does `work`; answers what it answered, and the share of a core that a process used meanwhile. */
export async function whileWatching(watched, work) {
  const [cpu, begin] = [cpuSecondsOf(watched), performance.now()];
  const value = await work();
  return { value, share: (cpuSecondsOf(watched) - cpu) / ((performance.now() - begin) / 1000) };
}
