/**
 * Lanes over LMDB: an empty record for each number, whose key begins with its lane, so that LMDB's own order is that of
 * the lane. Memory holds the first numbers of each lane, WINDOW at most, and whether there are more: a lane that is short,
 * as most are, is never looked up on disk, and a long one once in WINDOW messages.
 *
 *     red    memory 7 9 12 … 80 (64 of them), more      disk 7 9 12 … 80 81 90 …
 *     blue   memory 8 10                                disk 8 10
 *
 * What is written beyond the window and not yet committed is remembered with its lane until LMDB shows it.
 */
import type { Lanes } from '../../queue/parts.ts';
import type { Turn, Writing } from './environment.ts';
import * as record from './records.ts';

const WINDOW = 64;
const LAST = 2 ** 48 - 1;
const EMPTY = Buffer.alloc(0);

interface Lane {
  /** The first numbers, in order; never empty. */
  window: number[];
  /** There may be numbers beyond the window, none of them below `beyond`. */
  more: boolean;
  beyond: number;
  /** Numbers beyond the window that have been written (or removed) in turns that have not ended. */
  unwritten: { turn: Turn; number: number; isThere: boolean }[];
}

export interface EmbeddedLanes extends Lanes {
  /** Every lane's name and first number. */
  all(): Iterable<{ lane: string; first: number }>;
}

/** The lanes of an epoch of queue `q`. Unless it is a new epoch, what is there is read. */
export function lanesOf(writing: Writing, q: number, epoch: number, isNew: boolean): EmbeddedLanes {
  const lanes = new Map<string, Lane>();
  const keyOf = (lane: string, number: number) => record.laneKey(q, epoch, lane, number);

  /** Up to `most` numbers beyond the window, from `from` on: what is on disk and what is on its way there. */
  function upcoming(name: string, lane: Lane, from: number, most: number): { numbers: number[]; more: boolean } {
    const changed = new Map(lane.unwritten.map(({ number, isThere }) => [number, isThere]));
    const limit = most + changed.size;
    const { end } = record.laneRange(q, epoch, name);
    const keys = [...writing.keys({ start: keyOf(name, from), end, limit })];
    const numbers = new Set(keys.map(record.numberOfLaneKey).filter((number) => changed.get(number) !== false));
    for (const [number, isThere] of changed) if (isThere && number >= from) numbers.add(number);
    const sorted = [...numbers].sort((a, b) => a - b);
    return { numbers: sorted.slice(0, most), more: keys.length === limit || sorted.length > most };
  }

  /** Fills an empty window. */
  function fill(name: string, lane: Lane): void {
    const { numbers, more } = upcoming(name, lane, lane.beyond, WINDOW);
    lane.window = numbers;
    lane.more = more;
    if (numbers.length === 0) lanes.delete(name);
    else lane.beyond = numbers.at(-1)! + 1;
  }

  function change(lane: Lane, number: number, isThere: boolean, turn: Turn): void {
    lane.unwritten.push({ turn, number, isThere });
    if (lane.unwritten.at(-2)?.turn === turn) return;
    turn.after.push(() => {
      lane.unwritten = lane.unwritten.filter((one) => one.turn !== turn);
    });
  }

  function addTo(lane: Lane, number: number, turn: Turn): void {
    const { window } = lane;
    if (number >= lane.beyond) {
      if (!lane.more && window.length < WINDOW) {
        window.push(number);
        lane.beyond = number + 1;
      } else {
        lane.more = true;
        change(lane, number, true, turn);
      }
      return;
    }
    const index = window.findIndex((other) => other >= number);
    if (index < 0) window.push(number);
    else if (window[index] !== number) window.splice(index, 0, number);
  }

  function read(): void {
    let range = record.lanesOf(q, epoch);
    for (;;) {
      const last = readUntilLong(range);
      if (last === undefined) return;
      range = { start: record.laneRange(q, epoch, last).end, end: range.end };
    }
  }

  /** Reads lanes up to the first that is longer than a window, and answers that one's name. */
  function readUntilLong(range: { start: Buffer; end: Buffer }): string | undefined {
    for (const key of writing.keys(range)) {
      const name = record.laneOfKey(key);
      const number = record.numberOfLaneKey(key);
      const lane = lanes.get(name);
      if (lane === undefined) {
        lanes.set(name, { window: [number], more: false, beyond: number + 1, unwritten: [] });
      } else if (lane.window.length < WINDOW) {
        lane.window.push(number);
        lane.beyond = number + 1;
      } else {
        lane.more = true;
        return name;
      }
    }
    return undefined;
  }

  if (!isNew) read();
  return {
    add(name, number) {
      const turn = writing.put(keyOf(name, number), EMPTY);
      const lane = lanes.get(name);
      if (lane === undefined) lanes.set(name, { window: [number], more: false, beyond: number + 1, unwritten: [] });
      else addTo(lane, number, turn);
    },
    first: (name) => lanes.get(name)?.window[0],
    after(name, number) {
      const lane = lanes.get(name);
      if (lane === undefined) return undefined;
      const next = lane.window.find((other) => other > number);
      if (next !== undefined || !lane.more) return next;
      return upcoming(name, lane, Math.max(lane.beyond, number + 1), 1).numbers[0];
    },
    count(name) {
      const lane = lanes.get(name);
      if (lane === undefined) return 0;
      if (!lane.more) return lane.window.length;
      // Those on their way to the disk are as good as there.
      return lane.window.length + writing.count({ start: keyOf(name, lane.beyond), end: keyOf(name, LAST) });
    },
    remove(name, number) {
      const lane = lanes.get(name);
      const turn = writing.remove(keyOf(name, number));
      if (lane === undefined) return;
      if (number >= lane.beyond) {
        change(lane, number, false, turn);
        return;
      }
      const index = lane.window.indexOf(number);
      if (index >= 0) lane.window.splice(index, 1);
      if (lane.window.length > 0) return;
      if (lane.more) fill(name, lane);
      else lanes.delete(name);
    },
    *all() {
      for (const [lane, { window }] of lanes) yield { lane, first: window[0]! };
    },
  };
}
