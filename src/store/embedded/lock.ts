/**
 * One process a data directory: two could open the same LMDB file and ruin it (lmdb does not mind).
 *
 * The lock is a listening socket that stands in the directory under the name `lock`. The system ends it with the
 * process, however that ends, and whoever connects is told who holds it. A process listens under a name of its own
 * first and then links `lock` to it, which succeeds for one only. A `lock` that nobody listens on any more is replaced;
 * if two replace it at the same time, the later one has it, and each looks again a moment later which one it is.
 */
import { closeSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newQueueId } from '../../model/ids.ts';
import { StartupError } from '../store.ts';

const REPLACE_MS = 50;
const ANSWER_MS = 300;

/** Takes the lock; answers what gives it back. 73 when another process has it. */
export async function lockDirectory(directory: string): Promise<() => void> {
  const handle = openSync(directory, 'r');
  // A socket's path may have about 100 characters; a directory's may have more.
  const place = process.platform === 'linux' ? `/proc/self/fd/${handle}` : relative(process.cwd(), directory) || '.';
  try {
    const lock = join(place, 'lock');
    const server = await take(directory, lock, join(place, `lock-${newQueueId()}`));
    return () => {
      rmSync(join(directory, 'lock'), { force: true });
      server.close();
    };
  } finally {
    closeSync(handle);
  }
}

async function take(directory: string, lock: string, own: string): Promise<Server> {
  const server = await listen(directory, own);
  try {
    const { ino } = statSync(own);
    if (linked(own, lock)) return server;
    let holder = await holderOf(lock);
    if (holder === undefined) {
      renameSync(own, lock);
      await pause(REPLACE_MS);
      if (statSync(lock).ino === ino) return server;
      holder = (await holderOf(lock)) ?? '';
    }
    throw inUse(directory, holder);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function listen(directory: string, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)));
    server.once('error', (error) => {
      reject(new StartupError(78, `The data directory ${directory} cannot be locked: ${error.message}.`));
    });
    server.listen(path, () => resolve(server.unref()));
  });
}

/** The process id of whoever listens, '' when it does not say; undefined when nobody does. */
function holderOf(lock: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let pid = '';
    const socket = connect(lock);
    const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
    socket.on('data', (bytes) => {
      pid += bytes.toString('latin1');
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(undefined);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(pid);
    });
  });
}

function inUse(directory: string, pid: string): StartupError {
  const process = /^\d+$/.test(pid) ? ` (process ${pid})` : '';
  return new StartupError(73, `The data directory ${directory} is in use by another FastQueue${process}.`);
}
