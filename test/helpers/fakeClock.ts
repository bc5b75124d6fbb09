import type { Clock } from '../../src/model/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward and calls back, in order, whatever falls due on the way. */
  advance(ms: number): void;
}

/** A clock that moves only when told. Both its times are the same. */
export function fakeClock(startMs = 1_700_000_000_000): FakeClock {
  let now = startMs;
  let timers: { timeMs: number; then: () => void }[] = [];
  return {
    now: () => now,
    wall: () => now,
    at(timeMs, then) {
      const timer = { timeMs, then };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter((timer) => timer.timeMs <= end).sort((a, b) => a.timeMs - b.timeMs);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.timeMs);
        next.then();
      }
      now = end;
    },
  };
}
