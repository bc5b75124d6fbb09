import { type Answer, FIFO_MEMORY_MS, REPEAT_MS, type Requests } from '../../queue/parts.ts';

/** How many answers a generation holds: a retry comes within seconds, and a busy queue must not cost the process its memory. */
const MOST = 20_000;

/**
 * The answers of a queue, in memory: a server that was killed has forgotten them, so a call that is repeated then counts as
 * a new one.
 */
export function recentRequests(): Requests {
  const short = generations(REPEAT_MS);
  const long = generations(FIFO_MEMORY_MS);
  return {
    get: (id) => short.get(id) ?? long.get(id),
    set: (id, answer) => (answer.keepMs > REPEAT_MS ? long : short).set(id, answer),
  };
}

/** Two generations of at most `keepMs` and MOST answers each; the older one goes when the younger is full. */
function generations(keepMs: number): Requests {
  let young = new Map<string, Answer>();
  let old = young;
  let since = 0;
  return {
    get: (id) => young.get(id) ?? old.get(id),
    set(id, answer) {
      if (answer.at >= since + keepMs || young.size >= MOST) {
        old = young;
        young = new Map();
        since = answer.at;
      }
      young.set(id, answer);
    },
  };
}
