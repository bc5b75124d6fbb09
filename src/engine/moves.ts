/**
 * Moves messages from the outboxes of queues to where they are to go (queue/moves.ts tells the three steps and why any of
 * them may be repeated). Dead letters are moved as soon as the receive that found them says so; what a server leaves
 * undone, the agenda finds.
 */
import type { Log } from '../log.ts';
import { newId } from '../model/ids.ts';
import { arnOf, isFifo, nameInArn, type QueueRecord } from '../model/queue.ts';
import type { Arrival, Conclusion, Departing, Departures } from '../queue/moves.ts';
import type { Outcome, Store } from '../store/store.ts';

/** Fewer than the marks that a queue keeps of each source. */
const AT_A_TIME = 10;

const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue';

export interface Moved {
  moved: number;
  /** Why some came back (sqs-wire.md §6.4); undefined when none did. */
  failure?: typeof NO_QUEUE | 'CouldNotDetermineMessageSource';
}

export interface Moves {
  /** Moves what stands in the outbox now; resolves when it has arrived. */
  drain(source: QueueRecord): Promise<Moved>;
  /** Does so in the background. */
  kick(source: QueueRecord): void;
  /** Resolves when nothing is being moved any more in the background. */
  stop(): Promise<void>;
}

export function movesOver(store: Store, log: Log): Moves {
  const { catalogue, messages } = store;
  /** By queue id; true when it was kicked again meanwhile. */
  const again = new Map<string, boolean>();
  let stopped = false;
  const running = new Set<Promise<void>>();
  /** The last drain of each queue that is being drained. */
  const draining = new Map<string, Promise<unknown>>();

  /** What `call` answers about the source as it is now; undefined when it is gone. */
  async function onSource<T>(
    source: QueueRecord,
    call: (now: QueueRecord) => Promise<Outcome<T>>,
  ): Promise<T | undefined> {
    const outcome = await call(source);
    if (outcome.refused === undefined) return outcome.value;
    if (outcome.refused === 'gone') return undefined;
    const now = await catalogue.find(source.account, source.region, source.name);
    return now?.id === source.id ? onSource(now, call) : undefined;
  }

  /** Undefined when there is no such queue, false when another mover was faster. */
  async function arrive(
    source: QueueRecord,
    name: string,
    look: number,
    some: Departing[],
  ): Promise<boolean | undefined> {
    const target = name === '' ? undefined : await catalogue.find(source.account, source.region, name);
    if (target === undefined) return undefined;
    const arrivals = some.map((one) => arrivalOf(one, source, target));
    const outcome = await messages.arrive(target, source.id, look, arrivals);
    return outcome.refused === undefined ? outcome.value : arrive(source, name, look, some);
  }

  async function moveSome(source: QueueRecord, { look, departing }: Departures): Promise<Moved> {
    let failure: Moved['failure'];
    const conclusions: Conclusion[] = [];
    for (const [name, some] of byTarget(departing)) {
      const arrived = await arrive(source, name, look, some);
      if (arrived === false) continue;
      if (arrived === undefined) failure = name === '' ? 'CouldNotDetermineMessageSource' : NO_QUEUE;
      const to = arrived ? 'done' : 'back';
      for (const { departure } of some) conclusions.push({ id: departure.id, number: departure.number, to });
    }
    const moved = (await onSource(source, (now) => messages.conclude(now, conclusions))) ?? 0;
    return failure === undefined ? { moved } : { moved, failure };
  }

  async function drainNow(source: QueueRecord): Promise<Moved> {
    const all: Moved = { moved: 0 };
    for (;;) {
      const seen = await onSource(source, (now) => messages.departures(now, AT_A_TIME));
      if (seen === undefined || seen.departing.length === 0 || stopped) return all;
      const { moved, failure } = await moveSome(source, seen);
      all.moved += moved;
      if (failure !== undefined) all.failure = failure;
    }
  }

  /** One after the other for each queue: two would only get in each other's way. */
  function drain(source: QueueRecord): Promise<Moved> {
    const before = draining.get(source.id) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(() => drainNow(source));
    draining.set(source.id, mine);
    const forget = () => {
      if (draining.get(source.id) === mine) draining.delete(source.id);
    };
    mine.then(forget, forget);
    return mine;
  }

  async function work(source: QueueRecord): Promise<void> {
    try {
      do {
        again.set(source.id, false);
        await drain(source);
      } while (again.get(source.id));
    } catch (error) {
      log.warn(
        { queue: source.name, problem: (error as Error).message },
        'moving dead letters failed; it is tried again',
      );
    } finally {
      again.delete(source.id);
    }
  }

  return {
    drain,
    kick(source) {
      if (again.has(source.id)) {
        again.set(source.id, true);
        return;
      }
      const run = work(source).finally(() => running.delete(run));
      running.add(run);
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** By the name of the queue they go to, each in order; '' for those of which nobody knows where they came from. */
function byTarget(departing: Departing[]): Map<string, Departing[]> {
  const all = new Map<string, Departing[]>();
  for (const one of departing) {
    const name = one.departure.to === '' ? nameInArn(one.message.deadLetterSource) : one.departure.to;
    all.set(name, [...(all.get(name) ?? []), one]);
  }
  return all;
}

/** What becomes of a message on the way (sqs-wire.md §§5.11, 6.2, 6.4). */
function arrivalOf({ departure, message, body }: Departing, source: QueueRecord, target: QueueRecord): Arrival {
  const { id, number, count, firstReceivedAt, redriven } = departure;
  if (redriven === 1) {
    const anew = { id: newId(), sentAt: 0, deadLetterSource: '', receivedBefore: 0, firstReceivedBefore: 0 };
    return { id, number, message: { ...message, ...anew }, body };
  }
  const sentAt = isFifo(target) ? 0 : message.sentAt;
  const known = { deadLetterSource: arnOf(source), receivedBefore: count, firstReceivedBefore: firstReceivedAt };
  return { id, number, message: { ...message, ...known, sentAt }, body };
}
