/** What the clients in JavaScript share: a step says that it passed, or ends the program. */
import { setTimeout as pause } from 'node:timers/promises';

export async function step(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    console.error(`failed: ${name}\n${error.stack ?? error}`);
    process.exit(1);
  }
}

/** The first answer of `probe` that is not empty. */
export async function until(what, probe, withinMs = 15_000) {
  for (const end = performance.now() + withinMs; performance.now() < end; await pause(50)) {
    const value = await probe();
    if (value) return value;
  }
  throw new Error(`waited ${withinMs} ms in vain until ${what}`);
}
