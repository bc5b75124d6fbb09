/**
 * Time. One of two files that may ask the machine (the other is ids.ts).
 *
 * `now()` is the engine's time in epoch milliseconds: monotonic time since the start plus the wall clock at the start,
 * drawn towards the wall by at most 50 ms a second. A leap of the wall clock therefore neither expires messages nor
 * shows them early. `wall()` is the wall clock itself: signatures and tokens use it.
 */
export interface Clock {
  now(): number;
  wall(): number;
}

const DRAW_PER_MS = 0.05;

/** The machine's clock. */
export function systemClock(): Clock {
  let last = performance.now();
  let time = Date.now();
  return {
    now() {
      const elapsed = performance.now() - last;
      if (elapsed >= 1) {
        last += elapsed;
        time += elapsed;
        const ahead = time - Date.now();
        const most = elapsed * DRAW_PER_MS;
        time -= Math.max(-most, Math.min(most, ahead));
      }
      return Math.floor(time);
    },
    wall: () => Date.now(),
  };
}
