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
 * arguments.ts reads them; loading.ts and moving.ts hold the functions that are not of every day.
 */
import { counts } from '../../../queue/counts.ts';
import { purge } from '../../../queue/purge.ts';
import { quietCounts } from '../../../queue/quiet.ts';
import { receive } from '../../../queue/receive.ts';
import { type Draft, send } from '../../../queue/send.ts';
import { type Settlement, settle } from '../../../queue/settle.ts';
import { sweep } from '../../../queue/sweep.ts';
import { begin, enter, figure, text, time } from './arguments.ts';
import { clock } from './clock.ts';
import { createCall, discardCall, loadCall, loadSeenCall, lookCall, removeCall, updateCall } from './loading.ts';
import {
  arriveCall,
  concludeCall,
  departuresCall,
  eventsCall,
  leaveCall,
  noteCall,
  pageCall,
  setNoteCall,
} from './moving.ts';
import { registerNames } from './names.ts';
import { queue, save, setApart } from './parts.ts';
import { registerPeople } from './people.ts';
import type { Value } from './redis.ts';
import { type Reply, rowOf } from './replies.ts';

declare const redis: {
  register_function(
    this: void,
    row: { function_name: string; callback: (this: void, keys: string[], values: string[]) => Reply; flags: string[] },
  ): void;
};
declare function tonumber(this: void, text: string | undefined): number | undefined;

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
    deadLetterSource: '',
    receivedBefore: 0,
    firstReceivedBefore: 0,
  };
  return { message, delayMs: figure(), body: text() };
}

function sendCall(key: string): Reply {
  const requestId = text();
  const maxLength = figure();
  const perGroup = figure() === 1;
  const areApart = figure() === 1;
  const count = figure();
  const drafts: Draft[] = [];
  while (drafts.length < count) drafts.push(draft());
  const refused = enter(key);
  if (refused !== undefined) return refused;
  setApart(areApart);
  const reply: Value[][] = [];
  for (const sent of send(queue, drafts, { maxLength, requestId, perGroup }, time())) {
    reply.push([sent.number, sent.id, sent.outcome]);
  }
  save();
  return reply;
}

function receiveCall(key: string): Reply {
  const requestId = text();
  const wish = {
    requestId,
    attemptId: text(),
    max: figure(),
    visibilityMs: figure(),
    retentionMs: figure(),
    inFlightLimit: figure(),
    generation: figure(),
    delayMs: figure(),
    maxReceiveCount: figure(),
    deadLetterQueue: text(),
  };
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { epoch, deliveries, more, overLimit, nextDue, leaving, changed } = receive(queue, wish, time());
  save();
  // A span, since the caller has another clock.
  const wait = nextDue === 0 ? -1 : nextDue - queue.meta.last;
  const flags = [more ? 1 : 0, overLimit ? 1 : 0, leaving ? 1 : 0, changed ? 1 : 0];
  const reply: (Value | Value[])[] = [epoch, wait, flags];
  for (const delivery of deliveries) reply.push(rowOf(delivery));
  return reply;
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
  const reply = settle(queue, entries, rules, time());
  save();
  return reply;
}

function purgeCall(key: string): Reply {
  const intervalMs = figure();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const done = purge(queue, intervalMs, time());
  save();
  return [done ? 1 : 0];
}

function sweepCall(key: string): Reply {
  const slice = figure();
  const rules = { retentionMs: figure() };
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { expired, more, nextAt, leaving } = sweep(queue, slice, rules, time());
  save();
  return [expired, more ? 1 : 0, nextAt, leaving ? 1 : 0];
}

function countsCall(key: string): Reply {
  const delayMs = figure();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { visible, inFlight, delayed } = counts(queue, delayMs, time());
  return [visible, inFlight, delayed];
}

function quietCountsCall(key: string): Reply {
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { noisyGroups, visible, inFlight, delayed } = quietCounts(queue, time());
  return [noisyGroups, visible, inFlight, delayed];
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
registerOnQueue('quietcounts', quietCountsCall, ['no-writes']);
registerOnQueue('departures', departuresCall, ['allow-oom']);
registerOnQueue('arrive', arriveCall, []);
registerOnQueue('conclude', concludeCall, ['allow-oom']);
registerOnQueue('leave', leaveCall, ['allow-oom']);
registerOnQueue('page', pageCall, ['no-writes']);
registerOnQueue('events', eventsCall, ['no-writes']);
registerOnQueue('note', noteCall, ['no-writes']);
registerOnQueue('setnote', setNoteCall, ['allow-oom']);
registerOnQueue('create', createCall, []);
registerOnQueue('update', updateCall, []);
registerOnQueue('remove', removeCall, ['allow-oom']);
registerOnQueue('discard', discardCall, ['allow-oom']);
registerOnQueue('load', loadCall, []);
registerOnQueue('loadseen', loadSeenCall, []);
registerOnQueue('look', lookCall, ['no-writes']);
registerNames(registerTimed);
registerPeople(registerTimed);
