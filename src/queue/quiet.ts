/**
 * What CloudWatch shows of a fair queue (sqs-wire.md §8; Amazon SQS developer guide, "Available CloudWatch metrics": the
 * figures named …InQuietGroups). For these figures alone a group is noisy while it holds at least NOISY_LEAST, and more
 * than a tenth, of the messages in flight; who is served next follows another rule (fair.ts).
 */
import { counts } from './counts.ts';
import type { Queue } from './parts.ts';

const NOISY_LEAST = 30;
/** More than a tenth: there are never more than nine. */
const NOISY_MOST = 9;

export interface QuietCounts {
  noisyGroups: number;
  /** In quiet groups, messages without a group included. A returned message counts as in flight for its group. */
  visible: number;
  inFlight: number;
  delayed: number;
}

/** Counts a standard queue as it is at `now`, without any effect. */
export function quietCounts(queue: Queue, wallNow: number): QuietCounts {
  const all = counts(queue, 0, wallNow);
  const quiet: QuietCounts = { noisyGroups: 0, visible: all.visible, inFlight: all.inFlight, delayed: all.delayed };
  if (queue.meta.fifo === 1) return quiet;
  for (const lane of queue.tenants.busiest(NOISY_LEAST, NOISY_MOST)) {
    const touched = queue.tenants.get(lane);
    if (touched * 10 <= all.inFlight) continue;
    quiet.noisyGroups += 1;
    quiet.visible = Math.max(0, quiet.visible - queue.lanes.count(lane));
    quiet.inFlight = Math.max(0, quiet.inFlight - touched);
  }
  return quiet;
}
