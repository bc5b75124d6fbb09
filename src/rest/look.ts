/**
 * Looks through a queue without any effect, in pages: one looks at LOOKS messages and BYTES of them at most, whatever the
 * backlog is, and says where the next begins.
 *
 * Bodies are what a look costs. They are read where the text is searched, or where nothing is filtered; else only those
 * of the messages that match are read, by number. One call of the store carries about CALL_BYTES.
 */
import { setImmediate } from 'node:timers/promises';
import { settled } from '../actions/outcomes.ts';
import { unpack } from '../model/attribute.ts';
import { bytesOf } from '../model/message.ts';
import { isFifo, type QueueRecord } from '../model/queue.ts';
import type { Page, Seat } from '../queue/read.ts';
import type { Messages } from '../store/store.ts';
import { type Sight, type STATES, sightOf } from './seat.ts';

export const LOOKS = 10_000;
const BYTES = 16 * 1024 * 1024;
const CALL_BYTES = 1024 * 1024;
/** Of the store; an end for a queue full of holes. */
const CALLS = 1000;
/** Of messages that one call asks for: inside Redis nobody else has a turn meanwhile. */
const MOST = 200;
/** Bodies may be a MiB each, and the next ones need not be like the last. */
const MOST_WITH_BODIES = 100;
const FIRST_WITH_BODIES = 10;

export interface Filter {
  state: (typeof STATES)[number] | 'all';
  group?: string | undefined;
  attribute?: { name: string; value?: string | undefined } | undefined;
  /** Stands somewhere in the body. */
  text?: string | undefined;
}

export interface LookWish {
  /** The number to begin with; 0 for the first. */
  from: number;
  /** How many are to be found. */
  most: number;
  filter: Filter;
}

export interface Looked {
  found: Sight[];
  looked: number;
  /** Where the next page begins; 0 at the end. */
  next: number;
}

/** How many messages the next call asks for, by what the last one gave. */
function chunks(bodies: boolean): { size: number; bytes: number; saw(rows: Seat[]): void } {
  const most = bodies ? MOST_WITH_BODIES : MOST;
  return {
    size: bodies ? FIRST_WITH_BODIES : MOST,
    bytes: 0,
    saw(rows) {
      if (rows.length === 0) return;
      const bytes = rows.reduce((sum, { held }) => sum + held.body.length + held.message.attributes.length, 0);
      this.bytes += bytes;
      this.size = Math.max(1, Math.min(most, Math.floor((CALL_BYTES * rows.length) / (bytes + 1))));
    },
  };
}

/** The pages of one look. Between two of them others have their turn. */
async function* walk(messages: Messages, queue: QueueRecord, from: number, bodies: boolean): AsyncGenerator<Page> {
  const chunk = chunks(bodies);
  let at = from;
  let looked = 0;
  for (let calls = 0; calls < CALLS && looked < LOOKS && chunk.bytes < BYTES; calls += 1) {
    if (calls > 0) await setImmediate();
    const most = Math.min(chunk.size, LOOKS - looked);
    const page = settled(await messages.page(queue, { from: at, most, bodies }));
    yield page;
    if (page.next === 0) return;
    at = page.next;
    looked += page.rows.length;
    chunk.saw(page.rows);
  }
}

/** The one message of that number, if it is there. */
async function seatAt(
  messages: Messages,
  queue: QueueRecord,
  number: number,
  bodies: boolean,
): Promise<{ seat: Seat; now: number } | undefined> {
  const { rows, now } = settled(await messages.page(queue, { from: number, most: 1, bodies }));
  const [seat] = rows;
  return seat?.held.number === number ? { seat, now } : undefined;
}

/** Looks at messages of one queue; remembers within one request which of them are in flight. */
export interface Eyes {
  see(seat: Seat, now: number): Sight;
  /** The same, when it is sure: a message is held only while the other is in flight. */
  sure(sight: Sight): Promise<Sight>;
}

/**
 * What the queue says is held by another may only not have been noticed to be out of the queue's delay, which the next
 * receive does. A message before it in its group is out as well then, so that it holds only when it is in flight.
 */
export function eyesOn(messages: Messages, queue: QueueRecord): Eyes {
  const inFlight = new Map<number, boolean>();
  const fifo = isFifo(queue);

  async function isInFlight(number: number): Promise<boolean> {
    const known = inFlight.get(number);
    if (known !== undefined) return known;
    const found = await seatAt(messages, queue, number, false);
    const is = found !== undefined && sightOf(queue, found.seat, found.now).state === 'in_flight';
    inFlight.set(number, is);
    return is;
  }

  return {
    see(seat, now) {
      const sight = sightOf(queue, seat, now);
      if (fifo) inFlight.set(seat.held.number, sight.state === 'in_flight');
      return sight;
    },
    async sure(sight) {
      if (sight.state !== 'held' || (await isInFlight(sight.seat.heldBy))) return sight;
      return { ...sight, state: 'ready' };
    },
  };
}

/** The message of a number; undefined when there is none. */
export async function lookAt(
  messages: Messages,
  queue: QueueRecord,
  number: number,
  bodies = false,
): Promise<Sight | undefined> {
  const found = await seatAt(messages, queue, number, bodies);
  const eyes = eyesOn(messages, queue);
  return found && eyes.sure(eyes.see(found.seat, found.now));
}

export interface Sought {
  /** By MessageId. */
  found: Map<string, Sight>;
  looked: number;
  /** Where to go on; 0 when everything was found or looked at. */
  next: number;
}

/** Looks for messages by their MessageIds, from a number on. */
export async function seek(messages: Messages, queue: QueueRecord, ids: string[], from: number): Promise<Sought> {
  const wanted = new Set(ids);
  const eyes = eyesOn(messages, queue);
  const sought: Sought = { found: new Map(), looked: 0, next: 0 };
  if (wanted.size === 0) return sought;
  for await (const { rows, next, now } of walk(messages, queue, from, false)) {
    sought.looked += rows.length;
    for (const seat of rows) {
      const { id } = seat.held.message;
      const sight = eyes.see(seat, now);
      if (wanted.has(id)) sought.found.set(id, await eyes.sure(sight));
    }
    sought.next = next;
    if (sought.found.size === wanted.size) return { ...sought, next: 0 };
  }
  return sought;
}

/** A page of what matches, with bodies. */
export async function look(messages: Messages, queue: QueueRecord, wish: LookWish): Promise<Looked> {
  const { state, group, attribute, text } = wish.filter;
  const filtered = state !== 'all' || group !== undefined || attribute !== undefined;
  const bodies = text !== undefined || !filtered;
  const looked = await find(messages, queue, wish, bodies);
  return bodies ? looked : withBodies(messages, queue, wish.filter, looked);
}

async function find(messages: Messages, queue: QueueRecord, wish: LookWish, bodies: boolean): Promise<Looked> {
  const eyes = eyesOn(messages, queue);
  const passes = filterOf(wish.filter, eyes);
  const found: Sight[] = [];
  let looked = 0;
  let last = 0;
  for await (const { rows, next, now } of walk(messages, queue, wish.from, bodies)) {
    for (const [i, seat] of rows.entries()) {
      looked += 1;
      const one = passes(eyes.see(seat, now));
      // Only what is held is to be waited for.
      const sure = one instanceof Promise ? await one : one;
      if (sure === undefined) continue;
      found.push(sure);
      if (found.length === wish.most) return { found, looked, next: i + 1 < rows.length ? seat.held.number + 1 : next };
    }
    last = next;
  }
  return { found, looked, next: last };
}

type Passing = Sight | undefined;

/** Answers the message when it passes; one that has expired never does. */
function filterOf({ state, group, attribute, text }: Filter, eyes: Eyes): (sight: Sight) => Passing | Promise<Passing> {
  const bytes = text === undefined ? undefined : Buffer.from(text);
  const isState = (sight: Sight): Passing => (state === 'all' || sight.state === state ? sight : undefined);
  return (sight) => {
    const { message, body } = sight.seat.held;
    if (sight.state === 'expired') return undefined;
    if (group !== undefined && message.group !== group) return undefined;
    if (sight.state !== 'held' && isState(sight) === undefined) return undefined;
    if (attribute !== undefined && !hasAttribute(message.attributes, attribute)) return undefined;
    if (bytes !== undefined && !(typeof body === 'string' ? body.includes(text!) : bytesOf(body).includes(bytes))) {
      return undefined;
    }
    return sight.state === 'held' ? eyes.sure(sight).then(isState) : sight;
  };
}

function hasAttribute(packed: string, wanted: { name: string; value?: string | undefined }): boolean {
  return unpack(packed).some(({ name, value }) => {
    if (name !== wanted.name) return false;
    if (wanted.value === undefined) return true;
    return (typeof value === 'string' ? value : value.toString('base64')) === wanted.value;
  });
}

/** Reads what was found once more, with bodies; what has gone or changed since is left out. */
async function withBodies(messages: Messages, queue: QueueRecord, filter: Filter, looked: Looked): Promise<Looked> {
  const numbers = looked.found.map(({ seat }) => seat.held.number);
  const eyes = eyesOn(messages, queue);
  const passes = filterOf(filter, eyes);
  const chunk = chunks(true);
  const found: Sight[] = [];
  for (let i = 0; i < numbers.length; ) {
    if (chunk.bytes >= BYTES) return { ...looked, found, next: numbers[i]! };
    const first = numbers[i]!;
    let run = 1;
    while (run < chunk.size && numbers[i + run] === first + run) run += 1;
    const { rows, now } = settled(await messages.page(queue, { from: first, most: run, bodies: true }));
    chunk.saw(rows);
    for (const seat of rows) {
      const one = seat.held.number < first + run ? await passes(eyes.see(seat, now)) : undefined;
      if (one !== undefined) found.push(one);
    }
    i += run;
  }
  return { ...looked, found };
}
