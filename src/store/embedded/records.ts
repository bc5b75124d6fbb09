/**
 * Records: the only file that knows how keys and values stand in LMDB. One database, binary keys; `<q>` is the number
 * that a queue was given at its creation, never used again.
 *
 *   m <q> <epoch> <number>    a message: its row and its body
 *   t <q> <epoch> <number>    the state of a touched message
 *   s <q> <epoch> <half> <key>        what a deduplication id stands for; <half>: five minutes, counted from 1970
 *   o <q> <epoch> <number>    a departure
 *   k <q> <queue id>          marks: the last departures of that queue that have arrived here
 *   j <q> <name>              a note that is kept with the queue
 *   f <q>                     the fields of a queue (Meta)
 *   q <account><region><name> the queue record, with <q>, as JSON
 *   n <account><region><name> when a queue of that name was removed last
 *   d <q> <epoch>             an epoch whose messages are to be discarded; epoch 0: all of a queue that is gone
 *   u <username>              a user, as JSON
 *   r <family>                a refresh family, as JSON
 *   x <q> <epoch> <number>    a message whose body was found damaged: kept, never delivered
 *   c                         the last <q> that was given
 *   v                         the version of this layout
 */
import { type Departure, type Message, type Meta, type Seen, SIDE_LOG, type State } from '../../queue/parts.ts';

export const LAYOUT_VERSION = 1;

const code = (letter: string) => letter.charCodeAt(0);
const MESSAGE = code('m');
const STATE = code('t');
const DAMAGED = code('x');
const DEAD = code('d');
const SEEN = code('s');
const OUT = code('o');
const MARK = code('k');
const NOTE = code('j');

function numbered(kind: number, q: number, epoch: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(15);
  key[0] = kind;
  key.writeUInt32BE(q, 1);
  key.writeUInt32BE(epoch, 5);
  key.writeUIntBE(number, 9, 6);
  return key;
}

const LAST_NUMBER = 2 ** 48 - 1;

export const messageKey = (q: number, epoch: number, number: number) => numbered(MESSAGE, q, epoch, number);
export const stateKey = (q: number, epoch: number, number: number) => numbered(STATE, q, epoch, number);
export const damagedKey = (q: number, epoch: number, number: number) => numbered(DAMAGED, q, epoch, number);
export const departureKey = (q: number, epoch: number, number: number) => numbered(OUT, q, epoch, number);
/** The number that a message's, a state's or a departure's key ends with. */
export const numberOfKey = (key: Buffer): number => key.readUIntBE(9, 6);

/** From and to (exclusive) of all states of an epoch. */
export const statesOf = (q: number, epoch: number) => ({
  start: stateKey(q, epoch, 0),
  end: stateKey(q, epoch, LAST_NUMBER),
});

/** From and to (exclusive) of all messages of an epoch. */
export const messagesOf = (q: number, epoch: number) => ({
  start: messageKey(q, epoch, 0),
  end: messageKey(q, epoch, LAST_NUMBER),
});

/** From and to (exclusive) of all departures of an epoch. */
export const departuresOf = (q: number, epoch: number) => ({
  start: departureKey(q, epoch, 0),
  end: departureKey(q, epoch, LAST_NUMBER),
});

/** The part of a key that stands before what is not a number. */
function headed(kind: number, q: number, epoch: number, rest: Buffer): Buffer {
  const head = Buffer.allocUnsafe(9);
  head[0] = kind;
  head.writeUInt32BE(q, 1);
  head.writeUInt32BE(epoch, 5);
  return Buffer.concat([head, rest]);
}

const half = (number: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

export const seenKey = (q: number, epoch: number, number: number, key: string): Buffer =>
  headed(SEEN, q, epoch, Buffer.concat([half(number), Buffer.from(key)]));

export const keyOfSeenKey = (key: Buffer): string => key.toString('utf8', 13);

/** From and to (exclusive) of the halves before `number`. */
export const seenBefore = (q: number, epoch: number, number: number) => ({
  start: headed(SEEN, q, epoch, half(0)),
  end: headed(SEEN, q, epoch, half(number)),
});

/** What belongs to a queue, whatever its epoch; names are ASCII. */
const named = (kind: number) => (q: number, name: string) => headed(kind, q, 0, Buffer.from(name));
const allNamed = (kind: number) => (q: number) => ({
  start: headed(kind, q, 0, Buffer.alloc(0)),
  end: headed(kind, q, 0, Buffer.from([0x7f])),
});

export const markKey = named(MARK);
export const noteKey = named(NOTE);
export const marksOf = allNamed(MARK);
export const notesOf = allNamed(NOTE);
/** The name in the key of a mark or a note. */
export const nameOfKey = (key: Buffer): string => key.toString('utf8', 9);

/** The first key that comes after `key`. */
export const afterKey = (key: Buffer): Buffer => Buffer.concat([key, Buffer.alloc(1)]);

/** The ranges of all that belongs to an epoch; epoch 0 says every epoch of the queue. */
export function rangesOf(q: number, epoch: number): { start: Buffer; end: Buffer }[] {
  const last = epoch === 0 ? 0xffff_ffff : epoch;
  const kinds = [MESSAGE, STATE, DAMAGED, SEEN, OUT];
  // These belong to no epoch: they go with the queue.
  if (epoch === 0) kinds.push(MARK, NOTE);
  return kinds.map((kind) => ({
    start: headed(kind, q, epoch, Buffer.alloc(0)),
    end: headed(kind, q, last, Buffer.alloc(128, 0xff)),
  }));
}

export function fieldsKey(q: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = code('f');
  key.writeUInt32BE(q, 1);
  return key;
}

export const deadKey = (q: number, epoch: number): Buffer => numbered(DEAD, q, epoch, 0);
/** The `<q>` of a key of fields or of a dead epoch. */
export const queueOfKey = (key: Buffer): number => key.readUInt32BE(1);
export const deadOfKey = (key: Buffer) => ({ q: queueOfKey(key), epoch: key.readUInt32BE(5) });

export const queueKey = (account: string, region: string, name: string) =>
  Buffer.from(`q${account}\0${region}\0${name}`);
export const removedKey = (account: string, region: string, name: string) =>
  Buffer.from(`n${account}\0${region}\0${name}`);
export const userKey = (username: string) => Buffer.from(`u${username}`);
export const familyKey = (family: string) => Buffer.from(`r${family}`);
export const COUNTER_KEY = Buffer.from('c');
export const VERSION_KEY = Buffer.from('v');

/** From and to (exclusive) of all keys that begin with `letter`. */
export const allOf = (letter: 'q' | 'n' | 'u' | 'r' | 'd' | 'f') => ({
  start: Buffer.from(letter),
  end: Buffer.from([code(letter) + 1]),
});

export const packJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
export const unpackJson = <T>(bytes: Uint8Array): T => JSON.parse(Buffer.from(bytes).toString('utf8')) as T;

/** Between the fields of a row: the one character that no field can have, since SQS allows it nowhere. */
const SEPARATOR = '\0';

/** Row and body in one value: length of the row (4 bytes), its fields in the order of `Message`, the body. */
export function packMessage(message: Message, body: Uint8Array): Buffer {
  const { id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader } = message;
  const fields = [id, sentAt, senderId, group, deduplicationId, bodyMd5, attributes, traceHeader];
  const { deadLetterSource, receivedBefore, firstReceivedBefore } = message;
  if (deadLetterSource !== '') fields.push(deadLetterSource, receivedBefore, firstReceivedBefore);
  const row = fields.join(SEPARATOR);
  const length = Buffer.byteLength(row);
  const bytes = Buffer.allocUnsafe(4 + length + body.length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(row, 4);
  bytes.set(body, 4 + length);
  return bytes;
}

/** The row of a packed message; undefined when the bytes are none. */
export function unpackMessage(bytes: Buffer): Message | undefined {
  const fields = bytes.length < 4 ? [] : bytes.toString('utf8', 4, 4 + bytes.readUInt32BE(0)).split(SEPARATOR);
  const [id = '', at, senderId = '', group = '', deduplicationId = '', bodyMd5 = '', attributes = '', traceHeader] =
    fields;
  const [deadLetterSource = '', receivedBefore = 0, firstReceivedBefore = 0] = fields.slice(8);
  const sentAt = Number(at);
  if (traceHeader === undefined || !Number.isSafeInteger(sentAt)) return undefined;
  return {
    id,
    sentAt,
    senderId,
    group,
    deduplicationId,
    bodyMd5,
    attributes,
    traceHeader,
    deadLetterSource,
    receivedBefore: Number(receivedBefore),
    firstReceivedBefore: Number(firstReceivedBefore),
  };
}

/** The body of a packed message, as a view. */
export const unpackBody = (bytes: Buffer): Buffer => bytes.subarray(4 + bytes.readUInt32BE(0));

/** The group in a packed message; the fourth of its fields. */
export function groupOf(bytes: Buffer): string {
  const end = 4 + bytes.readUInt32BE(0);
  let from = 4;
  for (let field = 0; field < 3; field += 1) from = bytes.indexOf(0, from) + 1;
  return bytes.toString('latin1', from, Math.min(end, bytes.indexOf(0, from)));
}

/** 44 bytes. */
export function packState(state: State): Buffer {
  const bytes = Buffer.allocUnsafe(44);
  bytes.writeUInt32BE(state.count, 0);
  bytes.writeDoubleBE(state.generation, 4);
  bytes.writeDoubleBE(state.firstReceivedAt, 12);
  bytes.writeDoubleBE(state.receivedAt, 20);
  bytes.writeDoubleBE(state.due, 28);
  bytes.writeDoubleBE(state.dueBefore, 36);
  return bytes;
}

export const unpackState = (bytes: Buffer): State => ({
  count: bytes.readUInt32BE(0),
  generation: bytes.readDoubleBE(4),
  firstReceivedAt: bytes.readDoubleBE(12),
  receivedAt: bytes.readDoubleBE(20),
  due: bytes.readDoubleBE(28),
  dueBefore: bytes.readDoubleBE(36),
});

/** Fields are only ever appended; what a record does not have yet is as in a queue that never needed it. */
const META: [name: keyof Meta, byDefault: number][] = [
  ['version', 0],
  ['epoch', 0],
  ['head', 0],
  ['tail', 0],
  ['sideTail', 0],
  ['total', 0],
  ['last', 0],
  ['purgedAt', 0],
  ['fifo', 0],
  ['sideHead', SIDE_LOG],
  ['active', SIDE_LOG],
  ['turn', 0],
  ['laned', 0],
  ['leaving', 0],
  ['low', 1],
  ['look', 0],
];

/** 8 bytes each. */
export function packMeta(meta: Meta): Buffer {
  const bytes = Buffer.allocUnsafe(META.length * 8);
  for (let i = 0; i < META.length; i += 1) bytes.writeDoubleBE(meta[META[i]![0]], i * 8);
  return bytes;
}

export const unpackMeta = (bytes: Buffer): Meta =>
  Object.fromEntries(
    META.map(([field, byDefault], i) => [field, i * 8 < bytes.length ? bytes.readDoubleBE(i * 8) : byDefault]),
  ) as unknown as Meta;

/** 33 bytes and the name of the queue it goes to. */
export function packDeparture({ id, number, count, firstReceivedAt, redriven, to }: Departure): Buffer {
  const bytes = Buffer.allocUnsafe(33);
  bytes.writeDoubleBE(id, 0);
  bytes.writeDoubleBE(number, 8);
  bytes.writeDoubleBE(count, 16);
  bytes.writeDoubleBE(firstReceivedAt, 24);
  bytes[32] = redriven;
  return Buffer.concat([bytes, Buffer.from(to)]);
}

export const unpackDeparture = (bytes: Buffer): Departure => ({
  id: bytes.readDoubleBE(0),
  number: bytes.readDoubleBE(8),
  count: bytes.readDoubleBE(16),
  firstReceivedAt: bytes.readDoubleBE(24),
  redriven: bytes[32]!,
  to: bytes.toString('utf8', 33),
});

/** 16 bytes and the id of the message. */
export function packSeen({ at, number, id }: Seen): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(at, 0);
  bytes.writeDoubleBE(number, 8);
  return Buffer.concat([bytes, Buffer.from(id)]);
}

export const unpackSeen = (bytes: Buffer): Seen => ({
  at: bytes.readDoubleBE(0),
  number: bytes.readDoubleBE(8),
  id: bytes.toString('utf8', 16),
});
