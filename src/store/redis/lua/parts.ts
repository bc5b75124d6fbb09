/**
 * One queue opened over Redis keys: the parts of src/queue, running inside Redis. The only file that names a key of a
 * queue; all of them begin with the queue's own, `<prefix>:{<id>}`, and so live in one slot.
 *
 *   (itself)           the fields (Meta) and the last answer, packed; absent: no such queue
 *   :q                 the queue record, as JSON
 *   :m<epoch>.<n/128>  hash: messages 128n … 128n+127, row and body packed
 *   :a<epoch>.<n>      the body of message n when it is a large one (`apart`), so that no key is large
 *   :l<epoch>          set: the numbers that have such a body
 *   :s<epoch>.<n/128>  hash: states; packed they stay below 64 bytes, and the hash a listpack
 *   :i<epoch>          sorted set: in flight, by the time they come back
 *   :d<epoch>          sorted set: delayed, by the time they come out
 *   :g<epoch>          sorted set, all scores 0: lane, blank, number; the numbers of the side log have equal widths
 *   :w<epoch>          sorted set: the line, lanes by place
 *   :t<epoch>          sorted set: tenants by how many touched messages they have
 *   :u<epoch>.<key>    what a deduplication id stands for, packed; Redis expires it
 *   :o<epoch>          sorted set: departures, packed, by number
 *   :k                 hash: the marks of each source queue, packed
 *   :e                 list: the last events, packed
 *   :j                 hash: notes
 *   :r<request id>     an earlier answer, packed; Redis expires it. The last one stands with the fields: an answer is
 *                      there if and only if what it answers for is
 *   :graves            list: epochs that are over and not discarded yet
 *   :never             is named in every call and never exists. While a slot moves to another node, Redis refuses a call
 *                      that names a key it has and one it has not (TRYAGAIN), on both sides, until the slot has moved.
 *                      With one key, it would run where the other keys are not.
 *
 * What a number becomes as text, in a
 * key, is below 10^14. The objects are made once, while Redis loads the library, and pointed at a queue by `open`.
 */
import { newMeta } from '../../../queue/enter.ts';
import { type Answer, type Body, type Message, type Queue, SIDE_LOG, type State } from '../../../queue/parts.ts';
import { apartKey, apartSet, BUCKET, bury, discardFrom, type Extent } from './graves.ts';
import { lanes, line, openLanes, tenants } from './lanes.ts';
import { events, marks, openMoves, outbox, saveMoves, seen } from './moves.ts';
import type { Value } from './redis.ts';
import { sortedSet } from './sets.ts';

/** The last three are there for a dead letter only. */
type Texts = [string, number, string, string, string, string, string, string];
type MessageRow = [...Texts, apart: number, body: string, source?: string, received?: number, firstReceivedAt?: number];
type StateRow = [number, number, number, number, number, number];
type Eight = [number, number, number, number, number, number, number, number];
/** What a row of an older version does not have is as in a queue that never needed it. */
type Later = [fifo?: number, sideHead?: number, active?: number, turn?: number, laned?: number, leaving?: number];
type MetaRow = [
  ...Eight,
  lastRequest: string,
  lastAnswer: string,
  ...Later,
  keepSeconds?: number,
  low?: number,
  look?: number,
];
type AnswerRow = [number, number, number, number[], string[], number, number];

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare const cmsgpack: {
  pack(this: void, row: MessageRow | StateRow | MetaRow | AnswerRow): string;
  unpack(this: void, packed: string): unknown;
};
declare function tonumber(this: void, text: string): number;

/** How many buckets `seek` looks at before it gives up. */
const SEEK_LOOKS = 1000;

let base = '';
let apart = false;
let signalled = false;
/** The fields as they were when the queue was opened. */
let opened: Extent = newMeta(0, 0, 0);
let messagePrefix = '';
let statePrefix = '';
/** The last answer, packed, whose it is ('' for none), and how long it is kept. */
let lastRequest = '';
let lastAnswer = '';
let keepSeconds = 0;
/** The message read last: `body` and `remove` follow `get`. */
let lastNumber = -1;
let lastRow: MessageRow | undefined;

const bucketOf = (prefix: string, number: number): string => `${prefix}${Math.floor(number / BUCKET)}`;

/**
 * The fields of a bucket's hash as texts: Redis would make one of the number at every call. Made with the first call;
 * a number cannot become a text while the library is loaded.
 */
const fieldNames: string[] = [];
const fieldOf = (number: number): string => fieldNames[number % BUCKET] as string;

const inFlight = sortedSet();
const delayed = sortedSet();

/** Says of the next message that is added whether its body gets a key of its own. */
export function setApart(yes: boolean): void {
  apart = yes;
}

function readRow(number: number): MessageRow | undefined {
  if (lastNumber === number) return lastRow;
  lastNumber = number;
  const packed = redis.call('HGET', bucketOf(messagePrefix, number), fieldOf(number));
  lastRow = packed === false ? undefined : (cmsgpack.unpack(packed as string) as MessageRow);
  return lastRow;
}

const messages = {
  get(number: number): Message | undefined {
    const row = readRow(number);
    if (row === undefined) return undefined;
    return {
      id: row[0],
      sentAt: row[1],
      senderId: row[2],
      group: row[3],
      deduplicationId: row[4],
      bodyMd5: row[5],
      attributes: row[6],
      traceHeader: row[7],
      deadLetterSource: row[10] === undefined ? '' : row[10],
      receivedBefore: orElse(row[11], 0),
      firstReceivedBefore: orElse(row[12], 0),
    };
  },
  body(number: number): Body {
    const row = readRow(number);
    if (row === undefined) return '';
    return row[8] === 0 ? row[9] : (redis.call('GET', apartKey(base, queue.meta.epoch, number)) as string);
  },
  add(number: number, message: Message, body: Body): void {
    lastNumber = -1;
    const { epoch } = queue.meta;
    const row: MessageRow = [
      message.id,
      message.sentAt,
      message.senderId,
      message.group,
      message.deduplicationId,
      message.bodyMd5,
      message.attributes,
      message.traceHeader,
      apart ? 1 : 0,
      apart ? '' : (body as string),
    ];
    if (message.deadLetterSource !== '') {
      row.push(message.deadLetterSource);
      row.push(message.receivedBefore);
      row.push(message.firstReceivedBefore);
    }
    const added = redis.call('HSET', bucketOf(messagePrefix, number), fieldOf(number), cmsgpack.pack(row));
    if (apart) {
      redis.call('SADD', apartSet(base, epoch), number);
      redis.call('SET', apartKey(base, epoch, number), body as string);
    } else if (added === 0) {
      // In the place of one whose send broke off.
      removeApart(epoch, number);
    }
  },
  remove(number: number): void {
    const row = readRow(number);
    lastNumber = -1;
    if (row !== undefined) redis.call('HDEL', bucketOf(messagePrefix, number), fieldOf(number));
    // Without a row it is a removal that broke off, or a hole.
    if (row === undefined || row[8] !== 0) removeApart(queue.meta.epoch, number);
  },
  seek(from: number, upTo: number): number {
    let number = from;
    let looks = 0;
    while (number < upTo && looks < SEEK_LOOKS) {
      const bucket = Math.floor(number / BUCKET) * BUCKET;
      const found = firstField(bucketOf(messagePrefix, number), number - bucket);
      if (found !== undefined) return Math.min(upTo, bucket + found);
      number = bucket + BUCKET;
      looks += 1;
    }
    return Math.min(number, upTo);
  },
};

/** The smallest field of a bucket that is not below `least`. */
function firstField(bucket: string, least: number): number | undefined {
  let first: number | undefined;
  for (const name of redis.call('HKEYS', bucket) as string[]) {
    const field = tonumber(name);
    if (field >= least && (first === undefined || field < first)) first = field;
  }
  return first;
}

function removeApart(epoch: number, number: number): void {
  redis.call('UNLINK', apartKey(base, epoch, number));
  redis.call('SREM', apartSet(base, epoch), number);
}

const states = {
  get(number: number): State | undefined {
    const packed = redis.call('HGET', bucketOf(statePrefix, number), fieldOf(number));
    if (packed === false) return undefined;
    const row = cmsgpack.unpack(packed as string) as StateRow;
    return {
      count: row[0],
      generation: row[1],
      firstReceivedAt: row[2],
      receivedAt: row[3],
      due: row[4],
      dueBefore: row[5],
    };
  },
  set(number: number, state: State): void {
    const { count, generation, firstReceivedAt, receivedAt, due, dueBefore } = state;
    const row: StateRow = [count, generation, firstReceivedAt, receivedAt, due, dueBefore];
    redis.call('HSET', bucketOf(statePrefix, number), fieldOf(number), cmsgpack.pack(row));
  },
  remove(number: number): void {
    redis.call('HDEL', bucketOf(statePrefix, number), fieldOf(number));
  },
};

const requests = {
  get(id: string): Answer | undefined {
    const packed = id === lastRequest ? lastAnswer : redis.call('GET', `${base}:r${id}`);
    if (packed === false) return undefined;
    const row = cmsgpack.unpack(packed as string) as AnswerRow;
    const [at, epoch, generation, numbers, ids, due, keepMs] = row;
    return { at, epoch, generation, due, keepMs, numbers, ids };
  },
  set(id: string, answer: Answer): void {
    const { at, epoch, generation, due, keepMs, numbers, ids } = answer;
    if (lastRequest !== '') redis.call('SET', `${base}:r${lastRequest}`, lastAnswer, 'EX', keepSeconds);
    lastRequest = id;
    lastAnswer = cmsgpack.pack([at, epoch, generation, numbers, ids, due, keepMs]);
    keepSeconds = keepMs / 1000;
  },
};

/** The one queue that is open. */
export const queue: Queue = {
  meta: newMeta(0, 0, 0),
  messages,
  states,
  inFlight,
  delayed,
  lanes,
  line,
  tenants,
  seen,
  outbox,
  marks,
  events,
  requests,
  renew() {
    bury(base, opened);
    openEpoch();
  },
  discard: (slice) => discard(slice),
  ready() {
    signalled = true;
  },
};

function openEpoch(): void {
  const { epoch } = queue.meta;
  messagePrefix = `${base}:m${epoch}.`;
  statePrefix = `${base}:s${epoch}.`;
  lastNumber = -1;
  inFlight.open(`${base}:i${epoch}`);
  delayed.open(`${base}:d${epoch}`);
  openLanes(base, epoch);
  openMoves(base, epoch);
}

/** Points the parts at the queue under `key`; its version is 0 when there is none. */
export function open(key: string): void {
  while (fieldNames.length < BUCKET) fieldNames.push(`${fieldNames.length}`);
  base = key;
  apart = false;
  signalled = false;
  const packed = redis.call('GET', key);
  if (packed === false) {
    queue.meta = newMeta(0, 0, 0);
    lastRequest = '';
    lastAnswer = '';
  } else {
    read(cmsgpack.unpack(packed as string) as MetaRow);
  }
  const { epoch, low, tail, sideHead, sideTail } = queue.meta;
  opened = { epoch, low, tail, sideHead, sideTail };
  openEpoch();
}

function read(row: MetaRow): void {
  queue.meta = {
    version: row[0],
    epoch: row[1],
    head: row[2],
    tail: row[3],
    sideTail: row[4],
    total: row[5],
    last: row[6],
    purgedAt: row[7],
    fifo: orElse(row[10], 0),
    sideHead: orElse(row[11], SIDE_LOG),
    active: orElse(row[12], SIDE_LOG),
    turn: orElse(row[13], 0),
    laned: orElse(row[14], 0),
    leaving: orElse(row[15], 0),
    low: orElse(row[17], 1),
    look: orElse(row[18], 0),
  };
  lastRequest = row[8];
  lastAnswer = row[9];
  keepSeconds = orElse(row[16], 60);
}

const orElse = (value: number | undefined, other: number): number => (value === undefined ? other : value);

function fields(): string {
  const { version, epoch, head, tail, sideTail, total, last, purgedAt } = queue.meta;
  const { fifo, sideHead, active, turn, laned, leaving, low, look } = queue.meta;
  return cmsgpack.pack([
    version,
    epoch,
    head,
    tail,
    sideTail,
    total,
    last,
    purgedAt,
    lastRequest,
    lastAnswer,
    fifo,
    sideHead,
    active,
    turn,
    laned,
    leaving,
    keepSeconds,
    low,
    look,
  ]);
}

/** The end of every transition: writes the fields, then tells who waits. */
export function save(): void {
  redis.call('SET', base, fields());
  saveMoves();
  if (signalled) redis.call('SPUBLISH', base, '');
}

/** Writes the record of a queue and its version, by one command: with one of them alone every call would be refused. */
export function setRecord(record: string, version: number): void {
  queue.meta.version = version;
  redis.call('MSET', base, fields(), `${base}:q`, record);
}

/** Removes the fields and the record; what the queue held is discarded later. */
export function end(): void {
  bury(base, queue.meta);
  redis.call('UNLINK', base, `${base}:q`, `${base}:k`, `${base}:e`, `${base}:j`);
  redis.call('SPUBLISH', base, '');
}

/** Discards up to `slice` buckets of the first epoch that is over; true while there may be more. */
export function discard(slice: number): boolean {
  const { version, epoch } = queue.meta;
  return discardFrom(base, version > 0 ? epoch : undefined, slice);
}
