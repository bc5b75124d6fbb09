import type { Line, Standing } from '../../queue/parts.ts';

interface Entry extends Standing {
  index: number;
}

/** The line of lanes in memory: a binary heap by (place, name), and where each lane stands in it. */
export function memoryLine(): Line {
  const heap: Entry[] = [];
  const known = new Map<string, Entry>();

  const isBefore = (a: Entry, b: Entry) => (a.place === b.place ? a.lane < b.lane : a.place < b.place);

  function put(entry: Entry, index: number): void {
    heap[index] = entry;
    entry.index = index;
  }

  /** Moves an entry to where it belongs from `index` on. */
  function sift(entry: Entry, from: number): void {
    let index = from;
    while (index > 0) {
      const above = heap[(index - 1) >> 1]!;
      if (!isBefore(entry, above)) break;
      put(above, index);
      index = (index - 1) >> 1;
    }
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, entry)) break;
      put(heap[child]!, index);
      index = child;
    }
    put(entry, index);
  }

  return {
    place(lane, place) {
      let entry = known.get(lane);
      if (entry === undefined) {
        entry = { lane, place, index: heap.length };
        known.set(lane, entry);
        heap.push(entry);
      }
      entry.place = place;
      sift(entry, entry.index);
    },
    leave(lane) {
      const entry = known.get(lane);
      if (entry === undefined) return;
      known.delete(lane);
      const last = heap.pop()!;
      if (last !== entry) sift(last, entry.index);
    },
    placeOf: (lane) => known.get(lane)?.place,
    first: () => heap[0],
  };
}
