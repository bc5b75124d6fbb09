/**
 * What must be done now and then: queues are swept of expired messages and of what purges left behind. Each turn takes
 * some queues, round and round; one that has more to sweep is taken again in the next turn.
 */
import type { Log } from '../log.ts';
import type { Clock } from '../model/clock.ts';
import { type QueueRecord, settingsOf } from '../model/queue.ts';
import type { Store } from '../store/store.ts';

const TURN_MS = 1000;
const QUEUES_PER_TURN = 200;
const SLICE = 500;

export interface Agenda {
  /** Resolves when the turn that is under way has ended; there is none after it. */
  stop(): Promise<void>;
}

/** Starts the turns: one a second while the process lives. */
export function startAgenda(store: Store, clock: Clock, log: Log): Agenda {
  let round: AsyncIterator<QueueRecord> | undefined;
  let busy: QueueRecord[] = [];
  let stopped = false;
  let turn = Promise.resolve();
  let cancel = () => {};

  async function nextQueue(): Promise<QueueRecord | undefined> {
    const again = busy.pop();
    if (again !== undefined) return again;
    round ??= store.catalogue.all()[Symbol.asyncIterator]();
    const { value, done } = await round.next();
    if (done) round = undefined;
    return done ? undefined : value;
  }

  async function sweepSome(): Promise<void> {
    const more: QueueRecord[] = [];
    for (let swept = 0; swept < QUEUES_PER_TURN && !stopped; swept += 1) {
      const queue = await nextQueue();
      if (queue === undefined) break;
      const outcome = await store.messages.sweep(queue, SLICE, settingsOf(queue).retentionMs);
      if (outcome.value?.more) more.push(queue);
    }
    busy = more;
    await store.users.sweepFamilies(clock.wall());
  }

  function plan(): void {
    cancel = clock.at(clock.now() + TURN_MS, () => {
      turn = sweepSome()
        .catch((error: Error) => log.warn({ problem: error.message }, 'sweeping failed; it is tried again'))
        .then(() => (stopped ? undefined : plan()));
    });
  }

  plan();
  return {
    stop() {
      stopped = true;
      cancel();
      return turn;
    },
  };
}
