import type { Clock } from '../../src/model/clock.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import type { Store } from '../../src/store/store.ts';

/** Opens the embedded store in `dataDir`, the same data each time; a failure of the storage fails the test run. */
export function opener(where: { dataDir: string; durable: boolean; clock: Clock }): () => Promise<Store> {
  return () =>
    openEmbedded({
      ...where,
      diskReserveBytes: 0,
      fatal: (_, reason) => {
        throw new Error(reason);
      },
    });
}
