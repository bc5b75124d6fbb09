/**
 * What must be done now and then: queues are swept of expired messages and of what purges left behind. Each turn claims
 * queues whose time has come and plans when they come again; messages on their way to other queues are moved (moves.ts)
 * and move tasks go on (tasks.ts). With several servers on one store, each queue is claimed by
 * one of them, and by another when that one dies.
 */
import type { Log } from '../log.ts';
import type { Clock } from '../model/clock.ts';
import { isFifo, type QueueRecord, settingsOf } from '../model/queue.ts';
import type { Store } from '../store/store.ts';
import type { Moves } from './moves.ts';
import type { Tasks } from './tasks.ts';

const TURN_MS = 1000;
const QUEUES_PER_TURN = 200;
/** Claimed at a time: what a server that dies takes with it for the length of a lease. */
const CLAIMED = 20;
const LEASE_MS = 10_000;
const SLICE = 500;
const LATEST_MS = 30_000;

export interface Agenda {
  /** Resolves when the turn that is under way has ended; there is none after it. */
  stop(): Promise<void>;
}

export interface AgendaOptions {
  store: Store;
  moves: Moves;
  tasks: Tasks;
  clock: Clock;
  log: Log;
}

/** Starts the turns: one a second while the process lives. */
export function startAgenda({ store, moves, tasks, clock, log }: AgendaOptions): Agenda {
  let stopped = false;
  let turn = Promise.resolve();
  let cancel = () => {};
  let failing = false;

  async function sweepSome(): Promise<void> {
    for (let swept = 0; swept < QUEUES_PER_TURN && !stopped; swept += CLAIMED) {
      const { queues, more } = await store.agenda.claim(CLAIMED, LEASE_MS);
      // Side by side: a move task takes most of a second.
      const tended = await Promise.allSettled(queues.map(tend));
      const failed = tended.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (!more) break;
    }
    await store.users.sweepFamilies(clock.wall());
  }

  /** Does what is due for a queue. */
  async function tend(queue: QueueRecord): Promise<void> {
    const outcome = await store.messages.sweep(queue, SLICE, settingsOf(queue));
    // Refused: changed or removed in this moment, which has planned it anew.
    if (outcome.refused !== undefined) return;
    const { leaving, more, nextAt } = outcome.value;
    // In the background: a queue with a million dead letters must not keep the others waiting.
    if (leaving) moves.kick(queue);
    const isWorking = await tasks.work(queue);
    // What a server leaves half moved, and what a FIFO queue remembers for five minutes, shows at no time of its own.
    const isWatched = leaving || isFifo(queue) || queue.attributes.RedrivePolicy !== undefined;
    const latest = isWatched ? clock.now() + LATEST_MS : nextAt;
    // A task has its pace: it goes on with the next turn, not with this one.
    if (isWorking) await store.agenda.plan(queue, { more: false, nextAt: clock.now() });
    else await store.agenda.plan(queue, { more, nextAt: Math.min(nextAt, latest) });
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
