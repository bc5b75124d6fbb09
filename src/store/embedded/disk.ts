import { freeBytes } from './environment.ts';

const LOOK_MS = 1000;

export interface DiskWatch {
  /** Less than the reserve is free: nothing that grows may be written. */
  readonly full: boolean;
  stop(): void;
}

/** Looks once a second how much space is left on the disk of `directory`. */
export function watchDisk(directory: string, reserveBytes: number): DiskWatch {
  let full = freeBytes(directory) < reserveBytes;
  const timer = setInterval(() => {
    full = freeBytes(directory) < reserveBytes;
  }, LOOK_MS);
  timer.unref();
  return {
    get full() {
      return full;
    },
    stop: () => clearInterval(timer),
  };
}
