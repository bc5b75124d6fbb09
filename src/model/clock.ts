/**
 * Time. One of two files that may ask the machine (the other is ids.ts).
 *
 * `now()` is the engine's time in epoch milliseconds: monotonic time since the start plus the wall clock at the start,
 * drawn towards the wall by at most 50 ms a second. A leap of the wall clock therefore neither expires messages nor
 * shows them early. `wall()` is the wall clock itself: signatures and tokens use it. `at` calls back at a moment of the
 * engine's time, so that a test's clock moves the waiters too.
 */
export interface Clock {
  now(): number;
  wall(): number;
  /** Calls `then` once `now()` has reached `timeMs`; answers a function that cancels. Keeps no process alive. */
  at(timeMs: number, then: () => void): () => void;
}

const DRAW_PER_MS = 0.05;
/** Node's longest timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock. */
export function systemClock(): Clock {
  let last = performance.now();
  let time = Date.now();
  const now = () => {
    const elapsed = performance.now() - last;
    if (elapsed >= 1) {
      last += elapsed;
      time += elapsed;
      const ahead = time - Date.now();
      const most = elapsed * DRAW_PER_MS;
      time -= Math.max(-most, Math.min(most, ahead));
    }
    return Math.floor(time);
  };
  return {
    now,
    wall: () => Date.now(),
    at(timeMs, then) {
      // A timer may fire a little early against this clock: look again until the moment has come.
      const wake = () => {
        if (now() >= timeMs) then();
        else timer = arm();
      };
      const arm = () => setTimeout(wake, Math.min(LONGEST_MS, Math.max(1, timeMs - now()))).unref();
      let timer = arm();
      return () => clearTimeout(timer);
    },
  };
}
