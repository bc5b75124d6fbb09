/**
 * Long polls: one pump for each queue that somebody waits on.
 *
 * A poll that finds something, or does not want to wait, never comes here. One that waits stands in its queue's line.
 * While anybody stands there, one loop, the pump, works for the line:
 *
 *   0. make sure that every signal of the queue reaches us: it may come from another server,
 *   1. remember how many signals there have been,
 *   2. receive for whoever came first, and hand over; again from 1,
 *   3. nothing there: if there was a signal since 1, again from 1; else sleep until a signal, or until the time at
 *      which something comes back or out by itself; again from 1.
 *
 * No wake-up is lost: the line exists before step 2 looks, and whatever becomes receivable after that look signals.
 * Nobody starves: new polls go to the end of the line, and while a line exists nobody is served past it.
 *
 * A client that closes its connection leaves the line. If its message was on the way already, the receive is undone:
 * count, place and order are as if it had not happened.
 *
 * What a receive is to do follows from the client's wish and from the queue's record of the moment: a poll that waits
 * goes by a changed record too.
 */
import type { Clock } from '../model/clock.ts';
import { newGeneration } from '../model/ids.ts';
import { type QueueRecord, settingsOf } from '../model/queue.ts';
import type { Received, Wish } from '../queue/wish.ts';
import type { Outcome, Store } from '../store/store.ts';
import type { Moves } from './moves.ts';

/** The client at the other end of a poll. */
export interface Client {
  /** The connection is closed: whatever is answered reaches nobody. */
  readonly gone: boolean;
  /** Calls back once when it closes; answers a function that takes the call-back away again. */
  onGone(listener: () => void): () => void;
}

export interface Poll {
  /** What the client wishes. */
  wish: Pick<Wish, 'max' | 'visibilityMs' | 'requestId' | 'attemptId'>;
  waitMs: number;
  client: Client;
}

export interface Pump {
  /**
   * Receives at once, or waits up to `poll.waitMs` for something to receive; undefined when the client has gone.
   * `more` never comes out: a look limit is looked past.
   */
  receive(queue: QueueRecord, poll: Poll): Promise<Outcome<Received> | undefined>;
  /** How many polls wait now. */
  waiting(): number;
  /** Ends every wait with an empty answer; later polls do not wait. */
  drain(): void;
}

interface Waiter {
  poll: Poll;
  /** Answered already, by its time or by its client's going. */
  done: boolean;
  /** Takes it out of the line and answers; does nothing the second time. */
  finish(answer: Outcome<Received> | undefined | Error): void;
}

interface Line {
  queue: QueueRecord;
  /** In order of arrival. */
  waiters: Set<Waiter>;
  signals: number;
  /** Ends the pump's sleep; undefined while it is awake. */
  wake: (() => void) | undefined;
}

/** How often a poll looks past the look limit before it answers with nothing. */
const LOOKS = 1000;

/** The pump of a server. Becomes the store's one listener for what is ready. */
export function pumpFor(store: Store, moves: Moves, clock: Clock): Pump {
  const lines = new Map<string, Line>();
  let draining = false;

  store.messages.onReady((queueId) => {
    const line = lines.get(queueId);
    if (line === undefined) return;
    line.signals += 1;
    line.wake?.();
  });

  /** Where dead letters go. While that queue is not there, they are delivered like any other message (sqs-wire.md §13). */
  async function deadLettersOf(queue: QueueRecord): Promise<Pick<Wish, 'maxReceiveCount' | 'deadLetterQueue'>> {
    const { maxReceiveCount, deadLetterQueue } = settingsOf(queue);
    const target = await store.catalogue.recent(queue.account, queue.region, deadLetterQueue);
    return target === undefined ? NO_DEAD_LETTERS : { maxReceiveCount, deadLetterQueue };
  }

  /** One receive as the record says it; departures are moved. */
  async function once(queue: QueueRecord, { wish }: Poll): Promise<Outcome<Received>> {
    const { retentionMs, inFlightLimit, delayMs, deadLetterQueue } = settingsOf(queue);
    const { maxReceiveCount, deadLetterQueue: to } =
      deadLetterQueue === '' ? NO_DEAD_LETTERS : await deadLettersOf(queue);
    // Named one by one: a spread would cost more than the rest.
    const outcome = await store.messages.receive(queue, {
      max: wish.max,
      visibilityMs: wish.visibilityMs,
      requestId: wish.requestId,
      attemptId: wish.attemptId,
      retentionMs,
      inFlightLimit,
      delayMs,
      maxReceiveCount,
      deadLetterQueue: to,
      generation: newGeneration(),
    });
    if (outcome.value?.leaving) moves.kick(queue);
    return outcome;
  }

  /** One receive, looking past the look limit and a record that has become old. */
  async function attempt(line: { queue: QueueRecord }, poll: Poll): Promise<Outcome<Received>> {
    let outcome = await once(line.queue, poll);
    for (let looks = 1; looks < LOOKS; looks += 1) {
      if (outcome.refused === 'stale') {
        const { account, region, name, id } = line.queue;
        const current = await store.catalogue.find(account, region, name);
        if (current === undefined || current.id !== id) return { refused: 'gone' };
        line.queue = current;
      } else if (outcome.refused !== undefined || !outcome.value.more || outcome.value.deliveries.length > 0) {
        break;
      }
      outcome = await once(line.queue, poll);
    }
    return outcome;
  }

  /** Undoes a receive whose client is not there any more. */
  async function giveBack(queue: QueueRecord, outcome: Outcome<Received>): Promise<void> {
    if (outcome.refused !== undefined || outcome.value.deliveries.length === 0) return;
    const { epoch, deliveries } = outcome.value;
    const entries = deliveries.map(({ number, state }) => ({
      epoch,
      number,
      generation: state.generation,
      to: 'back' as const,
      visibilityMs: 0,
    }));
    const { retentionMs, visibilityMs } = settingsOf(queue);
    await store.messages.settle(queue, entries, { retentionMs, visibilityLimitMs: visibilityMs });
  }

  function sleep(line: Line, nextDue: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = nextDue > 0 ? clock.at(nextDue, () => line.wake?.()) : undefined;
      line.wake = () => {
        line.wake = undefined;
        cancel?.();
        resolve();
      };
    });
  }

  const firstOf = (line: Line): Waiter | undefined => line.waiters.values().next().value;

  /** The pump. The line leaves the map in the same turn in which the last waiter is seen to be gone. */
  async function serve(line: Line): Promise<void> {
    let unwatch = () => {};
    try {
      unwatch = await store.messages.watch(line.queue);
      for (let waiter = firstOf(line); waiter !== undefined; waiter = firstOf(line)) {
        const signals = line.signals;
        const outcome = await attempt(line, waiter.poll);
        const found = isAnswer(outcome);
        if (found && waiter.done) await giveBack(line.queue, outcome);
        else if (found) waiter.finish(outcome);
        else if (line.signals === signals && line.waiters.size > 0) await sleep(line, outcome.value?.nextDue ?? 0);
      }
      lines.delete(line.queue.id);
    } catch (error) {
      lines.delete(line.queue.id);
      for (const waiter of [...line.waiters]) waiter.finish(error instanceof Error ? error : new Error(String(error)));
    } finally {
      unwatch();
    }
  }

  function wait(queue: QueueRecord, poll: Poll): Promise<Outcome<Received> | undefined> {
    return new Promise((resolve, reject) => {
      const old = lines.get(queue.id);
      const line = old ?? { queue, waiters: new Set(), signals: 0, wake: undefined };
      const waiter: Waiter = {
        poll,
        done: false,
        finish(answer) {
          if (waiter.done) return;
          waiter.done = true;
          cancel();
          stopListening();
          line.waiters.delete(waiter);
          // The last one out ends the pump's sleep, and with it the pump.
          if (line.waiters.size === 0) line.wake?.();
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        },
      };
      const cancel = clock.at(clock.now() + poll.waitMs, () => waiter.finish({ value: EMPTY }));
      const stopListening = poll.client.onGone(() => waiter.finish(undefined));
      line.waiters.add(waiter);
      if (old !== undefined) return;
      lines.set(queue.id, line);
      void serve(line);
    });
  }

  return {
    async receive(queue, poll) {
      // While others wait, whatever comes is theirs: a poll that can wait stands behind them.
      const others = (lines.get(queue.id)?.waiters.size ?? 0) > 0;
      if (poll.client.gone) return undefined;
      if (!others || poll.waitMs === 0 || draining) {
        const outcome = await attempt({ queue }, poll);
        if (poll.client.gone) {
          await giveBack(queue, outcome);
          return undefined;
        }
        if (isAnswer(outcome) || poll.waitMs === 0 || draining) return outcome;
      }
      return wait(queue, poll);
    },
    waiting: () => [...lines.values()].reduce((sum, line) => sum + line.waiters.size, 0),
    drain() {
      draining = true;
      for (const line of lines.values()) for (const waiter of [...line.waiters]) waiter.finish({ value: EMPTY });
    },
  };
}

const NO_DEAD_LETTERS = { maxReceiveCount: 0, deadLetterQueue: '' };

/** Whether a poll that waits has something to be told. */
const isAnswer = ({ refused, value }: Outcome<Received>): boolean =>
  refused !== undefined || value.deliveries.length > 0 || value.changed;

const EMPTY: Received = {
  epoch: 0,
  deliveries: [],
  more: false,
  overLimit: false,
  nextDue: 0,
  leaving: false,
  changed: false,
};
