import { describe, expect, it } from 'vitest';
import { Touched } from '../../src/store/embedded/touched.ts';
import { partsSuite } from './partsSuite.ts';

partsSuite('touched messages in memory', () => new Touched());

describe('Touched', () => {
  const state = { count: 1, generation: 2, firstReceivedAt: 3, receivedAt: 4, due: 5, dueBefore: 6 };

  it('counts a message once, for as long as any part knows it', () => {
    const touched = new Touched();
    touched.states.set(1, state);
    touched.inFlight.add(1, 5);
    touched.delayed.add(2, 5);
    expect(touched.size).toBe(2);
    touched.states.remove(1);
    expect(touched.size).toBe(2);
    touched.inFlight.remove(1);
    touched.inFlight.remove(2);
    expect(touched.size).toBe(1);
    touched.delayed.remove(2);
    expect(touched.size).toBe(0);
  });

  it('answers about all time and no time, empty or not', () => {
    const { inFlight } = new Touched();
    for (const count of [0, 1]) {
      if (count === 1) inFlight.add(9, 5);
      expect(inFlight.countUpTo(Number.POSITIVE_INFINITY)).toBe(count);
      expect(inFlight.nextScore(Number.POSITIVE_INFINITY)).toBeUndefined();
      expect(inFlight.countUpTo(Number.NEGATIVE_INFINITY)).toBe(0);
      expect(inFlight.first(Number.NEGATIVE_INFINITY)).toBeUndefined();
    }
  });

  it('uses the place of a removed message again, without its state', () => {
    const { states, inFlight } = new Touched();
    for (let number = 1; number <= 100; number += 1) {
      states.set(number, state);
      inFlight.add(number, number);
      states.remove(number);
      inFlight.remove(number);
      inFlight.add(number + 1_000, 1);
      expect(states.get(number + 1_000)).toBeUndefined();
      inFlight.remove(number + 1_000);
    }
  });
});
