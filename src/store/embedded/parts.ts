/**
 * One queue opened over LMDB and memory: the parts of src/queue.
 *
 * Messages stand in LMDB alone, so a waiting message costs no memory; so do deduplication ids (seen.ts). LMDB shows a
 * write only once its transaction is committed; until then it is found among what is unwritten. States and ordered sets
 * stand in memory (touched.ts), and each state also in LMDB, from where they are read again after a restart; so do
 * departures and marks (outbox.ts). Lanes, line and tenants stand in memory alone: they follow from the rest. The fields
 * are read once and written at the end of every transition, in the same transaction as everything else it wrote: after a
 * crash a queue is at the boundary of a transition, its numbers are never used again and its total is exact.
 */
import { md5OfBody } from '../../model/md5.ts';
import { joinLane, rankLane, touch } from '../../queue/fair.ts';
import { settleLane } from '../../queue/fifo.ts';
import { type Held, isDelayed, untouched } from '../../queue/load.ts';
import type {
  Body,
  Line,
  Message,
  Messages,
  Meta,
  OrderedSet,
  Queue,
  Seen,
  State,
  States,
  Tenants,
} from '../../queue/parts.ts';
import { SIDE_LOG } from '../../queue/parts.ts';
import { remove } from '../../queue/remove.ts';
import type { Environment, Writing } from './environment.ts';
import { type MemoryLanes, memoryLanes } from './lanes.ts';
import { memoryLine, memoryTenants } from './line.ts';
import { marksOf, outboxOf, recentEvents } from './outbox.ts';
import * as record from './records.ts';
import { recentRequests } from './requests.ts';
import { type EmbeddedSeen, seenOf } from './seen.ts';
import { Touched } from './touched.ts';
import { Unwritten } from './unwritten.ts';

/** What a queue asks of the store around it. */
export interface Surroundings {
  ready(): void;
  /** The epoch is over: its records are to be discarded. */
  bury(epoch: number): void;
  discard(slice: number): boolean;
  /** A message was found damaged and set aside. */
  damaged(): void;
}

/** Stands in for a message that cannot be read: it has expired long ago, so whoever meets it drops it. */
const UNREADABLE: Message = {
  id: '',
  sentAt: 0,
  senderId: '',
  group: '',
  deduplicationId: '',
  bodyMd5: '',
  attributes: '',
  traceHeader: '',
  deadLetterSource: '',
  receivedBefore: 0,
  firstReceivedBefore: 0,
};

const EMPTY = Buffer.alloc(0);

export class EmbeddedQueue implements Queue {
  meta: Meta;
  readonly messages: Messages;
  readonly states: States;
  readonly requests = recentRequests();
  readonly events = recentEvents();
  readonly marks: Queue['marks'];
  lanes: MemoryLanes = memoryLanes();
  line: Line = memoryLine();
  tenants: Tenants = memoryTenants();
  seen: EmbeddedSeen;
  outbox: Queue['outbox'];
  private readonly q: number;
  private readonly environment: Environment;
  private readonly surroundings: Surroundings;
  /** Something was written in this transition. */
  private dirty = false;
  private savedActive: number;
  /** Somebody who waits is to look again. */
  private signalled = false;
  private touched = new Touched();
  private unwritten = new Unwritten<number>();
  private readonly notes: Map<string, string>;
  /** The message read last: `body` follows `get`. */
  private lastNumber = 0;
  private lastBytes: Buffer | undefined;

  /** What is written through it is of this transition. */
  private readonly writing: Writing = {
    get: (key) => this.environment.get(key),
    put: (key, value) => this.mark().put(key, value),
    remove: (key) => this.mark().remove(key),
    keys: (range) => this.environment.db.getKeys(range),
    entries: (range) => this.environment.db.getRange(range),
  };

  /** A queue of number `q` with these fields. */
  constructor(environment: Environment, q: number, meta: Meta, surroundings: Surroundings) {
    this.environment = environment;
    this.q = q;
    this.meta = meta;
    this.surroundings = surroundings;
    this.savedActive = meta.active;
    this.messages = this.messagesPart();
    this.states = this.statesPart();
    this.marks = marksOf(this.writing, q);
    this.notes = notesOf(environment, q);
    this.outbox = outboxOf(this.writing, q, meta.epoch);
    this.seen = this.seenPart();
  }

  get inFlight(): OrderedSet {
    return this.touched.inFlight;
  }

  get delayed(): OrderedSet {
    return this.touched.delayed;
  }

  private mark(): Environment {
    this.dirty = true;
    return this.environment;
  }

  /**
   * The end of every transition: writes the fields if anything else was written, or a FIFO queue's delay has moved on, and
   * tells whoever waits.
   */
  save(): void {
    this.lastBytes = undefined;
    this.lastNumber = 0;
    this.saveFields();
    if (!this.signalled) return;
    this.signalled = false;
    this.surroundings.ready();
  }

  private saveFields(): void {
    if (!this.dirty && this.meta.active === this.savedActive) return;
    this.dirty = false;
    this.savedActive = this.meta.active;
    this.environment.put(record.fieldsKey(this.q), record.packMeta(this.meta));
  }

  /** Gives the fields the version of a changed queue record. */
  setVersion(version: number): void {
    this.meta.version = version;
    this.dirty = true;
    this.save();
  }

  /** What is kept with the queue under a name; '' for nothing. */
  note(name: string): string {
    return this.notes.get(name) ?? '';
  }

  /** False when it is not `before`. */
  setNote(name: string, before: string, after: string): boolean {
    if (this.note(name) !== before) return false;
    this.notes.set(name, after);
    this.environment.put(record.noteKey(this.q, name), Buffer.from(after));
    return true;
  }

  /** Keeps a message that is damaged where nothing delivers it. Part of the transition that found it. */
  setAside(number: number): void {
    this.keepDamaged(number);
    remove(this, number, this.messages.get(number), this.meta.last);
  }

  renew(): void {
    this.dirty = true;
    this.surroundings.bury(this.meta.epoch - 1);
    this.touched = new Touched();
    this.unwritten = new Unwritten();
    this.line = memoryLine();
    this.tenants = memoryTenants();
    this.outbox = outboxOf(this.writing, this.q, this.meta.epoch);
    this.lanes = memoryLanes();
    this.seen = this.seenPart();
    this.lastBytes = undefined;
    this.lastNumber = 0;
  }

  discard(slice: number): boolean {
    const more = this.meta.fifo === 1 && this.seen.discard(slice, this.meta.last);
    return this.surroundings.discard(slice) || more;
  }

  ready(): void {
    this.signalled = true;
  }

  /** Reads the states of the touched messages, and puts lanes into the line: by age. */
  readStates(): void {
    for (const { key, value } of this.environment.db.getRange(record.statesOf(this.q, this.meta.epoch))) {
      this.stand(record.numberOfKey(key), record.unpackState(value));
    }
    if (this.meta.fifo === 1 || this.meta.laned === 1) this.readLanes();
  }

  /** Reads which message of the side log is in which lane; the groups come by age. */
  private readLanes(): void {
    const { epoch, fifo, last } = this.meta;
    const start = record.messageKey(this.q, epoch, SIDE_LOG);
    for (const { key, value } of this.environment.db.getRange({ ...record.messagesOf(this.q, epoch), start })) {
      const number = record.numberOfKey(key);
      const isElsewhere =
        (fifo === 0 && this.states.get(number) !== undefined) || this.outbox.get(number) !== undefined;
      const group = isElsewhere ? '' : record.groupOf(value);
      if (group !== '') this.lanes.add(group, number);
    }
    for (const lane of this.lanes.names()) {
      if (fifo === 1) settleLane(this, lane, last);
      else rankLane(this, lane);
    }
  }

  /**
   * Makes the fields and states agree with the messages that are there, after a commit was lost and one after it was
   * not: the total is counted, and a message that was handed out but has no state is a returned one.
   */
  repair(): void {
    let total = 0;
    for (const key of this.environment.db.getKeys(record.messagesOf(this.q, this.meta.epoch))) {
      const number = record.numberOfKey(key);
      if (number >= SIDE_LOG) this.meta.sideTail = Math.max(this.meta.sideTail, number + 1);
      else this.meta.tail = Math.max(this.meta.tail, number + 1);
      if (this.outbox.get(number) !== undefined) continue;
      total += 1;
      this.repairPlace(number);
    }
    this.meta.total = total;
    this.surroundings.bury(this.meta.epoch - 1);
    this.dirty = true;
    this.save();
  }

  private repairPlace(number: number): void {
    const { group = '' } = this.messages.get(number) ?? {};
    if (this.meta.fifo === 1) {
      this.lanes.add(group, number);
      settleLane(this, group, this.meta.last);
    } else if (this.states.get(number) === undefined && number >= SIDE_LOG && group !== '') {
      joinLane(this, group, number);
    } else if (this.states.get(number) === undefined && (number < this.meta.head || number >= SIDE_LOG)) {
      this.stand(number, this.returned(number));
    }
  }

  private returned(number: number): State {
    const due = this.messages.get(number)?.sentAt ?? 0;
    const state = { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due, dueBefore: due };
    this.states.set(number, state);
    return state;
  }

  private stand(number: number, state: State): void {
    this.touched.states.set(number, state);
    const set = this.meta.fifo === 0 && isDelayed(number, state) ? this.delayed : this.inFlight;
    set.add(number, state.due);
    const { group = '' } = this.meta.fifo === 0 && number >= SIDE_LOG ? (this.messages.get(number) ?? {}) : {};
    if (group !== '') touch(this, group, 1);
  }

  /** The messages after number `after` that are on disk; undefined in the place of one that is damaged. Has no effect. */
  *heldAfter(after: number): Generator<{ number: number; held: Held | undefined }> {
    const { end } = record.messagesOf(this.q, this.meta.epoch);
    for (const { key, value } of this.environment.db.getRange({ start: this.keyOf(after + 1), end })) {
      const number = record.numberOfKey(key);
      const message = record.unpackMessage(value);
      const body = message === undefined ? EMPTY : record.unpackBody(value);
      const isWhole = message !== undefined && md5OfBody(body) === message.bodyMd5;
      const state = this.states.get(number) ?? this.leftState(number, message);
      yield { number, held: isWhole ? { number, message, body, state } : undefined };
    }
  }

  /** The deduplication ids on disk, those that are too old included. */
  seenRows(): Iterable<{ key: string; seen: Seen }> {
    return this.seen.rows();
  }

  /** A departure is copied as a message that has come back. */
  private leftState(number: number, message: Message | undefined): State {
    const departure = this.outbox.get(number);
    if (departure === undefined || message === undefined) return untouched();
    const { count, firstReceivedAt } = departure;
    const due = message.sentAt;
    return { count, generation: 0, firstReceivedAt, receivedAt: 0, due, dueBefore: due };
  }

  private seenPart(): EmbeddedSeen {
    return seenOf(this.writing, this.q, this.meta.epoch, () => this.meta.last);
  }

  private messagesPart(): Messages {
    return {
      get: (number) => this.readRow(number),
      body: (number) => {
        const bytes = this.read(number);
        return bytes === undefined ? EMPTY : record.unpackBody(bytes);
      },
      add: (number, message, body) => this.addMessage(number, message, body),
      remove: (number) => {
        this.cover(number, undefined);
      },
      seek: (from, upTo) => this.seek(from, upTo),
    };
  }

  private keyOf(number: number): Buffer {
    return record.messageKey(this.q, this.meta.epoch, number);
  }

  private addMessage(number: number, message: Message, body: Body): void {
    const bytes = record.packMessage(message, typeof body === 'string' ? Buffer.from(body) : body);
    this.cover(number, bytes);
  }

  private seek(from: number, upTo: number): number {
    if (from >= upTo) return upTo;
    if (this.read(from) !== undefined) return from;
    for (const key of this.environment.db.getKeys({ start: this.keyOf(from), end: this.keyOf(upTo), limit: 1 })) {
      // What LMDB does not show yet is not passed over.
      return this.unwritten.size === 0 ? record.numberOfKey(key) : from + 1;
    }
    return this.unwritten.size === 0 ? upTo : from + 1;
  }

  private readRow(number: number): Message | undefined {
    const bytes = this.read(number);
    if (bytes === undefined) return undefined;
    const message = record.unpackMessage(bytes);
    if (message !== undefined) return message;
    this.keepDamaged(number);
    return UNREADABLE;
  }

  private keepDamaged(number: number): void {
    const bytes = this.read(number);
    if (bytes === undefined) return;
    this.writing.put(record.damagedKey(this.q, this.meta.epoch, number), bytes);
    this.surroundings.damaged();
  }

  private read(number: number): Buffer | undefined {
    if (this.lastNumber === number) return this.lastBytes;
    this.lastNumber = number;
    const { known, value } = this.unwritten.get(number);
    this.lastBytes = known ? value : this.environment.get(this.keyOf(number));
    return this.lastBytes;
  }

  /** Writes a message, or removes it. */
  private cover(number: number, bytes: Buffer | undefined): void {
    this.lastNumber = 0;
    this.lastBytes = undefined;
    const key = this.keyOf(number);
    const turn = bytes === undefined ? this.writing.remove(key) : this.writing.put(key, bytes);
    this.unwritten.set(number, bytes, turn);
  }

  private statesPart(): States {
    const key = (number: number) => record.stateKey(this.q, this.meta.epoch, number);
    return {
      get: (number) => this.touched.states.get(number),
      set: (number, state: State) => {
        this.touched.states.set(number, state);
        this.writing.put(key(number), record.packState(state));
      },
      remove: (number) => {
        if (this.touched.states.get(number) === undefined) return;
        this.touched.states.remove(number);
        this.writing.remove(key(number));
      },
    };
  }
}

function notesOf({ db }: Environment, q: number): Map<string, string> {
  const notes = [...db.getRange(record.notesOf(q))];
  return new Map(notes.map(({ key, value }) => [record.nameOfKey(key), value.toString()]));
}
