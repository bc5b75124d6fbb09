import type { Clock } from '../../src/model/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward and calls back, in order, whatever falls due on the way. */
  advance(ms: number): void;
  /** How many call-backs are planned for that time. */
  plannedAt(timeMs: number): number;
}

/** A clock that moves only when told. Both its times are the same. */
export function fakeClock(startMs = 1_700_000_000_000): FakeClock {
  let now = startMs;
  let timers: { timeMs: number; then: () => void }[] = [];
  const call = (timer: (typeof timers)[0]) => {
    if (!timers.includes(timer)) return;
    timers = timers.filter((other) => other !== timer);
    timer.then();
  };
  return {
    now: () => now,
    wall: () => now,
    at(timeMs, then) {
      const timer = { timeMs, then };
      timers.push(timer);
      // What is due already is called back by itself, as by any clock.
      if (timeMs <= now) setImmediate(() => call(timer));
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    plannedAt: (timeMs) => timers.filter((timer) => timer.timeMs === timeMs).length,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter((timer) => timer.timeMs <= end).sort((a, b) => a.timeMs - b.timeMs);
        if (next === undefined) break;
        now = Math.max(now, next.timeMs);
        call(next);
      }
      now = end;
    },
  };
}
