/**
 * What is known of messages that left, arrived, or came twice, over Redis keys (parts.ts names them). Made once, pointed
 * at a queue by `openMoves`. Deduplication ids, marks and events are written by `saveMoves`, after the fields.
 */
import {
  type Departure,
  type Event,
  type Events,
  FIFO_MEMORY_MS,
  type Mark,
  type Marks,
  type Outbox,
  type Seen,
  type SeenTable,
} from '../../../queue/parts.ts';
import type { Value } from './redis.ts';

type Row = [id: number, number: number, count: number, firstReceivedAt: number, to: string, redriven: number];
type SeenRow = [at: number, number: number, id: string];
type MarkRow = [look: number, arrived: number[]];
type EventRow = [at: number, what: string, number: number, id: string];

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare const cmsgpack: {
  pack(this: void, row: Row | SeenRow | EventRow | MarkRow): string;
  unpack(this: void, packed: string): unknown;
};

const EVENTS = 1000;

let base = '';
let seenPrefix = '';
let outboxKey = '';
/** What is to be written after the fields. */
let newSeen: { key: string; seen: Seen }[] = [];
let newMarks: { from: string; mark: Mark }[] = [];
let newEvents: Event[] = [];

export function openMoves(key: string, epoch: number): void {
  base = key;
  seenPrefix = `${key}:u${epoch}.`;
  outboxKey = `${key}:o${epoch}`;
  newSeen = [];
  newMarks = [];
  newEvents = [];
}

export function saveMoves(): void {
  for (const { key, seen } of newSeen) {
    const row: SeenRow = [seen.at, seen.number, seen.id];
    redis.call('SET', `${seenPrefix}${key}`, cmsgpack.pack(row), 'PX', FIFO_MEMORY_MS);
  }
  for (const { from, mark } of newMarks) {
    redis.call('HSET', `${base}:k`, from, cmsgpack.pack([mark.look, mark.arrived]));
  }
  for (const { at, what, number, id } of newEvents) {
    redis.call('RPUSH', `${base}:e`, cmsgpack.pack([at, what, number, id]));
  }
  if (newEvents.length > 0) redis.call('LTRIM', `${base}:e`, -EVENTS, -1);
}

export const seen: SeenTable = {
  get(key) {
    for (const one of newSeen) if (one.key === key) return one.seen;
    const packed = redis.call('GET', `${seenPrefix}${key}`);
    if (packed === false) return undefined;
    const [at, number, id] = cmsgpack.unpack(packed as string) as SeenRow;
    return { at, number, id };
  },
  set(key, row) {
    newSeen.push({ key, seen: row });
  },
};

function departureOf(packed: string): Departure {
  const [id, number, count, firstReceivedAt, to, redriven] = cmsgpack.unpack(packed) as Row;
  return { id, number, count, firstReceivedAt, to, redriven };
}

export const outbox: Outbox = {
  get(number) {
    const found = redis.call('ZRANGEBYSCORE', outboxKey, number, number, 'LIMIT', 0, 1) as string[];
    const packed = found[0];
    return packed === undefined ? undefined : departureOf(packed);
  },
  add({ id, number, count, firstReceivedAt, to, redriven }) {
    redis.call('ZREMRANGEBYSCORE', outboxKey, number, number);
    const row: Row = [id, number, count, firstReceivedAt, to, redriven];
    redis.call('ZADD', outboxKey, number, cmsgpack.pack(row));
  },
  remove(number) {
    redis.call('ZREMRANGEBYSCORE', outboxKey, number, number);
  },
  first(most) {
    const departures: Departure[] = [];
    for (const packed of redis.call('ZRANGE', outboxKey, 0, most - 1) as string[]) departures.push(departureOf(packed));
    return departures;
  },
};

export const marks: Marks = {
  get(from) {
    const packed = redis.call('HGET', `${base}:k`, from);
    if (packed === false) return undefined;
    const [look, arrived] = cmsgpack.unpack(packed as string) as MarkRow;
    return { look, arrived };
  },
  set(from, mark) {
    newMarks.push({ from, mark });
  },
};

export const events: Events = {
  add(event) {
    newEvents.push(event);
  },
  all() {
    const all: Event[] = [];
    for (const packed of redis.call('LRANGE', `${base}:e`, 0, -1) as string[]) {
      const [at, what, number, id] = cmsgpack.unpack(packed) as EventRow;
      all.push({ at, what: what as Event['what'], number, id });
    }
    return all;
  },
};
