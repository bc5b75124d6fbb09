/**
 * The parts of a queue over Redis, the simplest ones, for the proof that src/queue runs inside Redis. In the same
 * subset as src/queue. Five keys begin with the queue's own: its fields, two hashes by number, two sorted sets.
 */
import { newMeta } from '../../src/queue/enter.ts';
import type { Message, Messages, Meta, OrderedSet, Queue, State, States } from '../../src/queue/parts.ts';

type Argument = string | number;
interface Redis {
  call<Reply>(this: void, command: string, key: string, ...rest: Argument[]): Reply;
}
interface MessagePack {
  pack(this: void, row: Argument[]): string;
  unpack<Row>(this: void, packed: string): Row;
}
interface Text {
  format(this: void, pattern: string, value: number): string;
}
declare const redis: Redis;
declare const cmsgpack: MessagePack;
declare const string: Text;
declare function tonumber(this: void, text: string): number;

type MessageRow = [string, number, string, string, string, string, string, string];
type StateRow = [number, number, number, number, number, number];
type MetaRow = [number, number, number, number, number, number, number];

/** A queue that counts how often it called `ready`. */
export interface CountedQueue extends Queue {
  signals: number;
}

/** Opens the queue at `key`; one that is not there is new, with version 1. */
export function openQueue(key: string): CountedQueue {
  const messages = key + ':messages';
  const bodies = key + ':bodies';
  const states = key + ':states';
  const inFlight = key + ':inFlight';
  const delayed = key + ':delayed';
  const queue: CountedQueue = {
    meta: readMeta(key),
    messages: messagesAt(messages, bodies),
    states: statesAt(states),
    inFlight: orderedSetAt(inFlight),
    delayed: orderedSetAt(delayed),
    signals: 0,
    renew: () => {
      redis.call<number>('DEL', messages, bodies, states, inFlight, delayed);
    },
    discard: () => false,
    ready: () => {
      queue.signals += 1;
    },
  };
  return queue;
}

function readMeta(key: string): Meta {
  const packed = redis.call<string | false>('GET', key);
  if (packed === false) return newMeta(1, 0);
  const row = cmsgpack.unpack<MetaRow>(packed);
  return {
    version: row[0],
    epoch: row[1],
    head: row[2],
    tail: row[3],
    sideTail: row[4],
    total: row[5],
    last: row[6],
  };
}

/** Writes the fields of the queue at `key`: the end of every transition. */
export function saveMeta(key: string, meta: Meta): void {
  const row = [meta.version, meta.epoch, meta.head, meta.tail, meta.sideTail, meta.total, meta.last];
  redis.call<string>('SET', key, cmsgpack.pack(row));
}

function packMessage(message: Message): string {
  return cmsgpack.pack([
    message.id,
    message.sentAt,
    message.senderId,
    message.group,
    message.deduplicationId,
    message.bodyMd5,
    message.attributes,
    message.traceHeader,
  ]);
}

function unpackMessage(packed: string): Message {
  const row = cmsgpack.unpack<MessageRow>(packed);
  return {
    id: row[0],
    sentAt: row[1],
    senderId: row[2],
    group: row[3],
    deduplicationId: row[4],
    bodyMd5: row[5],
    attributes: row[6],
    traceHeader: row[7],
  };
}

function messagesAt(rows: string, bodies: string): Messages {
  return {
    get: (number) => {
      const packed = redis.call<string | false>('HGET', rows, number);
      return packed === false ? undefined : unpackMessage(packed);
    },
    body: (number) => {
      const body = redis.call<string | false>('HGET', bodies, number);
      return body === false ? '' : body;
    },
    add: (number, message, body) => {
      redis.call<number>('HSET', rows, number, packMessage(message));
      if (typeof body === 'string') redis.call<number>('HSET', bodies, number, body);
    },
    remove: (number) => {
      redis.call<number>('HDEL', rows, number);
      redis.call<number>('HDEL', bodies, number);
    },
  };
}

function packState(state: State): string {
  const times = [state.firstReceivedAt, state.receivedAt, state.due, state.dueBefore];
  return cmsgpack.pack([state.count, state.generation, times[0]!, times[1]!, times[2]!, times[3]!]);
}

function unpackState(packed: string): State {
  const row = cmsgpack.unpack<StateRow>(packed);
  return {
    count: row[0],
    generation: row[1],
    firstReceivedAt: row[2],
    receivedAt: row[3],
    due: row[4],
    dueBefore: row[5],
  };
}

function statesAt(key: string): States {
  return {
    get: (number) => {
      const packed = redis.call<string | false>('HGET', key, number);
      return packed === false ? undefined : unpackState(packed);
    },
    set: (number, state) => {
      redis.call<number>('HSET', key, number, packState(state));
    },
    remove: (number) => {
      redis.call<number>('HDEL', key, number);
    },
  };
}

/** Redis orders members of one score as text: numbers of a fixed width stand in the order of numbers. */
function memberOf(number: number): string {
  return string.format('%015.0f', number);
}

function orderedSetAt(key: string): OrderedSet {
  return {
    add: (member, score) => {
      redis.call<number>('ZADD', key, score, memberOf(member));
    },
    remove: (member) => {
      redis.call<number>('ZREM', key, memberOf(member));
    },
    first: (upTo) => {
      const found = redis.call<string[]>('ZRANGEBYSCORE', key, '-inf', upTo, 'LIMIT', 0, 1)[0];
      return found === undefined ? undefined : tonumber(found);
    },
    nextScore: (after) => {
      const above = '(' + string.format('%.0f', after);
      const found = redis.call<string[]>('ZRANGEBYSCORE', key, above, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[1];
      return found === undefined ? undefined : tonumber(found);
    },
    countUpTo: (upTo) => redis.call<number>('ZCOUNT', key, '-inf', upTo),
    size: () => redis.call<number>('ZCARD', key),
  };
}
