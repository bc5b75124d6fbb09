/** What concerns a queue as a whole: it is created, changed, removed, or taken over from another store. */
import { counts } from '../../../queue/counts.ts';
import { newMeta, refusal } from '../../../queue/enter.ts';
import { adopt, type Held, load, untouched } from '../../../queue/load.ts';
import type { Meta } from '../../../queue/parts.ts';
import { figure, figures, isWrong, message, text, time, versionGiven } from './arguments.ts';
import { discard, end, open, queue, save, setApart, setRecord } from './parts.ts';
import type { Value } from './redis.ts';
import { type Reply, rowOf } from './replies.ts';

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};

/** A new queue: its fields, unless it was loaded, and its record. It is not in the catalogue yet. */
export function createCall(key: string): Reply {
  const fifo = figure();
  const record = text();
  if (isWrong()) return 'wrong';
  open(key);
  if (queue.meta.version === 0) queue.meta = newMeta(versionGiven(), time(), fifo);
  setRecord(record, versionGiven());
  return [];
}

/** Another record in the place of the one with `version`. What was written by an earlier attempt is left as it is. */
export function updateCall(key: string): Reply {
  const record = text();
  if (isWrong()) return 'wrong';
  open(key);
  const version = versionGiven();
  if (queue.meta.version === version + 1 && redis.call('GET', `${key}:q`) === record) return [];
  const refused = refusal(queue, version);
  if (refused !== undefined) return refused;
  setRecord(record, version + 1);
  return [];
}

/** The queue is gone; whatever its version. */
export function removeCall(key: string): Reply {
  if (isWrong()) return 'wrong';
  open(key);
  if (queue.meta.version === 0) return 'gone';
  end();
  return [];
}

/** Discards a slice of a queue that is gone; [1] while there may be more. */
export function discardCall(key: string): Reply {
  const slice = figure();
  if (isWrong()) return 'wrong';
  open(key);
  return [discard(slice) ? 1 : 0];
}

function held(): Held {
  return {
    number: figure(),
    message: message(),
    body: text(),
    state: {
      count: figure(),
      generation: figure(),
      firstReceivedAt: figure(),
      receivedAt: figure(),
      due: figure(),
      dueBefore: figure(),
    },
  };
}

function meta(): Meta {
  return {
    version: versionGiven(),
    epoch: figure(),
    head: figure(),
    tail: figure(),
    sideTail: figure(),
    total: figure(),
    last: figure(),
    purgedAt: figure(),
    fifo: figure(),
    sideHead: figure(),
    active: figure(),
    turn: figure(),
    laned: figure(),
    leaving: figure(),
    low: figure(),
    look: figure(),
  };
}

/** Puts messages of another store's queue into one that has no name yet. */
export function loadCall(key: string): Reply {
  const fields = meta();
  const count = figure();
  const areApart: boolean[] = [];
  const rows: Held[] = [];
  while (rows.length < count) {
    areApart.push(figure() === 1);
    rows.push(held());
  }
  if (isWrong()) return 'wrong';
  open(key);
  adopt(queue, fields);
  let i = 0;
  for (const row of rows) {
    setApart(areApart[i] as boolean);
    load(queue, row);
    i += 1;
  }
  save();
  return [];
}

/** Takes over what deduplication ids stand for. */
export function loadSeenCall(key: string): Reply {
  const count = figure();
  const rows: { key: string; at: number; number: number; id: string }[] = [];
  while (rows.length < count) rows.push({ key: text(), at: figure(), number: figure(), id: text() });
  if (isWrong()) return 'wrong';
  open(key);
  if (queue.meta.version === 0) return 'gone';
  for (const row of rows) queue.seen.set(row.key, { at: row.at, number: row.number, id: row.id });
  save();
  return [];
}

/** The fields, the counts at the queue's own time (what a FIFO queue delays counts as visible), and the messages with the numbers that are asked for. */
export function lookCall(key: string): Reply {
  const numbers = figures();
  if (isWrong()) return 'wrong';
  open(key);
  const { version, epoch, head, tail, sideTail, total, last, purgedAt } = queue.meta;
  const { fifo, sideHead, active, turn, laned, leaving, low, look } = queue.meta;
  if (version === 0) return 'gone';
  const { inFlight, delayed } = counts(queue, 0, last);
  const figuresOf = [version, epoch, head, tail, sideTail, total, last, purgedAt, fifo, sideHead, active, turn, laned];
  figuresOf.push(leaving);
  figuresOf.push(low);
  figuresOf.push(look);
  const reply: (Value | Value[])[] = [figuresOf, [inFlight, delayed]];
  for (const number of numbers) {
    const row = queue.messages.get(number);
    if (row === undefined) continue;
    const state = queue.states.get(number);
    const body = queue.messages.body(number);
    reply.push(rowOf({ number, message: row, body, state: state === undefined ? untouched() : state }));
  }
  return reply;
}
