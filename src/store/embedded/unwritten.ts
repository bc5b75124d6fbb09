import type { Turn } from './environment.ts';

/**
 * What was written and not yet committed: LMDB shows a write only once its transaction is committed. One layer for each
 * turn (environment.ts) that has not ended.
 */
export class Unwritten<K> {
  /** Oldest first. */
  private layers: { turn: Turn; values: Map<K, Buffer | undefined> }[] = [];

  /** How many turns have not ended. */
  get size(): number {
    return this.layers.length;
  }

  /** What was written last under `key`; `known` says whether anything was. */
  get(key: K): { known: boolean; value: Buffer | undefined } {
    const layer = this.layers.findLast(({ values }) => values.has(key));
    return layer === undefined ? NOTHING : { known: true, value: layer.values.get(key) };
  }

  /** Keeps `value`, or a removal, visible until its turn has ended. */
  set(key: K, value: Buffer | undefined, turn: Turn): void {
    const { layers } = this;
    const newest = layers.at(-1);
    if (newest?.turn === turn) {
      newest.values.set(key, value);
      return;
    }
    layers.push({ turn, values: new Map([[key, value]]) });
    turn.after.push(() => layers.shift());
  }
}

const NOTHING = { known: false, value: undefined };
