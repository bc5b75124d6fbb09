/**
 * The LMDB environment and what we demand of it.
 *
 * A *turn* is everything that is written in one turn of the event loop. lmdb puts it into one transaction and answers
 * every write of it with the same promise, which resolves once the transaction is flushed to disk (fdatasync): a
 * hundred requests of one turn wait for one flush. Turns end in the order in which they began.
 *
 * A commit that fails, or does not end in five seconds, is the end: a kernel may have dropped the data while later
 * flushes succeed, and on a full disk lmdb spoils its memory or never answers again. So the process stops rather than
 * answer on. disk.ts keeps the disk from getting full.
 */
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { StorageUnavailable } from '../store.ts';

const LOOK_MS = 500;
/** How many looks a commit may take. Looks are counted, not time: a process that was stopped for a minute is not stuck. */
const LOOKS = 10;
/** A failed commit with less free space than this is a full disk (ext4 answers EIO, not ENOSPC). */
const FULL_BYTES = 64 * 1024 * 1024;
/** Address space, not memory or disk: the file grows only as far as it is filled. */
const MAP_BYTES = 64 * 1024 ** 3;

export interface EnvironmentOptions {
  directory: string;
  durable: boolean;
  /** The storage has failed for good; called once. */
  fatal: (exitCode: number, reason: string) => void;
}

export type Database = RootDatabase<Buffer, Buffer>;

export interface Turn {
  readonly commit: Promise<boolean>;
  readonly durable: Promise<void>;
  resolve: () => void;
  reject: (error: StorageUnavailable) => void;
  /** Called when the turn has ended, whichever way: LMDB shows what there is of it. */
  readonly after: (() => void)[];
  /** Bytes of values. */
  bytes: number;
  looks: number;
}

/** What the parts of a queue use of the environment. */
export interface Writing extends Pick<Environment, 'get' | 'put' | 'remove'> {
  keys(range: Range): Iterable<Buffer>;
  entries(range: Range): Iterable<{ key: Buffer; value: Buffer }>;
}

/** From and to (exclusive). */
interface Range {
  start: Buffer;
  end: Buffer;
  limit?: number;
}

export const dataFile = (directory: string) => join(directory, 'data.mdb');

/** Free bytes on the disk of a directory. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

export class Environment {
  readonly db: Database;
  /** Why nothing can be done any more; undefined while all is well. */
  problem: string | undefined;
  /** Bytes that have been written, and those of them whose commit has not ended. */
  writtenBytes = 0;
  pendingBytes = 0;
  private readonly options: EnvironmentOptions;
  /** Turns whose commit has not ended, oldest first. */
  private readonly pending: Turn[] = [];
  private readonly watch: NodeJS.Timeout;

  constructor(options: EnvironmentOptions) {
    this.options = options;
    this.db = open<Buffer, Buffer>({
      path: dataFile(options.directory),
      noSubdir: true,
      keyEncoding: 'binary',
      encoding: 'binary',
      mapSize: MAP_BYTES,
      maxDbs: 1,
      ...(options.durable ? {} : { noSync: true, overlappingSync: false }),
    });
    this.watch = setInterval(() => this.lookForStuckCommit(), LOOK_MS);
    this.watch.unref();
  }

  put(key: Buffer, value: Buffer): Turn {
    const turn = this.turnOf(this.db.put(key, value));
    turn.bytes += value.length;
    this.writtenBytes += value.length;
    this.pendingBytes += value.length;
    return turn;
  }

  remove(key: Buffer): Turn {
    return this.turnOf(this.db.remove(key));
  }

  /** The committed value of a key. A failing read is the end: the transition that asked may have written half of itself. */
  get(key: Buffer): Buffer | undefined {
    try {
      return this.db.get(key);
    } catch (error) {
      this.stop(`Reading ${dataFile(this.options.directory)} failed: ${(error as Error).message}`);
      throw this.down();
    }
  }

  /**
   * Resolves when everything written so far is committed, and durable if the store is. A store that is not durable
   * waits as well: answers that go out in groups cost half of what they cost one by one (measured: 60 µs against 116 µs
   * of CPU a send).
   * @throws StorageUnavailable when its commit failed.
   */
  settled(): Promise<void> {
    return this.pending.at(-1)?.durable ?? DONE;
  }

  /** @throws StorageUnavailable once the storage has failed. */
  check(): void {
    if (this.problem !== undefined) throw this.down();
  }

  /** Bytes of the data file that hold nothing: the file never shrinks, new records go there first. */
  spareBytes(): number {
    const stats = this.db.getStats() as Pages & { free: Pages; lastPageNumber: number; pageSize: number };
    return (stats.lastPageNumber + 1 - META_PAGES - pagesOf(stats) - pagesOf(stats.free)) * stats.pageSize;
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    await this.pending.at(-1)?.durable.catch(() => {});
    if (this.problem === undefined) await this.db.close();
  }

  /** One turn a transaction: what lmdb answers for every later write of it is the same object. */
  private turnOf(commit: Promise<boolean>): Turn {
    const newest = this.pending.at(-1);
    if (newest?.commit === commit) return newest;
    const turn = newTurn(commit);
    this.pending.push(turn);
    // lmdb makes one promise more for each transaction and gives it to nobody; by then it can be had by this name.
    setImmediate(() => this.db.committed.then(IGNORE, IGNORE));
    commit.then(
      () => this.end(turn),
      (error: Error & { commitError?: Promise<unknown> }) => {
        // lmdb tells the cause by a second promise, which nobody else listens to.
        error.commitError?.catch(() => {});
        this.end(turn, error);
      },
    );
    return turn;
  }

  private end(turn: Turn, error?: Error): void {
    this.pending.splice(this.pending.indexOf(turn), 1);
    this.pendingBytes -= turn.bytes;
    for (const then of turn.after) then();
    if (error === undefined) {
      turn.resolve();
      return;
    }
    const { directory } = this.options;
    const cause = freeBytes(directory) < FULL_BYTES ? 'the disk is full' : 'the disk reports an error';
    this.stop(`Writing to ${dataFile(directory)} failed: ${cause}.`);
    turn.reject(this.down());
  }

  private down(): StorageUnavailable {
    return new StorageUnavailable('down', this.problem ?? '');
  }

  private lookForStuckCommit(): void {
    const [oldest] = this.pending;
    if (oldest === undefined) return;
    oldest.looks += 1;
    if (oldest.looks >= LOOKS) this.stop(`Writing to ${dataFile(this.options.directory)} does not end.`);
  }

  private stop(reason: string): void {
    if (this.problem !== undefined) return;
    this.problem = reason;
    for (const turn of this.pending) turn.reject(this.down());
    this.options.fatal(70, reason);
  }
}

function newTurn(commit: Promise<boolean>): Turn {
  let resolve = () => {};
  let reject: Turn['reject'] = () => {};
  const durable = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Whoever waits sees a rejection; when nobody does, it has been dealt with here.
  durable.catch(() => {});
  return { commit, durable, resolve, reject, after: [], bytes: 0, looks: 0 };
}

interface Pages {
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

const META_PAGES = 2;
const pagesOf = (tree: Pages) => tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages;

const IGNORE = () => {};
const DONE = Promise.resolve();
