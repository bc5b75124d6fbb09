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
 * The side log. A message that does not start its life at the tail of the log takes the next number of the side log,
 * which begins at SIDE_LOG and goes on through every epoch: a delayed one, which is touched from the start, and one that
 * stands in a lane.
 *
 * Lanes. Every message of a FIFO queue stands in the lane of its group, from its sending to its removal; on a standard
 * queue one that was sent with a group id, and without a delay, stands in the lane of its group until it is received
 * (fair.ts). `line` holds the lanes that may have something to hand out; fifo.ts and fair.ts say who comes first.
 *
 *        line   blue, red        red    7 ─ 9 ─ 12
 *                                blue   8 ─ 10
 *                                gray   3 ─ 11            3 is in flight: on a FIFO queue nobody is served from gray
 *
 * A FIFO queue's delay divides the side log: `active` is the first number that is still delayed.
 *
 * Departures. A message on its way to another queue (moves.ts) keeps its record, stands in `outbox`, and nowhere else;
 * it is counted no more.
 *
 * Touched messages (in flight, returned, delayed) have a small row, `State`, and stand in exactly one ordered set:
 * `inFlight` by the time they come back, or `delayed` by the time they come out. A time that has passed *means*
 * returned (or out): nothing has to move when a timeout ends. So
 *
 *        visible = total − in flight whose time is still to come − delayed whose time is still to come
 *
 * and is exact without a scan. `total` counts the records, but those of departures.
 *
 * What is next? The smallest (due, number) among three candidates: the head of the log (due = sentAt), the first
 * returned, the first delayed that is out. That is close to the order of sending and starves nobody.
 *
 * Holes. A store may forget a receive when the machine loses power (the embedded store does not make a receiver wait
 * for the disk). Then a client can hold a handle to a number beyond head. Removing it is allowed: the record goes, the
 * log gets a hole, and the head passes absent numbers when it comes there.
 *
 * Epochs. Purge does not remove messages, it begins a new epoch: every part is empty afterwards, the log's numbers
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

/** How long a FIFO queue remembers a deduplication id (sqs-wire.md §7.4), and a receive its attempt id (§7.7). */
export const FIFO_MEMORY_MS = 300_000;

/** How many departures of each other queue are remembered by the queue they went to. */
export const MARKS = 100;

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
  /** 1 for a FIFO queue. Never changes. */
  fifo: number;
  /** No number of the side log below has a record, and none of the log below `low`: `sweep` moves both. */
  sideHead: number;
  /** FIFO: from here on the queue's delay is still to come. */
  active: number;
  /** FIFO: the last place that was given in the line. */
  turn: number;
  /** Standard: 1 while a lane may have something. */
  laned: number;
  /** How many messages stand in the outbox. */
  leaving: number;
  low: number;
  /** The last look into the outbox (moves.ts): grows, also when a replica that knows less takes over. */
  look: number;
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
  /** ARN of the queue whose dead letter it is; '' for any other message. */
  deadLetterSource: string;
  /** What a dead letter brings along: how often it was received in its source, and when first. */
  receivedBefore: number;
  firstReceivedBefore: number;
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
  /**
   * The first number ≥ `from` that has a record. Gives up at `upTo`, and may give up before: then what it answers has no
   * record, and neither has anything before it.
   */
  seek(from: number, upTo: number): number;
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

/** Numbers by lane, in order. A lane without numbers does not exist. Lane names are group ids. */
export interface Lanes {
  /** Adding what is there is no error. Mostly, but not always, the greatest number of its lane. */
  add(lane: string, number: number): void;
  first(lane: string): number | undefined;
  after(lane: string, number: number): number | undefined;
  count(lane: string): number;
  /** Removing what is not there is no error. */
  remove(lane: string, number: number): void;
}

/** The lanes that may have something to hand out, by place; ties by name. */
export interface Line {
  /** Adds, or moves to another place. */
  place(lane: string, place: number): void;
  /** No error when it does not stand there. */
  leave(lane: string): void;
  placeOf(lane: string): number | undefined;
  first(): Standing | undefined;
}

export interface Standing {
  lane: string;
  place: number;
}

/** How many touched messages each lane of a standard queue has. 0 for one that is not known. */
export interface Tenants {
  get(lane: string): number;
  set(lane: string, touched: number): void;
  /** Up to `most` lanes with at least `least` touched messages, those with the most first. */
  busiest(least: number, most: number): string[];
}

/** What a deduplication id stands for, on a FIFO queue. */
export interface Seen {
  at: number;
  number: number;
  id: string;
}

/**
 * By deduplication id and scope (send.ts). Those of the last FIFO_MEMORY_MS are kept; older ones may be. What is set is
 * written after the fields: a number that the fields do not know must not make its repetition a duplicate.
 */
export interface SeenTable {
  get(key: string): Seen | undefined;
  set(key: string, seen: Seen): void;
}

/** A message on its way to another queue. */
export interface Departure {
  /** Tells departures apart; the same number may leave again after it came back. */
  id: number;
  number: number;
  /** How often, and when first, it was received here; 0 for never. */
  count: number;
  firstReceivedAt: number;
  /** Name of the queue it goes to; '' sends a dead letter back to where it came from. */
  to: string;
  /** 1 when somebody sends it there, 0 for a dead letter. */
  redriven: number;
}

/** By number; bounded by what leaves faster than it is moved. */
export interface Outbox {
  get(number: number): Departure | undefined;
  /** Adds, or replaces that of the same number. */
  add(departure: Departure): void;
  remove(number: number): void;
  /** The first `most` by number. */
  first(most: number): Departure[];
}

/** What a queue knows of another one, from which messages come. */
export interface Mark {
  /** The latest look into its outbox by which something has arrived. */
  look: number;
  /** The last departures that have arrived: id and number of each in turn, oldest first. */
  arrived: number[];
}

/** By id of the queue they came from. Survives a purge. */
export interface Marks {
  get(from: string): Mark | undefined;
  set(from: string, mark: Mark): void;
}

/** What became of a message that is not there any more, for whoever asks for an explanation. */
export interface Event {
  at: number;
  what: 'expired' | 'moved' | 'deduplicated';
  /** The message it is about; a duplicate never had a number: 0. */
  number: number;
  /** Its MessageId. Of a duplicate: that of the message it repeats. */
  id: string;
}

/** The last 1,000, oldest first. A store may forget them when it stops. */
export interface Events {
  add(event: Event): void;
  all(): Event[];
}

/** What a send or a receive was answered. */
export interface Answer {
  at: number;
  epoch: number;
  /** Of a receive; 0 for a send. */
  generation: number;
  /** Of a receive: when the messages come back, unless that is changed. */
  due: number;
  /** How long the call can be repeated, milliseconds. */
  keepMs: number;
  /** The messages' numbers, in order; 0 for an entry that was refused. */
  numbers: number[];
  /** Of a send: the messages' ids, '' for an entry that was refused. */
  ids: string[];
}

/** Answers by request id, kept for at least their `keepMs`. */
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
  lanes: Lanes;
  line: Line;
  tenants: Tenants;
  seen: SeenTable;
  outbox: Outbox;
  marks: Marks;
  events: Events;
  requests: Requests;
  /** Begins the next epoch: every part but `meta`, `marks` and `events` is empty afterwards. `meta.epoch` is already the new one. */
  renew(): void;
  /** Discards up to `slice` records of earlier epochs, or of what is too old to matter; true while there may be more. */
  discard(slice: number): boolean;
  /** Tells whoever waits on this queue to look again: a message can be received, or will be at a new time. The last act of a transition. */
  ready(): void;
}
