/**
 * How a queue is built, for all stores. The functions beside this file (send, receive, settle, purge, sweep, counts)
 * say what happens to a queue; this file says what it happens *to*. Every store brings its own parts: plain memory and
 * LMDB in the embedded store, Redis keys inside a Redis Function. The functions are the same source for both, so this
 * folder keeps to the subset of TypeScript that also compiles to Lua (see test/lua).
 *
 * The log. A message has a number. A plain one (no delay) takes the next number of the log. The log has a `head` and a
 * `tail`: numbers in [head, tail) were never handed out and never touched. Such a message costs its record and nothing
 * else: it stands in no index, neither in Redis nor in memory, however long the backlog is.
 *
 *        1 2 3 4 5 6 7 8 9            head = 4, tail = 10
 *        . x . │ │ │ │ │ │            1 and 3 are gone; 2 was received (touched) and still has a record
 *
 * The side log. A message that does not start its life at the tail of the log (today: a delayed one) takes the next
 * number of the side log, which begins at SIDE_LOG. It is touched from the start.
 *
 * Touched messages (in flight, returned, delayed) have a small row, `State`, and stand in exactly one ordered set:
 * `inFlight` by the time they come back, or `delayed` by the time they come out. A time that has passed *means*
 * returned (or out): nothing has to move when a timeout ends. So
 *
 *        visible = total − in flight whose time is still to come − delayed whose time is still to come
 *
 * and is exact without a scan. `total` counts the records.
 *
 * What is next? The smallest (due, number) among three candidates: the head of the log (due = sentAt), the first
 * returned, the first delayed that is out. That is close to the order of sending and starves nobody.
 *
 * Holes. A store may forget a receive when the machine loses power (the embedded store does not make a receiver wait
 * for the disk). Then a client can hold a handle to a number beyond head. Removing it is allowed: the record goes, the
 * log gets a hole, and the head passes absent numbers when it comes there.
 *
 * Epochs. Purge does not remove messages, it begins a new epoch: every part but `meta` is empty afterwards, numbers
 * start anew, and a receipt of an older epoch refers to nothing. What the old epoch held is discarded later in slices.
 *
 * Expiry is computed from sentAt and the retention of the moment, never stored, so that a changed retention applies to
 * the messages that are already there.
 *
 * Requests. A call may carry a request id. What it was answered is kept for a minute: when the same call comes again,
 * because its answer was lost on the way, it gets the same answer and changes nothing.
 *
 * Breaks. A transition is all or nothing in LMDB, but not inside Redis: should a command fail there after another has
 * written, the first stays. The fields are therefore written last, and the order of the other writes is such that
 * nothing is lost: records come before whatever names them, and go before it. What a break leaves behind (a touched
 * number that the head has not passed, one that was never given, one without a record or a state) is told by the fields,
 * and mended by the receive that meets it.
 */

/** First number of the side log. The log itself never gets there: 2^40 messages are a million a second for 12 days. */
export const SIDE_LOG = 1_099_511_627_776;

/** How many messages one transition looks at before it answers `more`. */
export const LOOK_LIMIT = 100;

/** How long a call can be repeated. */
export const REPEAT_MS = 60_000;

/** The fields of a queue: read when a transition begins, written when it ends. Times are epoch milliseconds. */
export interface Meta {
  /** Version of the queue record; 0 when there is no such queue. */
  version: number;
  epoch: number;
  head: number;
  tail: number;
  sideTail: number;
  /** How many messages the queue holds, whatever their state. */
  total: number;
  /** The latest `now` this queue has seen; time never runs backwards for it. */
  last: number;
  /** When it was purged last; 0 says never. */
  purgedAt: number;
}

/** What never changes about a message, but its body. '' and 0 say none; fields are only ever appended. */
export interface Message {
  id: string;
  sentAt: number;
  senderId: string;
  group: string;
  deduplicationId: string;
  bodyMd5: string;
  /** The message attributes as the model packs them; opaque here. */
  attributes: string;
  traceHeader: string;
}

/** A message's body, opaque: bytes in Node, a string inside Redis. It travels beside the row, never inside it. */
export type Body = Uint8Array | string;

/** What is known of a touched message. Times are epoch milliseconds, 0 says never. */
export interface State {
  count: number;
  generation: number;
  firstReceivedAt: number;
  receivedAt: number;
  /** When it comes back (in flight) or out (delayed). */
  due: number;
  /** Its due time before the last receive (sentAt for a plain message): where `back` puts it again. */
  dueBefore: number;
}

/** Records of messages. Bounded by the backlog; nothing here may cost process memory per waiting message. */
export interface Messages {
  get(number: number): Message | undefined;
  body(number: number): Body;
  add(number: number, message: Message, body: Body): void;
  remove(number: number): void;
}

/** Rows of touched messages, by number. Bounded by what is in flight, returned or delayed. */
export interface States {
  get(number: number): State | undefined;
  set(number: number, state: State): void;
  remove(number: number): void;
}

/** Numbers ordered by (score, number). `upTo` of successive calls hardly ever goes backwards; stores may rely on it for speed only. */
export interface OrderedSet {
  /** Adds, or moves to another score. */
  add(member: number, score: number): void;
  /** Removing what is not there is no error. */
  remove(member: number): void;
  /** The smallest member by (score, number) with score ≤ upTo. */
  first(upTo: number): number | undefined;
  /** The smallest score greater than `after`. */
  nextScore(after: number): number | undefined;
  /** How many members have score ≤ upTo. */
  countUpTo(upTo: number): number;
  size(): number;
}

/** What a send or a receive was answered. */
export interface Answer {
  at: number;
  epoch: number;
  /** Of a receive; 0 for a send. */
  generation: number;
  /** The messages' numbers, in order; 0 for an entry that was refused. */
  numbers: number[];
  /** Of a send: the messages' ids, '' for an entry that was refused. */
  ids: string[];
}

/** Answers by request id. Those of the last REPEAT_MS are kept; older ones may be. */
export interface Requests {
  get(id: string): Answer | undefined;
  set(id: string, answer: Answer): void;
}

/** One queue, opened. Everything read through it reflects what was written through it before. */
export interface Queue {
  meta: Meta;
  messages: Messages;
  states: States;
  inFlight: OrderedSet;
  delayed: OrderedSet;
  requests: Requests;
  /** Begins the next epoch: every part but `meta` is empty afterwards. `meta.epoch` is already the new one. */
  renew(): void;
  /** Discards up to `slice` records of earlier epochs; true while there may be more. */
  discard(slice: number): boolean;
  /** Tells whoever waits on this queue to look again: a message can be received, or will be at a new time. The last act of a transition. */
  ready(): void;
}
