/** Departures and marks: in memory, as few as they are, and in LMDB, from where they are read again after a restart. */
import type { Departure, Event, Events, Mark, Marks, Outbox } from '../../queue/parts.ts';
import type { Writing } from './environment.ts';
import * as record from './records.ts';

export function outboxOf(writing: Writing, q: number, epoch: number): Outbox {
  const departures = new Map<number, Departure>();
  /** In order; sorted when somebody asks and one has come out of order. */
  let order: number[] = [];
  let isSorted = true;
  for (const { key, value } of writing.entries(record.departuresOf(q, epoch))) {
    order.push(record.numberOfKey(key));
    departures.set(record.numberOfKey(key), record.unpackDeparture(value));
  }
  return {
    get: (number) => departures.get(number),
    add(departure) {
      const { number } = departure;
      if (!departures.has(number)) {
        isSorted = isSorted && (order.length === 0 || order.at(-1)! < number);
        order.push(number);
      }
      departures.set(number, departure);
      writing.put(record.departureKey(q, epoch, number), record.packDeparture(departure));
    },
    remove(number) {
      if (!departures.delete(number)) return;
      const index = order[0] === number ? 0 : order.indexOf(number);
      order.splice(index, 1);
      writing.remove(record.departureKey(q, epoch, number));
    },
    first(most) {
      if (!isSorted) order = order.sort((a, b) => a - b);
      isSorted = true;
      return order.slice(0, most).map((number) => departures.get(number)!);
    },
  };
}

export function marksOf(writing: Writing, q: number): Marks {
  const marks = new Map<string, Mark>();
  for (const { key, value } of writing.entries(record.marksOf(q))) {
    marks.set(record.nameOfKey(key), record.unpackJson<Mark>(value));
  }
  return {
    get: (from) => marks.get(from),
    set(from, mark) {
      marks.set(from, mark);
      writing.put(record.markKey(q, from), record.packJson(mark));
    },
  };
}

const EVENTS = 1000;

/** The last events, in memory alone. */
export function recentEvents(): Events {
  let events: Event[] = [];
  return {
    add(event) {
      events.push(event);
      // Cut now and then, not with every event.
      if (events.length >= 2 * EVENTS) events = events.slice(-EVENTS);
    },
    all: () => events.slice(-EVENTS),
  };
}
