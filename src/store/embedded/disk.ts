/**
 * The space on the disk. Below the reserve nothing that grows is written, so that receiving and deleting go on, which
 * is what frees space: not on the disk, but in the data file, which never shrinks. When the disk itself has less than a
 * quarter of the reserve left, free pages in the file do not help, since they may be too scattered for a large message.
 * A file of zeros, the ballast, is given up then, and made again later.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, freeBytes } from './environment.ts';

const LOOK_MS = 1000;
const LOOKS_PER_RESERVE = 16;
/** The ballast is made when the server has run for a while: a start has better things to write. */
const BALLAST_AFTER_LOOKS = 30;
const BALLAST_BYTES = 64 * 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024);

export interface DiskWatch {
  /** Less than the reserve is free: nothing that grows may be written. */
  readonly full: boolean;
  stop(): Promise<void>;
}

/** Looks how much space is left on the disk of `directory`: once a second, and after so much has been written. */
export function watchDisk(directory: string, environment: Environment, reserveBytes: number): DiskWatch {
  const ballast = join(directory, 'ballast');
  const ballastBytes = Math.min(BALLAST_BYTES, Math.floor(reserveBytes / 4));
  const least = reserveBytes / 4;
  let free = 0;
  let spare = 0;
  let lookedAtBytes = 0;
  let looks = 0;
  let stopped = false;
  let filling: Promise<void> | undefined;

  async function fill(): Promise<void> {
    const file = await open(`${ballast}.new`, 'w', 0o600);
    for (let bytes = 0; bytes < ballastBytes && !stopped; bytes += CHUNK.length) await file.write(CHUNK);
    await file.close();
    if (!stopped) renameSync(`${ballast}.new`, ballast);
  }

  function look(): void {
    free = freeBytes(directory);
    spare = environment.spareBytes();
    lookedAtBytes = environment.writtenBytes;
  }

  function tend(): void {
    look();
    looks += 1;
    if (free < least) rmSync(ballast, { force: true });
    if (looks < BALLAST_AFTER_LOOKS || free < reserveBytes + ballastBytes || ballastBytes === 0) return;
    if (filling === undefined && !existsSync(ballast)) {
      filling = fill()
        .catch(() => rmSync(`${ballast}.new`, { force: true }))
        .finally(() => {
          filling = undefined;
        });
    }
  }

  look();
  const timer = setInterval(() => {
    try {
      tend();
    } catch {
      // The directory cannot be looked at. Writing to it will say why.
    }
  }, LOOK_MS).unref();
  return {
    get full() {
      if (reserveBytes === 0) return false;
      if (environment.writtenBytes - lookedAtBytes > reserveBytes / LOOKS_PER_RESERVE) look();
      // What is on its way is not on the disk yet, and may take twice its size there.
      const left = free - 2 * environment.pendingBytes;
      return left < least || left + spare < reserveBytes;
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await filling;
    },
  };
}
