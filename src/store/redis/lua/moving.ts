/** The steps of a move (queue/moves.ts), looks without effect, and the notes that are kept with a queue. */
import { untouched } from '../../../queue/load.ts';
import { type Arrival, arrive, type Conclusion, conclude, departures, leave } from '../../../queue/moves.ts';
import { page } from '../../../queue/read.ts';
import { enter, figure, figures, message, text, time } from './arguments.ts';
import { queue, save, setApart } from './parts.ts';
import type { Value } from './redis.ts';
import { type Reply, rowOf } from './replies.ts';

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};

export function departuresCall(key: string): Reply {
  const most = figure();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { look, departing } = departures(queue, most, time());
  const reply: (Value | Value[])[] = [look];
  for (const { departure, message: row, body } of departing) {
    const { id, number, count, firstReceivedAt, to, redriven } = departure;
    reply.push([id, count, firstReceivedAt, to, redriven]);
    reply.push(rowOf({ number, message: row, body, state: untouched() }));
  }
  save();
  return reply;
}

export function arriveCall(key: string): Reply {
  const from = text();
  const look = figure();
  const areApart = figure() === 1;
  const count = figure();
  const arrivals: Arrival[] = [];
  while (arrivals.length < count) {
    arrivals.push({ id: figure(), number: figure(), message: message(), body: text() });
  }
  const refused = enter(key);
  if (refused !== undefined) return refused;
  setApart(areApart);
  const isInTime = arrive(queue, from, look, arrivals, time());
  save();
  return [isInTime ? 1 : 0];
}

export function concludeCall(key: string): Reply {
  const count = figure();
  const conclusions: Conclusion[] = [];
  while (conclusions.length < count) {
    conclusions.push({ id: figure(), number: figure(), to: text() as Conclusion['to'] });
  }
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const done = conclude(queue, conclusions, time());
  save();
  return [done];
}

export function leaveCall(key: string): Reply {
  const requestId = text();
  const leaving = {
    most: figure(),
    to: text(),
    id: figure(),
    retentionMs: figure(),
    delayMs: figure(),
    numbers: figures(),
  };
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { left, more } = leave(queue, leaving, requestId, time());
  save();
  return [left, more ? 1 : 0];
}

function noteOf(key: string, name: string): string {
  const note = redis.call('HGET', `${key}:j`, name);
  return note === false ? '' : (note as string);
}

export function pageCall(key: string): Reply {
  const wish = { from: figure(), most: figure(), bodies: figure() === 1 };
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const { rows, next, now } = page(queue, wish, time());
  const reply: (Value | Value[])[] = [next, now];
  for (const { held, heldBy, isLeaving } of rows) {
    const row = rowOf(held);
    row.push(heldBy);
    row.push(isLeaving ? 1 : 0);
    reply.push(row);
  }
  return reply;
}

export function eventsCall(key: string): Reply {
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const reply: Value[][] = [];
  for (const { at, what, number, id } of queue.events.all()) reply.push([at, what, number, id]);
  return reply;
}

export function noteCall(key: string): Reply {
  const name = text();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  return [noteOf(key, name)];
}

/** [1] when the note was as the caller thought, or has been what it is to be all the time: a repeated call. */
export function setNoteCall(key: string): Reply {
  const name = text();
  const before = text();
  const after = text();
  const refused = enter(key);
  if (refused !== undefined) return refused;
  const now = noteOf(key, name);
  if (now === after) return [1];
  if (now !== before) return [0];
  redis.call('HSET', `${key}:j`, name, after);
  return [1];
}
