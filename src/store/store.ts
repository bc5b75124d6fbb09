/**
 * What a store promises. Actions and the engine know only this file; which store runs is index.ts's business.
 *
 * Terminology
 *   message     what a client sent: a row that never changes and a body beside it (queue/parts.ts).
 *   draft       a message that has not been stored yet.
 *   receipt     epoch, number and generation of one delivery; clients hold it as a signed handle (model/receipt.ts).
 *   generation  48 random bits that all deliveries of one receive call share.
 *   due time    when an invisible message comes back, or a delayed one comes out.
 *   in flight   handed out and not yet removed, its due time still to come.
 *   touched     received or delayed at least once: only such a message costs memory beyond its record.
 *   stale       decided with an older version of the queue record: look the queue up again and decide anew.
 *   gone        there is no such queue (any more).
 *
 * Promises
 *   - What a client did wrong is an outcome, a plain value; an exception is a fault of the store.
 *   - Arguments and outcomes are plain, structured-cloneable data. Callers do not change them afterwards.
 *   - send, settle, purge and every change of the catalogue or of users resolve when the change is durable, in the
 *     sense of `durability`. receive does not wait for durability.
 *   - Each call is atomic. Calls on one queue take effect in the order in which they were made.
 *   - A send or a receive with a request id may be made again within a minute: it is answered as before and changes nothing.
 *   - Times in records and outcomes are those of the store's clock, but for `nextDue`, which is of the caller's.
 *   - `StorageUnavailable` is thrown when the store cannot do its work now; nothing was changed, or the outcome is unknown.
 */
import type { QueueRecord } from '../model/queue.ts';
import type { Counts } from '../queue/counts.ts';
import type { Refusal } from '../queue/enter.ts';
import type { Held } from '../queue/load.ts';
import type { Arrival, Conclusion, Departures, Leaving, Left } from '../queue/moves.ts';
import type { Event, Meta, Seen } from '../queue/parts.ts';
import type { QuietCounts } from '../queue/quiet.ts';
import type { Page, PageWish } from '../queue/read.ts';
import type { Draft, SendRules, Sent } from '../queue/send.ts';
import type { Settled, Settlement, SettleRules } from '../queue/settle.ts';
import type { SweepRules, Swept } from '../queue/sweep.ts';
import type { Received, Wish } from '../queue/wish.ts';

export interface Store {
  readonly name: 'embedded' | 'memory' | 'redis';
  /** Where it keeps what it keeps, for the start-up block. */
  readonly place: string;
  /** What a 200 on SendMessage means here, as one sentence for the start-up block. */
  readonly durability: string;
  readonly catalogue: Catalogue;
  readonly messages: Messages;
  readonly agenda: Agenda;
  readonly users: Users;
  readonly secrets: Secrets;
  /** Undefined while the store is usable, else why it is not, as a sentence. */
  problem(): string | undefined;
  /** Resolves when everything is written and closed. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** Either what was asked for, or why it was refused before anything was changed. */
export type Outcome<T> = { refused: Refusal; value?: undefined } | { refused?: undefined; value: T };

/** The queues. Names are unique within (account, region); order is by name. */
export interface Catalogue {
  /** The current record. Records are immutable: a change makes a new one. */
  find(account: string, region: string, name: string): Promise<QueueRecord | undefined>;
  /** The same, but perhaps an old one: for calls that are refused when it is. A refusal makes the next look a new one. */
  recent(account: string, region: string, name: string): Promise<QueueRecord | undefined>;
  /** Creates `record` with version 1. When the name is taken: false, and the record that is there. */
  create(record: QueueRecord): Promise<{ created: boolean; queue: QueueRecord }>;
  /** How many milliseconds ago a queue of that name was removed; undefined when that is more than a minute, or never was. */
  removedAgo(account: string, region: string, name: string): Promise<number | undefined>;
  /** Replaces attributes, tags, maxLength and modifiedAtMs of `queue` if it still has its version; answers the new record. */
  update(queue: QueueRecord, change: QueueChange): Promise<Outcome<QueueRecord>>;
  /** Removes the queue with everything in it. `stale` does not occur. */
  remove(queue: QueueRecord): Promise<Outcome<undefined>>;
  /** Up to `limit` queues whose name starts with `prefix` and comes after `after` ('' from the first), by name. */
  list(account: string, region: string, page: { prefix: string; after: string; limit: number }): Promise<QueueRecord[]>;
  /** Every queue of every account; for periodic work. */
  all(): AsyncIterable<QueueRecord>;
}

export type QueueChange = Partial<Pick<QueueRecord, 'attributes' | 'tags' | 'maxLength'>> & { modifiedAtMs: number };

/** What happens to the messages of a queue: the transitions of src/queue, durable. The store brings the clock. */
export interface Messages {
  send(queue: QueueRecord, drafts: Draft[], rules: SendRules): Promise<Outcome<Sent[]>>;
  receive(queue: QueueRecord, wish: Wish): Promise<Outcome<Received>>;
  settle(queue: QueueRecord, entries: Settlement[], rules: SettleRules): Promise<Outcome<Settled[]>>;
  /** False when the queue was purged less than `intervalMs` ago. */
  purge(queue: QueueRecord, intervalMs: number): Promise<Outcome<boolean>>;
  sweep(queue: QueueRecord, slice: number, rules: SweepRules): Promise<Outcome<Swept>>;
  counts(queue: QueueRecord): Promise<Outcome<Counts>>;
  /** The counts without the noisy groups of a fair queue. */
  quietCounts(queue: QueueRecord): Promise<Outcome<QuietCounts>>;
  /** The three steps of a move (queue/moves.ts); `arrive` and `conclude` are durable. */
  departures(queue: QueueRecord, most: number): Promise<Outcome<Departures>>;
  /** False when another mover's later look has come first: look again. */
  arrive(queue: QueueRecord, from: string, look: number, arrivals: Arrival[]): Promise<Outcome<boolean>>;
  /** How many are done now, that were not before. */
  conclude(queue: QueueRecord, conclusions: Conclusion[]): Promise<Outcome<number>>;
  /** Sends messages off; durable. */
  leave(queue: QueueRecord, leaving: Leaving): Promise<Outcome<Left>>;
  /** Messages in the order of their numbers, wherever they stand. Without any effect. */
  page(queue: QueueRecord, wish: PageWish): Promise<Outcome<Page>>;
  /** What happened last to messages that are not there any more, oldest first. */
  events(queue: QueueRecord): Promise<Outcome<Event[]>>;
  /** What somebody keeps with the queue under `name`, '' for nothing; goes with the queue. */
  note(queue: QueueRecord, name: NoteName): Promise<Outcome<string>>;
  /** Replaces a note, durable; false, and nothing is changed, when it is not `before`. */
  setNote(queue: QueueRecord, name: NoteName, before: string, after: string): Promise<Outcome<boolean>>;
  /** The one listener is called with a queue's id whenever something in it may be receivable now or at a new time, or it is gone. */
  onReady(listener: (queueId: string) => void): void;
  /** Resolves when every signal of the queue from now on reaches the listener; answers how to end that. */
  watch(queue: QueueRecord): Promise<() => void>;
}

/** `tasks`: the message move tasks of a source queue. */
export type NoteName = 'tasks';

/** What must be done for queues now and then. However many servers there are, each queue is given to one at a time. */
export interface Agenda {
  /**
   * Up to `most` queues whose time has come, and whether there may be more. Each comes again after `leaseMs` unless it is
   * planned before.
   */
  claim(most: number, leaseMs: number): Promise<{ queues: QueueRecord[]; more: boolean }>;
  /** When a queue that was swept comes again: at once when there was more, else at the time that is named. */
  plan(queue: QueueRecord, next: { more: boolean; nextAt: number }): Promise<void>;
  /** A queue's time has come now, whatever whoever has claimed it is about to plan. */
  soon(queue: QueueRecord): Promise<void>;
}

export interface User {
  username: string;
  account: string;
  role: 'admin' | 'member';
  /** A PHC string. */
  passwordHash: string;
  createdAtMs: number;
  /** Tokens issued before this moment (wall clock, milliseconds) are void. */
  tokensValidFromMs: number;
}

/** One log-in and all the refresh tokens that came from it. Only the newest is good; a used one betrays a theft. */
export interface RefreshFamily {
  family: string;
  username: string;
  /** SHA-256 of the jti of the one refresh token that is good, base64url. */
  current: string;
  expiresAtMs: number;
}

export interface Users {
  find(username: string): Promise<User | undefined>;
  /** False when the name is taken. */
  create(user: User): Promise<boolean>;
  /** Replaces the user of that name; false when there is none. */
  update(user: User): Promise<boolean>;
  /** Removes the user and every refresh family of theirs; false when there is none. */
  remove(username: string): Promise<boolean>;
  any(): Promise<boolean>;
  startFamily(family: RefreshFamily): Promise<void>;
  /** Puts `next` in the place of `current`. `reused`: `current` is not the good one; the family is gone now. */
  rotateFamily(family: string, current: string, next: string): Promise<'rotated' | 'reused' | 'unknown'>;
  /** Ends every family of a user. */
  endFamilies(username: string): Promise<void>;
  /** Forgets families that have expired. */
  sweepFamilies(nowMs: number): Promise<void>;
}

export const SECRET_NAMES = ['jwt-access', 'jwt-refresh', 'receipts'] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

export interface Secrets {
  /** The secret of that name; `make` is called when there is none yet, and what it answers is kept. */
  get(name: SecretName, make: () => Buffer): Promise<Buffer>;
}

/** What is read of a store to copy it into another (copy/copy.ts), without any effect. Nobody else may be at the store. */
export interface Source {
  meta(queue: QueueRecord): Meta;
  /** Every message by number, in pages of at most 100 messages and 1 MiB of bodies, or one message. */
  pages(queue: QueueRecord): Iterable<{ rows: Held[]; damaged: number }>;
  /** What deduplication ids of a FIFO queue stand for, in pages. */
  seen(queue: QueueRecord): Iterable<SeenRow[]>;
  /** Every user with their refresh families. */
  people(): Iterable<{ user: User; families: RefreshFamily[] }>;
}

/** What a store takes over from another. A queue is nobody's business until it is entered. */
export interface Target {
  /** How a queue stands, and those of `numbers` that it has; undefined when there is none. */
  look(queue: QueueRecord, numbers: number[]): Promise<Looked | undefined>;
  /** Puts messages where they belong, in a queue with these fields. The same again changes nothing. */
  load(queue: QueueRecord, meta: Meta, rows: Held[]): Promise<void>;
  /** Takes over deduplication ids, into a queue that has been loaded. */
  loadSeen(queue: QueueRecord, rows: SeenRow[]): Promise<void>;
  /** Removes what was loaded. */
  discard(queue: QueueRecord): Promise<void>;
  /** Puts a queue that was loaded into the catalogue, record and all; answers the one that has the name then. */
  enter(queue: QueueRecord): Promise<QueueRecord>;
  secret(name: SecretName): Promise<Buffer | undefined>;
}

/** A deduplication id with its scope (queue/send.ts), and what it stands for. */
export interface SeenRow {
  key: string;
  seen: Seen;
}

export interface Looked {
  meta: Meta;
  /** Counted at `meta.last`. */
  inFlight: number;
  delayed: number;
  rows: Held[];
}

/** The store cannot work now. `reason` is for operators: it holds no client data. */
export class StorageUnavailable extends Error {
  readonly reason: 'full' | 'down';
  constructor(reason: 'full' | 'down', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What keeps a store from being opened, for the person at the terminal, with the exit code of the process. */
export class StartupError extends Error {
  readonly exitCode: 66 | 73 | 78;
  constructor(exitCode: 66 | 73 | 78, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
