import type { OrderedSet } from '../../../queue/parts.ts';
import type { Value } from './redis.ts';

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare function tonumber(this: void, text: string): number;

/** Added to a number it has sixteen digits, as every other: ties are ordered by number. */
const WIDTH = 4_503_599_627_370_496;

export interface SortedSet extends OrderedSet {
  open(key: string): void;
}

/**
 * Most calls find the delayed set empty, and nothing returned in the other: what was answered once saves the same
 * questions again. `known` is the size, -1 before it is asked; `first` the answer to `first(firstUpTo)`, if it is known.
 */
export function sortedSet(): SortedSet {
  let key = '';
  let known = -1;
  let first: number | undefined;
  let firstUpTo = 0;
  let isFirstKnown = false;
  const size = (): number => {
    if (known < 0) known = redis.call('ZCARD', key) as number;
    return known;
  };
  return {
    open(opening) {
      key = opening;
      known = -1;
      isFirstKnown = false;
    },
    size,
    add(member, score) {
      const added = redis.call('ZADD', key, score, member + WIDTH) as number;
      if (known >= 0) known += added;
      if (score <= firstUpTo || member === first) isFirstKnown = false;
    },
    remove(member) {
      if (known === 0) return;
      const removed = redis.call('ZREM', key, member + WIDTH) as number;
      if (known >= 0) known -= removed;
      if (member === first) isFirstKnown = false;
    },
    first(upTo) {
      if (size() === 0) return undefined;
      if (!isFirstKnown || upTo !== firstUpTo) {
        const found = redis.call('ZRANGEBYSCORE', key, '-inf', upTo, 'LIMIT', 0, 1) as string[];
        const member = found[0];
        first = member === undefined ? undefined : tonumber(member) - WIDTH;
        firstUpTo = upTo;
        isFirstKnown = true;
      }
      return first;
    },
    nextScore(after) {
      if (size() === 0) return undefined;
      const found = redis.call('ZRANGEBYSCORE', key, after + 1, '+inf', 'WITHSCORES', 'LIMIT', 0, 1) as string[];
      const score = found[1];
      return score === undefined ? undefined : tonumber(score);
    },
    countUpTo(upTo) {
      return size() === 0 ? 0 : (redis.call('ZCOUNT', key, '-inf', upTo) as number);
    },
  };
}
