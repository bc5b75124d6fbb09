/**
 * One queue opened over LMDB and memory: the parts of src/queue.
 *
 * Messages stand in LMDB alone, so a waiting message costs no memory. LMDB shows a write only once its transaction is
 * committed; until then it is found in an overlay, one for each turn (environment.ts) that has not ended. States and
 * ordered sets stand in memory (touched.ts), and each state also in LMDB, from where they are read again after a
 * restart. The fields are read once and written at the end of every transition, in the same transaction as everything
 * else it wrote: after a crash a queue is at the boundary of a transition, its numbers are never used again and its
 * total is exact.
 */
import { md5OfBody } from '../../model/md5.ts';
import { type Held, isDelayed, untouched } from '../../queue/load.ts';
import type { Body, Message, Messages, Meta, OrderedSet, Queue, State, States } from '../../queue/parts.ts';
import { SIDE_LOG } from '../../queue/parts.ts';
import { remove } from '../../queue/remove.ts';
import type { Environment, Turn } from './environment.ts';
import * as record from './records.ts';
import { recentRequests } from './requests.ts';
import { Touched } from './touched.ts';

/** Written in one turn and not yet committed: the value, or undefined for a removal. */
interface Overlay {
  turn: Turn;
  values: Map<number, Buffer | undefined>;
}

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
};

const EMPTY = Buffer.alloc(0);

export class EmbeddedQueue implements Queue {
  meta: Meta;
  readonly messages: Messages;
  readonly states: States;
  readonly requests = recentRequests();
  private readonly q: number;
  private readonly environment: Environment;
  private readonly surroundings: Surroundings;
  /** Something was written in this transition. */
  private dirty = false;
  private touched = new Touched();
  /** Oldest first. */
  private overlays: Overlay[] = [];
  /** The message read last: `body` follows `get`. */
  private lastNumber = 0;
  private lastBytes: Buffer | undefined;

  /** A queue of number `q` with nothing in it but its fields, which are not written yet. */
  constructor(environment: Environment, q: number, meta: Meta, surroundings: Surroundings) {
    this.environment = environment;
    this.q = q;
    this.meta = meta;
    this.surroundings = surroundings;
    this.messages = this.messagesPart();
    this.states = this.statesPart();
  }

  get inFlight(): OrderedSet {
    return this.touched.inFlight;
  }

  get delayed(): OrderedSet {
    return this.touched.delayed;
  }

  /** The end of every transition: writes the fields if anything else was written. */
  save(): void {
    this.lastBytes = undefined;
    this.lastNumber = 0;
    if (!this.dirty) return;
    this.dirty = false;
    this.environment.put(record.fieldsKey(this.q), record.packMeta(this.meta));
  }

  /** Gives the fields the version of a changed queue record. */
  setVersion(version: number): void {
    this.meta.version = version;
    this.dirty = true;
    this.save();
  }

  /** Keeps a message that is damaged where nothing delivers it. Part of the transition that found it. */
  setAside(number: number): void {
    this.keepDamaged(number);
    remove(this, number);
  }

  renew(): void {
    this.dirty = true;
    this.surroundings.bury(this.meta.epoch - 1);
    this.touched = new Touched();
    this.overlays = [];
    this.lastBytes = undefined;
    this.lastNumber = 0;
  }

  discard(slice: number): boolean {
    return this.surroundings.discard(slice);
  }

  ready(): void {
    this.surroundings.ready();
  }

  /** Reads the states of the touched messages: the only part that memory must hold. */
  readStates(): void {
    for (const { key, value } of this.environment.db.getRange(record.statesOf(this.q, this.meta.epoch))) {
      this.stand(record.numberOfKey(key), record.unpackState(value));
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
      total += 1;
      if (number >= SIDE_LOG) this.meta.sideTail = Math.max(this.meta.sideTail, number + 1);
      else this.meta.tail = Math.max(this.meta.tail, number + 1);
      if (number >= this.meta.head && number < SIDE_LOG) continue;
      if (this.states.get(number) === undefined) this.stand(number, this.returned(number));
    }
    this.meta.total = total;
    this.surroundings.bury(this.meta.epoch - 1);
    this.dirty = true;
    this.save();
  }

  private returned(number: number): State {
    const due = this.messages.get(number)?.sentAt ?? 0;
    const state = { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due, dueBefore: due };
    this.states.set(number, state);
    return state;
  }

  private stand(number: number, state: State): void {
    this.touched.states.set(number, state);
    const set = isDelayed(number, state) ? this.delayed : this.inFlight;
    set.add(number, state.due);
  }

  /** The messages after number `after` that are on disk; undefined in the place of one that is damaged. Has no effect. */
  *heldAfter(after: number): Generator<{ number: number; held: Held | undefined }> {
    const { end } = record.messagesOf(this.q, this.meta.epoch);
    for (const { key, value } of this.environment.db.getRange({ start: this.keyOf(after + 1), end })) {
      const number = record.numberOfKey(key);
      const message = record.unpackMessage(value);
      const body = message === undefined ? EMPTY : record.unpackBody(value);
      const isWhole = message !== undefined && md5OfBody(body) === message.bodyMd5;
      const state = this.states.get(number) ?? untouched();
      yield { number, held: isWhole ? { number, message, body, state } : undefined };
    }
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
        this.cover(number, undefined, this.environment.remove(this.keyOf(number)));
      },
    };
  }

  private keyOf(number: number): Buffer {
    return record.messageKey(this.q, this.meta.epoch, number);
  }

  private addMessage(number: number, message: Message, body: Body): void {
    const bytes = record.packMessage(message, typeof body === 'string' ? Buffer.from(body) : body);
    this.cover(number, bytes, this.environment.put(this.keyOf(number), bytes));
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
    this.dirty = true;
    this.environment.put(record.damagedKey(this.q, this.meta.epoch, number), bytes);
    this.surroundings.damaged();
  }

  private read(number: number): Buffer | undefined {
    if (this.lastNumber === number) return this.lastBytes;
    this.lastNumber = number;
    const overlay = this.overlays.findLast(({ values }) => values.has(number));
    this.lastBytes = overlay === undefined ? this.environment.get(this.keyOf(number)) : overlay.values.get(number);
    return this.lastBytes;
  }

  /** Keeps what was written visible until its turn has ended. */
  private cover(number: number, bytes: Buffer | undefined, turn: Turn): void {
    this.dirty = true;
    this.lastNumber = 0;
    this.lastBytes = undefined;
    const { overlays } = this;
    const newest = overlays.at(-1);
    if (newest?.turn === turn) {
      newest.values.set(number, bytes);
      return;
    }
    overlays.push({ turn, values: new Map([[number, bytes]]) });
    turn.after.push(() => overlays.shift());
  }

  private statesPart(): States {
    const key = (number: number) => record.stateKey(this.q, this.meta.epoch, number);
    return {
      get: (number) => this.touched.states.get(number),
      set: (number, state: State) => {
        this.dirty = true;
        this.touched.states.set(number, state);
        this.environment.put(key(number), record.packState(state));
      },
      remove: (number) => {
        if (this.touched.states.get(number) === undefined) return;
        this.dirty = true;
        this.touched.states.remove(number);
        this.environment.remove(key(number));
      },
    };
  }
}
