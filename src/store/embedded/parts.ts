/**
 * One queue opened over LMDB and memory: the parts of src/queue.
 *
 * Messages stand in LMDB alone, so a waiting message costs no memory. LMDB shows a write only once its transaction is
 * committed; until then it is found in `overlay`. States and ordered sets stand in memory (touched.ts), and each state
 * also in LMDB, from where they are read again after a restart. The fields are read once and written at the end of
 * every transition, in the same transaction as everything else it wrote: after a crash a queue is at the boundary of a
 * transition, its numbers are never used again and its total is exact.
 */
import type { Body, Message, Messages, Meta, Queue, State, States } from '../../queue/parts.ts';
import { SIDE_LOG } from '../../queue/parts.ts';
import { remove } from '../../queue/remove.ts';
import type { Environment } from './environment.ts';
import * as record from './records.ts';
import { Touched } from './touched.ts';

/** Written and not yet committed: the value, or undefined for a removal. */
type Overlay = Map<number, Buffer | undefined>;

interface Hooks {
  ready: () => void;
  discard: (slice: number) => boolean;
}

export class EmbeddedQueue implements Queue {
  meta: Meta;
  readonly messages: Messages;
  readonly states: States;
  readonly q: number;
  private readonly environment: Environment;
  private readonly hooks: Hooks;
  /** Something was written in this transition. */
  private dirty = false;
  private touched = new Touched();
  private overlay: Overlay = new Map();
  /** The message read last: `body` follows `get`. */
  private lastNumber = 0;
  private lastBytes: Buffer | undefined;

  /** A queue that has just been created. Its fields are written by the first `save`. */
  constructor(environment: Environment, q: number, meta: Meta, hooks: Hooks) {
    this.environment = environment;
    this.q = q;
    this.meta = meta;
    this.hooks = hooks;
    this.messages = this.messagesPart();
    this.states = this.statesPart();
    this.dirty = true;
  }

  /** A queue as LMDB has it. `recount`: a commit was lost, so the total is counted anew. */
  static open(environment: Environment, q: number, hooks: Hooks, recount: boolean): EmbeddedQueue {
    const fields = environment.db.get(record.fieldsKey(q));
    if (fields === undefined) throw new Error(`The fields of queue ${q} are missing.`);
    const queue = new EmbeddedQueue(environment, q, record.unpackMeta(fields), hooks);
    queue.dirty = recount;
    queue.readStates();
    if (recount) queue.meta.total = queue.countRecords();
    return queue;
  }

  get inFlight() {
    return this.touched.inFlight;
  }

  get delayed() {
    return this.touched.delayed;
  }

  /** The end of every transition: writes the fields if anything else was written. True when there is something to wait for. */
  save(): boolean {
    this.lastBytes = undefined;
    if (!this.dirty) return false;
    this.dirty = false;
    this.environment.put(record.fieldsKey(this.q), record.packMeta(this.meta));
    return true;
  }

  /** Gives the fields the version of a changed queue record. */
  setVersion(version: number): void {
    this.meta.version = version;
    this.dirty = true;
    this.save();
  }

  /** Keeps a message whose body is damaged where nothing delivers it. Part of the transition that found it. */
  setAside(number: number): void {
    const bytes = this.read(number);
    const key = record.damagedKey(this.q, this.meta.epoch, number);
    if (bytes !== undefined) this.environment.put(key, bytes);
    remove(this, number);
  }

  renew(): void {
    this.dirty = true;
    this.environment.put(record.deadKey(this.q, this.meta.epoch - 1), EMPTY);
    this.touched = new Touched();
    this.overlay = new Map();
    this.lastBytes = undefined;
  }

  discard(slice: number): boolean {
    return this.hooks.discard(slice);
  }

  ready(): void {
    this.hooks.ready();
  }

  private readStates(): void {
    for (const { key, value } of this.environment.db.getRange(record.statesOf(this.q, this.meta.epoch))) {
      const number = record.numberOfKey(key);
      const state = record.unpackState(value);
      this.touched.states.set(number, state);
      const set = state.count === 0 && number >= SIDE_LOG ? this.delayed : this.inFlight;
      set.add(number, state.due);
    }
  }

  private countRecords(): number {
    const { start, end } = record.rangesOf(this.q, this.meta.epoch)[0]!;
    return this.environment.db.getKeysCount({ start, end });
  }

  private messagesPart(): Messages {
    return {
      get: (number) => {
        const bytes = this.read(number);
        return bytes === undefined ? undefined : record.unpackMessage(bytes);
      },
      body: (number) => {
        const bytes = this.lastNumber === number ? this.lastBytes : this.read(number);
        return bytes === undefined ? EMPTY : record.unpackBody(bytes);
      },
      add: (number, message, body) => this.addMessage(number, message, body),
      remove: (number) => {
        const { environment } = this;
        this.cover(number, undefined, environment.remove(record.messageKey(this.q, this.meta.epoch, number)));
      },
    };
  }

  private addMessage(number: number, message: Message, body: Body): void {
    const bytes = record.packMessage(message, body as Uint8Array);
    this.cover(number, bytes, this.environment.put(record.messageKey(this.q, this.meta.epoch, number), bytes));
  }

  private read(number: number): Buffer | undefined {
    this.lastNumber = number;
    this.lastBytes = this.overlay.has(number)
      ? this.overlay.get(number)
      : this.environment.db.get(record.messageKey(this.q, this.meta.epoch, number));
    return this.lastBytes;
  }

  /** Keeps what was written visible until it is committed, unless it is overwritten before. */
  private cover(number: number, bytes: Buffer | undefined, committed: Promise<boolean>): void {
    const { overlay } = this;
    this.dirty = true;
    overlay.set(number, bytes);
    this.lastBytes = undefined;
    this.lastNumber = 0;
    const uncover = () => {
      if (overlay.get(number) === bytes) overlay.delete(number);
    };
    committed.then(uncover, uncover);
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

const EMPTY = Buffer.alloc(0);
