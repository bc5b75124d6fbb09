/**
 * What must be done now and then: queues are swept of expired messages and of what purges left behind. Each turn claims
 * queues whose time has come and plans when they come again; with several servers on one store, each queue is claimed by
 * one of them, and by another when that one dies.
 */
import type { Log } from '../log.ts';
import type { Clock } from '../model/clock.ts';
import { settingsOf } from '../model/queue.ts';
import type { Store } from '../store/store.ts';

const TURN_MS = 1000;
const QUEUES_PER_TURN = 200;
/** Claimed at a time: what a server that dies takes with it for the length of a lease. */
const CLAIMED = 20;
const LEASE_MS = 10_000;
const SLICE = 500;

export interface Agenda {
  /** Resolves when the turn that is under way has ended; there is none after it. */
  stop(): Promise<void>;
}

/** Starts the turns: one a second while the process lives. */
export function startAgenda(store: Store, clock: Clock, log: Log): Agenda {
  let stopped = false;
  let turn = Promise.resolve();
  let cancel = () => {};
  let failing = false;

  async function sweepSome(): Promise<void> {
    for (let swept = 0; swept < QUEUES_PER_TURN && !stopped; swept += CLAIMED) {
      const { queues, more } = await store.agenda.claim(CLAIMED, LEASE_MS);
      for (const queue of queues) {
        const outcome = await store.messages.sweep(queue, SLICE, settingsOf(queue));
        // Refused: changed or removed in this moment, which has planned it anew.
        if (outcome.refused === undefined) await store.agenda.plan(queue, outcome.value);
      }
      if (!more) break;
    }
    await store.users.sweepFamilies(clock.wall());
  }

  /** Says when it begins to fail and when that ends, not every second. */
  function tell(isFailing: boolean, problem?: string): void {
    if (isFailing && !failing) log.warn({ problem }, 'sweeping fails; it is tried again every second');
    if (!isFailing && failing) log.info({}, 'sweeping works again');
    failing = isFailing;
  }

  function plan(): void {
    cancel = clock.at(clock.now() + TURN_MS, () => {
      turn = sweepSome()
        .then(
          () => tell(false),
          (error: Error) => tell(true, error.message),
        )
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
