/**
 * Lanes in memory: eight bytes for each message that stands in one. Nothing of them is on disk: the records say in which
 * lane each message is, and a queue is read through once when it is opened.
 *
 * A lane is one growing list of numbers in order. What is removed is marked by its sign and stays until the beginning of
 * the list has passed it, so that neither end nor middle ever moves:
 *
 *     7  -9  12  80  81        head at 7; when 7 goes, head passes 9 too
 */
import type { Lanes } from '../../queue/parts.ts';

interface Lane {
  numbers: number[];
  /** Where the first number stands that is there. */
  head: number;
  /** How many are there. */
  count: number;
}

/** A list is cut when so many numbers at its beginning are gone, and half of it. */
const CUT = 1024;

export interface MemoryLanes extends Lanes {
  names(): Iterable<string>;
}

export function memoryLanes(): MemoryLanes {
  const lanes = new Map<string, Lane>();

  /** The first place whose number is not below `number`, whether it is there or not. */
  function placeOf({ numbers, head }: Lane, number: number): number {
    let low = head;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Math.abs(numbers[middle]!) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function insert(lane: Lane, number: number): void {
    const { numbers } = lane;
    const last = Math.abs(numbers.at(-1)!);
    const place = number > last ? numbers.length : placeOf(lane, number);
    if (numbers[place] === number) return;
    lane.count += 1;
    if (number > last) numbers.push(number);
    else if (numbers[place] === -number) numbers[place] = number;
    else numbers.splice(place, 0, number);
  }

  function pass(lane: Lane): void {
    const { numbers } = lane;
    while (numbers[lane.head]! < 0) lane.head += 1;
    if (lane.head < CUT || lane.head < numbers.length / 2) return;
    lane.numbers = numbers.slice(lane.head);
    lane.head = 0;
  }

  return {
    add(name, number) {
      const lane = lanes.get(name);
      if (lane === undefined) lanes.set(name, { numbers: [number], head: 0, count: 1 });
      else insert(lane, number);
    },
    first(name) {
      const lane = lanes.get(name);
      return lane === undefined ? undefined : lane.numbers[lane.head];
    },
    after(name, number) {
      const lane = lanes.get(name);
      if (lane === undefined) return undefined;
      let place = placeOf(lane, number + 1);
      while (lane.numbers[place]! < 0) place += 1;
      return lane.numbers[place];
    },
    count: (name) => lanes.get(name)?.count ?? 0,
    remove(name, number) {
      const lane = lanes.get(name);
      if (lane === undefined) return;
      const place = placeOf(lane, number);
      if (lane.numbers[place] !== number) return;
      lane.count -= 1;
      if (lane.count === 0) {
        lanes.delete(name);
        return;
      }
      lane.numbers[place] = -number;
      if (place === lane.head) pass(lane);
    },
    names: () => lanes.keys(),
  };
}
