/** What a copy reads of the embedded store (store.ts, Source): from LMDB and the states in memory, writing nothing. */
import type { QueueRecord } from '../../model/queue.ts';
import type { Held } from '../../queue/load.ts';
import type { RefreshFamily, SeenRow, Source, User } from '../store.ts';
import type { EmbeddedCatalogue } from './catalogue.ts';
import type { Environment } from './environment.ts';
import type { EmbeddedQueue } from './parts.ts';
import type { Queues } from './queues.ts';
import * as record from './records.ts';

const PAGE_MESSAGES = 100;
const PAGE_BYTES = 1024 * 1024;

export function sourceOf({ db }: Environment, queues: Queues, catalogue: EmbeddedCatalogue): Source {
  const open = (queue: QueueRecord) => queues.open(catalogue.numberOf(queue.id)!, queue);
  const all = <T>(letter: 'u' | 'r') =>
    [...db.getRange(record.allOf(letter))].map(({ value }) => record.unpackJson<T>(value));
  return {
    // A departure is copied as a message that has come back.
    meta(queue) {
      const { meta } = open(queue);
      return { ...meta, total: meta.total + meta.leaving, leaving: 0 };
    },
    *pages(queue) {
      const parts = open(queue);
      let page = pageAfter(parts, 0);
      while (page.upTo > 0) {
        yield page;
        page = pageAfter(parts, page.upTo);
      }
    },
    *seen(queue) {
      let page: SeenRow[] = [];
      for (const row of open(queue).seenRows()) {
        if (page.push(row) < PAGE_MESSAGES) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
    *people() {
      const families = all<RefreshFamily>('r');
      for (const user of all<User>('u')) {
        yield { user, families: families.filter(({ username }) => username === user.username) };
      }
    },
  };
}

/** The page that begins after a number, and the last number it speaks of; 0 when nothing is left. */
function pageAfter(parts: EmbeddedQueue, after: number): { rows: Held[]; damaged: number; upTo: number } {
  const rows: Held[] = [];
  let damaged = 0;
  let upTo = 0;
  let bytes = 0;
  for (const { number, held } of parts.heldAfter(after)) {
    bytes += held === undefined ? 0 : held.body.length;
    if (rows.length > 0 && bytes > PAGE_BYTES) break;
    if (held === undefined) damaged += 1;
    else rows.push(held);
    upTo = number;
    if (rows.length + damaged === PAGE_MESSAGES) break;
  }
  return { rows, damaged, upTo };
}
