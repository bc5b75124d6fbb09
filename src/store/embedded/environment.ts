/**
 * The LMDB environment and what we demand of it.
 *
 * lmdb puts everything that is written in one turn of the event loop into one transaction, and all of it shares one
 * promise, which resolves when the transaction is flushed to disk (fdatasync; test/fault holds it to that). `settled`
 * hands that promise out: a hundred requests of one turn wait for one flush.
 *
 * When a commit fails, what is in memory and what is on disk may differ. On a full disk we go on: whoever waited is
 * told, and `onLoss` makes the store forget what it keeps in memory and read it again. Any other failure, or a commit
 * that takes longer than five seconds (after ENOSPC on its own page lmdb never answers again), is the end: a kernel
 * may have dropped the data while later flushes succeed, so the process stops rather than answer on.
 */
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { StorageUnavailable } from '../store.ts';

const COMMIT_LIMIT_MS = 5000;
const LOOK_MS = 500;
/** A failed commit with less free space than this is a full disk (ext4 answers EIO, not ENOSPC). */
const FULL_BYTES = 64 * 1024 * 1024;
/** Address space, not memory or disk: the file grows only as far as it is filled. */
const MAP_BYTES = 64 * 1024 ** 3;

export interface EnvironmentOptions {
  directory: string;
  durable: boolean;
  /** The storage has failed for good. */
  fatal: (exitCode: number, reason: string) => void;
}

/** What lmdb rejects with. */
interface CommitError extends Error {
  commitError?: Promise<never>;
}

export type Database = RootDatabase<Buffer, Buffer>;

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
  /** Called when a commit failed and the server goes on. */
  onLoss: () => void = () => {};
  private readonly options: EnvironmentOptions;
  /** The promise of the transaction that takes writes now, and since when it is awaited. */
  private commit: Promise<void> | undefined;
  private raw: Promise<boolean> | undefined;
  private readonly pending = new Map<Promise<boolean>, number>();
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

  put(key: Buffer, value: Buffer): Promise<boolean> {
    return this.track(this.db.put(key, value));
  }

  remove(key: Buffer): Promise<boolean> {
    return this.track(this.db.remove(key));
  }

  /**
   * Resolves when everything written so far is durable; for a store without durability, at once.
   * @throws StorageUnavailable when its commit failed.
   */
  settled(): Promise<void> {
    if (this.problem !== undefined) throw new StorageUnavailable('down', this.problem);
    return this.options.durable && this.commit !== undefined ? this.commit : DONE;
  }

  /** @throws StorageUnavailable once the storage has failed for good. */
  check(): void {
    if (this.problem !== undefined) throw new StorageUnavailable('down', this.problem);
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    await this.commit?.catch(() => {});
    if (this.problem === undefined) await this.db.close();
  }

  /** One promise a transaction: what lmdb answers for every later write of the same turn is the same object. */
  private track(raw: Promise<boolean>): Promise<boolean> {
    if (raw === this.raw) return raw;
    this.raw = raw;
    this.pending.set(raw, performance.now());
    const commit = raw.then(
      () => this.ended(raw),
      (error: CommitError) => {
        this.ended(raw);
        // lmdb rejects a second promise with the cause; unhandled it would end the process in the middle of a reply.
        error.commitError?.catch(() => {});
        throw this.failed(error);
      },
    );
    // Whoever asked with `settled` sees the rejection; when nobody did, it has been dealt with here.
    commit.catch(() => {});
    this.commit = commit;
    return raw;
  }

  private ended(raw: Promise<boolean>): void {
    this.pending.delete(raw);
    if (this.raw !== raw) return;
    this.raw = undefined;
    this.commit = undefined;
  }

  private failed(error: Error): StorageUnavailable {
    const full = /ENOSPC|No space left/i.test(error.message) || freeBytes(this.options.directory) < FULL_BYTES;
    if (full && this.problem === undefined) {
      this.onLoss();
      return new StorageUnavailable('full', 'The disk is full.');
    }
    this.stop(`Writing to ${dataFile(this.options.directory)} failed: ${error.message}`);
    return new StorageUnavailable('down', this.problem ?? error.message);
  }

  private lookForStuckCommit(): void {
    const [oldest] = this.pending.values();
    if (oldest === undefined || performance.now() - oldest < COMMIT_LIMIT_MS) return;
    this.stop(`Writing to ${dataFile(this.options.directory)} has not ended for ${COMMIT_LIMIT_MS / 1000} seconds.`);
  }

  private stop(reason: string): void {
    if (this.problem !== undefined) return;
    this.problem = reason;
    this.options.fatal(70, reason);
  }
}

const DONE = Promise.resolve();
