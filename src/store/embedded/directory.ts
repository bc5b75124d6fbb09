/**
 * The data directory: made, checked and locked before LMDB sees it.
 *
 * Two processes could open the same file and ruin it (lmdb does not mind), so one holds a lock: a listening socket in
 * the directory. The system closes it with the process, however that ends; a socket file that nobody listens on any
 * more is taken over.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { StartupError } from '../store.ts';
import { dataFile } from './environment.ts';

/** statfs types of NFS, CIFS, SMB2 and 9p: memory maps and locks are not safe there. */
const NETWORK = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x01021997]);

/** Makes the directory if need be; 78 when it cannot be used. */
export function prepareDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, '.write-test'), '');
    rmSync(join(directory, '.write-test'));
  } catch (error) {
    throw new StartupError(78, `The data directory ${directory} cannot be written: ${(error as Error).message}.`);
  }
  if (NETWORK.has(statfsSync(directory).type)) {
    throw new StartupError(78, `The data directory ${directory} is on a network file system; use a local disk.`);
  }
}

/** Takes the lock; answers what gives it back. 73 when another process has it. */
export async function lockDirectory(directory: string): Promise<() => void> {
  const path = shortest(join(directory, 'lock.sock'));
  const inUse = new StartupError(73, `The data directory ${directory} is in use by another FastQueue.`);
  const server = (await listening(path)) ?? ((await answers(path)) ? undefined : await listening(path, true));
  if (server === undefined) throw inUse;
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

/** A socket's path may have about 100 characters. */
const shortest = (path: string) => {
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
};

function listening(path: string, takeOver = false): Promise<Server | undefined> {
  if (takeOver) rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(new StartupError(78, `The data directory cannot be locked: ${error.message}.`));
    });
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const cleanMark = (directory: string) => join(directory, 'clean');

/** Says that the store was closed in order. */
export const markClean = (directory: string): void => writeFileSync(cleanMark(directory), '');

/**
 * After anything but an orderly close a child process opens the file first: LMDB has no checksums, and a damaged page
 * can take the process with it. The child reads the first and the last record of each kind. 66 when it does not live.
 */
export function probe(directory: string): void {
  const file = dataFile(directory);
  if (!existsSync(file)) return;
  if (existsSync(cleanMark(directory))) {
    rmSync(cleanMark(directory));
    return;
  }
  const { status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', PROBE, import.meta.resolve('lmdb'), file],
    {
      stdio: 'ignore',
      timeout: 30_000,
    },
  );
  if (status === 0) return;
  throw new StartupError(
    66,
    `The data file ${file} is damaged and cannot be opened. Put a backup in its place, or move the directory away to start empty.`,
  );
}

const PROBE = `
const [lmdb, path] = process.argv.slice(1);
const { open } = await import(lmdb);
const db = open({ path, noSubdir: true, keyEncoding: 'binary', encoding: 'binary', maxDbs: 1 });
for (const kind of 'cdfmqrtuvx') {
  const range = { start: Buffer.from(kind), end: Buffer.from([kind.charCodeAt(0) + 1]), limit: 1 };
  for (const { key } of db.getRange(range)) db.get(key);
  for (const { key } of db.getRange({ start: range.end, end: range.start, reverse: true, limit: 1 })) db.get(key);
}
process.exit(0);
`;
