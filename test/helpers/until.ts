import { setTimeout as pause } from 'node:timers/promises';

/** Resolves with the first value of `probe` that is not false or undefined; fails after `withinMs` saying what it waited for. */
export async function until<T>(
  what: string,
  probe: () => T | false | undefined | Promise<T | false | undefined>,
  withinMs = 5000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await pause(2);
  }
}
