/**
 * Parts over plain Redis keys, in the subset that compiles to Lua. They are as simple as they can be: what they prove is
 * that src/queue runs inside Redis and answers as it does in Node. The store for Redis has parts of its own.
 *
 * Keys, all with the epoch: `m` rows, `b` bodies, `s` states (hashes by number), `i` in flight, `d` delayed (sorted sets).
 * `f` holds the fields. Members of sorted sets have the same width, so that ties are ordered by number.
 */
import { newMeta } from '../../src/queue/enter.ts';
import type { Body, Message, Meta, OrderedSet, Queue, State } from '../../src/queue/parts.ts';

type Value = string | number;

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare const cmsgpack: {
  pack(this: void, row: object): string;
  unpack(this: void, packed: string): unknown;
};
declare function tonumber(this: void, text: string): number;

/** Added to a number it has sixteen digits, as every other. */
const WIDTH = 4_503_599_627_370_496;

function rowOf<Row>(key: string, number: number): Row | undefined {
  const packed = redis.call('HGET', key, number);
  if (packed === false) return undefined;
  return cmsgpack.unpack(packed as string) as Row;
}

function orderedSet(key: string): OrderedSet {
  return {
    add(member, score) {
      redis.call('ZADD', key, score, member + WIDTH);
    },
    remove(member) {
      redis.call('ZREM', key, member + WIDTH);
    },
    first(upTo) {
      const found = redis.call('ZRANGEBYSCORE', key, '-inf', upTo, 'LIMIT', 0, 1) as string[];
      const member = found[0];
      return member === undefined ? undefined : tonumber(member) - WIDTH;
    },
    nextScore(after) {
      const found = redis.call('ZRANGEBYSCORE', key, after + 1, '+inf', 'WITHSCORES', 'LIMIT', 0, 1) as string[];
      const score = found[1];
      return score === undefined ? undefined : tonumber(score);
    },
    countUpTo(upTo) {
      return redis.call('ZCOUNT', key, '-inf', upTo) as number;
    },
    size() {
      return redis.call('ZCARD', key) as number;
    },
  };
}

/** The queue under a key, with the fields it has; a new one when there are none. `ready` counts into `r`. */
export function open(id: string): Queue {
  const packed = redis.call('GET', `${id}f`);
  const meta = packed === false ? newMeta(1, 0) : (cmsgpack.unpack(packed as string) as Meta);
  return parts(id, meta);
}

/** Writes the fields: the end of every transition. */
export function save(id: string, queue: Queue): void {
  redis.call('SET', `${id}f`, cmsgpack.pack(queue.meta));
}

function parts(id: string, meta: Meta): Queue {
  const rows = `${id}m`;
  const bodies = `${id}b`;
  const states = `${id}s`;
  const inFlight = `${id}i`;
  const delayed = `${id}d`;
  return {
    meta,
    messages: {
      get: (number) => rowOf<Message>(rows, number),
      body: (number) => redis.call('HGET', bodies, number) as Body,
      add(number, message, body) {
        redis.call('HSET', rows, number, cmsgpack.pack(message));
        redis.call('HSET', bodies, number, body as string);
      },
      remove(number) {
        redis.call('HDEL', rows, number);
        redis.call('HDEL', bodies, number);
      },
    },
    states: {
      get: (number) => rowOf<State>(states, number),
      set(number, state) {
        redis.call('HSET', states, number, cmsgpack.pack(state));
      },
      remove(number) {
        redis.call('HDEL', states, number);
      },
    },
    inFlight: orderedSet(inFlight),
    delayed: orderedSet(delayed),
    renew() {
      redis.call('DEL', rows, bodies, states, inFlight, delayed);
    },
    discard: () => false,
    ready() {
      redis.call('INCR', `${id}r`);
    },
  };
}
