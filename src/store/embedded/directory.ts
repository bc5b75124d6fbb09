/** The data directory: made and checked before LMDB sees it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartupError } from '../store.ts';
import { dataFile } from './environment.ts';

/** statfs types of NFS, CIFS, SMB, SMB2 and 9p: memory maps and locks are not safe there. */
const NETWORK = new Set([0x6969, 0xff534d42, 0x517b, 0xfe534d42, 0x01021997]);

const PROBE_LIMIT_MS = 30_000;

/** Level by level: Node 20's recursive mkdir never returns below /proc, where a parent exists and nothing can be made. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

/** Makes the directory if need be; 78 when it cannot be used. */
export function prepareDirectory(directory: string): void {
  try {
    makeDirectory(directory);
    writeFileSync(join(directory, 'write-test'), '');
    rmSync(join(directory, 'write-test'));
  } catch (error) {
    throw new StartupError(78, `The data directory ${directory} cannot be written: ${(error as Error).message}.`);
  }
  if (NETWORK.has(statfsSync(directory).type >>> 0)) {
    throw new StartupError(78, `The data directory ${directory} is on a network file system; use a local disk.`);
  }
}

const cleanMark = (directory: string) => join(directory, 'clean');

/** What a file that nobody has touched since keeps; '' when it is not there. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}

/** Says that the store was closed in order, and how its file looked then. */
export const markClean = (directory: string): void => writeFileSync(cleanMark(directory), stampOf(dataFile(directory)));

function wasClean(directory: string, stamp: string): boolean {
  try {
    return readFileSync(cleanMark(directory), 'utf8') === stamp;
  } catch {
    return false;
  } finally {
    rmSync(cleanMark(directory), { force: true });
  }
}

const intactMark = (directory: string) => join(directory, 'intact');

/** The data file need not agree with itself: a commit has failed, and what followed may have succeeded. Works on a full disk. */
export const markBroken = (directory: string): void => rmSync(intactMark(directory), { force: true });

/** Says that the data file agrees with itself. */
export const markIntact = (directory: string): void => writeFileSync(intactMark(directory), '');

/** Whether the data file agrees with itself. */
export const isIntact = (directory: string): boolean => existsSync(intactMark(directory));

/**
 * After anything but an orderly close, or when the file was touched since, a child process opens it first: LMDB has no
 * checksums, and a damaged page can take the process with it. The child reads the first and the last record of each
 * kind. 66 when it does not live.
 */
export function probe(directory: string): void {
  const file = dataFile(directory);
  const stamp = stampOf(file);
  if (wasClean(directory, stamp) || stamp === '') return;
  // LMDB would take an empty file for a new one.
  if (statSync(file).size === 0) throw damaged(directory);
  const lmdb = createRequire(import.meta.url).resolve('lmdb');
  const options = { stdio: 'ignore', timeout: PROBE_LIMIT_MS } as const;
  if (spawnSync(process.execPath, ['-e', PROBE, lmdb, file], options).status !== 0) throw damaged(directory);
}

/** The data file cannot be read, and what can be done. */
export const damaged = (directory: string) =>
  new StartupError(
    66,
    `The data file ${dataFile(directory)} is damaged. Put a backup in its place, or move the directory away to start empty.`,
  );

const PROBE = `
const [lmdb, path] = process.argv.slice(1);
const db = require(lmdb).open({ path, noSubdir: true, keyEncoding: 'binary', encoding: 'binary', maxDbs: 1 });
for (const kind of 'cdfmnqrtuvx') {
  const start = Buffer.from(kind);
  const end = Buffer.from([start[0] + 1]);
  for (const { value } of db.getRange({ start, end, limit: 1 })) value.toString();
  for (const { value } of db.getRange({ start: end, end: start, reverse: true, limit: 1 })) value.toString();
}
process.exit(0);
`;
