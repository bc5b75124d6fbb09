/**
 * The functions that the store calls inside Redis: what `FCALL <library>_<name>` does. Each reads its arguments, opens
 * the queue, runs one transition of src/queue and answers lists; wire.ts is the other side of the same order.
 *
 * KEYS: the queue's key and its `:never` (parts.ts). ARGV begins with
 *
 *   deadline   Redis time after which the caller has given up: nothing is done any more ('late')
 *   now        the queue's time, when the caller has a clock of its own; 0: Redis' clock
 *   version    of the queue record the call was decided with
 *
 * Every number is checked before the first write: a word among the arguments must not break a transition off.
 */
import { counts } from '../../../queue/counts.ts';
import { newMeta, refusal } from '../../../queue/enter.ts';
import { adopt, type Held, load, untouched } from '../../../queue/load.ts';
import { purge } from '../../../queue/purge.ts';
import { receive } from '../../../queue/receive.ts';
import { type Draft, send } from '../../../queue/send.ts';
import { type Settlement, settle } from '../../../queue/settle.ts';
import { sweep } from '../../../queue/sweep.ts';
import { clock } from './clock.ts';
import { registerNames } from './names.ts';
import { discard, end, open, queue, save, setApart, setRecord, type Value } from './parts.ts';
import { registerPeople } from './people.ts';

type Reply = string | (Value | Value[])[];

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
  register_function(
    this: void,
    row: { function_name: string; callback: (this: void, keys: string[], values: string[]) => Reply; flags: string[] },
  ): void;
};
declare function tonumber(this: void, text: string | undefined): number | undefined;

/** The arguments of the call that runs. */
let given: string[] = [];
let position = 0;
let wrong = false;

function text(): string {
  const value = given[position];
  position += 1;
  if (value === undefined) {
    wrong = true;
    return '';
  }
  return value;
}

function figure(): number {
  const value = tonumber(text());
  if (value === undefined) {
    wrong = true;
    return 0;
  }
  return value;
}

let now = 0;
let version = 0;

/** Reads what every call begins with; a reply when there is nothing to be done. */
function begin(values: string[]): string | undefined {
  given = values;
  position = 0;
  wrong = false;
  const deadline = figure();
  const virtual = figure();
  version = figure();
  const time = clock();
  now = virtual === 0 ? time : virtual;
  if (time > deadline) return 'late';
  return undefined;
}

/** Opens the queue when the arguments are whole and the caller's record is the current one; else a reply. */
function enter(key: string): string | undefined {
  if (wrong) return 'wrong';
  open(key);
  return refusal(queue, version);
}

function draft(): Draft {
  const message = {
    id: text(),
    sentAt: 0,
    senderId: text(),
    group: text(),
    deduplicationId: text(),
    bodyMd5: text(),
    attributes: text(),
    traceHeader: text(),
  };
  return { message, delayMs: figure(), body: text() };
}

function sendCall(key: string): Reply {
  const requestId = text();
  const maxLength = figure();
  const areApart = figure() === 1;
  const count = figure();
  const drafts: Draft[] = [];
  while (drafts.length < count) drafts.push(draft());
  const refused = enter(key);
  if (refused !== undefined) return refused;
  setApart(areApart);
  const reply: Value[][] = [];
  for (const sent of send(queue, drafts, { maxLength, requestId }, now)) {
    reply.push([sent.number, sent.id, sent.sentAt]);
  }
  save();
  return reply;
}

function receiveCall(key: string): Reply {
  const requestId = text();
  const wish = {
    requestId,
    max: figure(),
    visibilityMs: figure(),
    retentionMs: figure(),
    inFlightLimit: figure(),
    generation: figure(),
  };
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { epoch, deliveries, more, overLimit, nextDue } = receive(queue, wish, now);
  save();
  // A span, since the caller has another clock.
  const wait = nextDue === 0 ? -1 : nextDue - queue.meta.last;
  const reply: (Value | Value[])[] = [epoch, more ? 1 : 0, overLimit ? 1 : 0, wait];
  for (const delivery of deliveries) reply.push(rowOf(delivery));
  return reply;
}

function rowOf({ number, message, body, state }: Held): Value[] {
  return [
    number,
    message.id,
    message.sentAt,
    message.senderId,
    message.group,
    message.deduplicationId,
    message.bodyMd5,
    message.attributes,
    message.traceHeader,
    body as string,
    state.count,
    state.generation,
    state.firstReceivedAt,
    state.receivedAt,
    state.due,
    state.dueBefore,
  ];
}

function settleCall(key: string): Reply {
  const rules = { retentionMs: figure(), visibilityLimitMs: figure() };
  const count = figure();
  const entries: Settlement[] = [];
  while (entries.length < count) {
    entries.push({
      epoch: figure(),
      number: figure(),
      generation: figure(),
      to: text() as Settlement['to'],
      visibilityMs: figure(),
    });
  }
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const reply = settle(queue, entries, rules, now);
  save();
  return reply;
}

function purgeCall(key: string): Reply {
  const intervalMs = figure();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const done = purge(queue, intervalMs, now);
  save();
  return [done ? 1 : 0];
}

function sweepCall(key: string): Reply {
  const slice = figure();
  const retentionMs = figure();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { expired, more, nextAt } = sweep(queue, slice, retentionMs, now);
  save();
  return [expired, more ? 1 : 0, nextAt];
}

function countsCall(key: string): Reply {
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { visible, inFlight, delayed } = counts(queue, now);
  return [visible, inFlight, delayed];
}

/** A new queue: its fields, unless it was loaded, and its record. It is not in the catalogue yet. */
function createCall(key: string): Reply {
  const record = text();
  if (wrong) return 'wrong';
  open(key);
  if (queue.meta.version === 0) queue.meta = newMeta(version, now);
  setRecord(record, version);
  return [];
}

/** Another record in the place of the one with `version`. What was written by an earlier attempt is left as it is. */
function updateCall(key: string): Reply {
  const record = text();
  if (wrong) return 'wrong';
  open(key);
  if (queue.meta.version === version + 1 && redis.call('GET', `${key}:q`) === record) return [];
  const refused = refusal(queue, version);
  if (refused !== undefined) return refused;
  setRecord(record, version + 1);
  return [];
}

/** The queue is gone; whatever its version. */
function removeCall(key: string): Reply {
  if (wrong) return 'wrong';
  open(key);
  if (queue.meta.version === 0) return 'gone';
  end();
  return [];
}

/** Discards a slice of a queue that is gone; [1] while there may be more. */
function discardCall(key: string): Reply {
  const slice = figure();
  if (wrong) return 'wrong';
  open(key);
  return [discard(slice) ? 1 : 0];
}

function held(): Held {
  return {
    number: figure(),
    message: {
      id: text(),
      sentAt: figure(),
      senderId: text(),
      group: text(),
      deduplicationId: text(),
      bodyMd5: text(),
      attributes: text(),
      traceHeader: text(),
    },
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

/** Puts messages of another store's queue into one that has no name yet. */
function loadCall(key: string): Reply {
  const meta = {
    version,
    epoch: figure(),
    head: figure(),
    tail: figure(),
    sideTail: figure(),
    total: figure(),
    last: figure(),
    purgedAt: figure(),
  };
  const count = figure();
  const areApart: boolean[] = [];
  const rows: Held[] = [];
  while (rows.length < count) {
    areApart.push(figure() === 1);
    rows.push(held());
  }
  if (wrong) return 'wrong';
  open(key);
  adopt(queue, meta);
  let i = 0;
  for (const row of rows) {
    setApart(areApart[i] as boolean);
    load(queue, row);
    i += 1;
  }
  save();
  return [];
}

/** The fields, the counts at the queue's own time, and the messages with the numbers that are asked for. */
function lookCall(key: string): Reply {
  const count = figure();
  const numbers: number[] = [];
  while (numbers.length < count) numbers.push(figure());
  if (wrong) return 'wrong';
  open(key);
  const { meta } = queue;
  if (meta.version === 0) return 'gone';
  const { inFlight, delayed } = counts(queue, meta.last);
  const { version: its, epoch, head, tail, sideTail, total, last, purgedAt } = meta;
  const reply: (Value | Value[])[] = [its, epoch, head, tail, sideTail, total, last, purgedAt, inFlight, delayed];
  for (const number of numbers) {
    const message = queue.messages.get(number);
    if (message === undefined) continue;
    const state = queue.states.get(number);
    const body = queue.messages.body(number);
    reply.push(rowOf({ number, message, body, state: state === undefined ? untouched() : state }));
  }
  return reply;
}

type Call = (this: void, keys: string[], values: string[]) => Reply;

/** Only sending may fail because Redis is full: a full queue must be drained. */
function register(name: string, callback: Call, flags: string[]): void {
  redis.register_function({ function_name: `LIBRARY_${name}`, callback, flags });
}

/** For functions about a queue: what every call begins with is read, and not too late. */
function registerOnQueue(name: string, callback: (this: void, key: string) => Reply, flags: string[]): void {
  const begun: Call = (keys, values) => {
    const late = begin(values);
    return late === undefined ? callback(keys[0] as string) : late;
  };
  register(name, begun, flags);
}

/** For functions that are not about a queue: of what every call begins with they have the deadline alone. */
function registerTimed(name: string, callback: Call, flags: string[]): void {
  const timed: Call = (keys, values) => {
    const deadline = tonumber(values[0]);
    if (deadline === undefined) return 'wrong';
    return clock() > deadline ? 'late' : callback(keys, values);
  };
  register(name, timed, flags);
}

registerOnQueue('send', sendCall, []);
registerOnQueue('receive', receiveCall, ['allow-oom']);
registerOnQueue('settle', settleCall, ['allow-oom']);
registerOnQueue('purge', purgeCall, ['allow-oom']);
registerOnQueue('sweep', sweepCall, ['allow-oom']);
registerOnQueue('counts', countsCall, ['no-writes']);
registerOnQueue('create', createCall, []);
registerOnQueue('update', updateCall, []);
registerOnQueue('remove', removeCall, ['allow-oom']);
registerOnQueue('discard', discardCall, ['allow-oom']);
registerOnQueue('load', loadCall, []);
registerOnQueue('look', lookCall, ['no-writes']);
registerNames(registerTimed);
registerPeople(registerTimed);
