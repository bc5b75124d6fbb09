import type { Line, Standing, Tenants } from '../../queue/parts.ts';

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

/** The tenants of an epoch. One with nothing touched is forgotten. */
export function memoryTenants(): Tenants {
  const touched = new Map<string, number>();
  return {
    get: (lane) => touched.get(lane) ?? 0,
    set(lane, count) {
      if (count === 0) touched.delete(lane);
      else touched.set(lane, count);
    },
    busiest(least, most) {
      const busy = [...touched].filter(([, count]) => count >= least).sort((a, b) => b[1] - a[1]);
      return busy.slice(0, most).map(([lane]) => lane);
    },
  };
}
