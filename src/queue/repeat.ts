/**
 * A receive that comes again, because its answer was lost on the way.
 *
 * By request id, which a client's library gives of itself: it is given what is still in flight by that very receive; when
 * none of it is, the call counts as a new one.
 *
 * By attempt id, on a FIFO queue (sqs-wire.md §7.7): it is given the same messages with the same receipts, hidden anew
 * for the whole time. When one of them was removed or had its visibility changed since, it is told so instead; when they
 * have come back by themselves, or the receive was undone because its client had gone, the call counts as a new one.
 */
import { answered, newAnswer } from './enter.ts';
import { type Answer, FIFO_MEMORY_MS, type Queue, REPEAT_MS } from './parts.ts';
import type { Delivery, Wish } from './wish.ts';

export interface Repeated {
  deliveries: Delivery[];
  changed: boolean;
}

/** What a call is given that was made before; undefined for one that counts as new. */
export function repeated(queue: Queue, wish: Wish, now: number): Repeated | undefined {
  const before = answered(queue, wish.requestId, now);
  if (before !== undefined) {
    const deliveries = stillHeld(queue, before, wish, now);
    if (deliveries.length > 0) return { deliveries, changed: false };
  }
  const attempt = answered(queue, keyOf(wish), now);
  return attempt === undefined ? undefined : attemptAgain(queue, attempt, wish, now);
}

/** Keeps what a call was given. */
export function remember(queue: Queue, wish: Wish, deliveries: Delivery[], now: number): void {
  if (wish.requestId !== '') queue.requests.set(wish.requestId, answerOf(queue, wish, deliveries, REPEAT_MS, now));
  const key = keyOf(wish);
  if (key !== '') queue.requests.set(key, answerOf(queue, wish, deliveries, FIFO_MEMORY_MS, now));
}

function keyOf({ attemptId }: Wish): string {
  return attemptId === '' ? '' : `attempt ${attemptId}`;
}

function answerOf(queue: Queue, wish: Wish, deliveries: Delivery[], keepMs: number, now: number): Answer {
  const answer = newAnswer(queue, keepMs, now);
  answer.generation = wish.generation;
  answer.due = now + wish.visibilityMs;
  for (const { number } of deliveries) answer.numbers.push(number);
  return answer;
}

/** What of an earlier answer is still in flight by that very receive. */
function stillHeld(queue: Queue, answer: Answer, wish: Wish, now: number): Delivery[] {
  const held: Delivery[] = [];
  if (answer.epoch !== queue.meta.epoch) return held;
  for (const number of answer.numbers) {
    const message = queue.messages.get(number);
    const state = queue.states.get(number);
    if (message === undefined || state === undefined) continue;
    if (state.generation !== answer.generation || state.due <= now) continue;
    if (message.sentAt + wish.retentionMs <= now) continue;
    held.push({ number, message, body: queue.messages.body(number), state });
  }
  return held;
}

function attemptAgain(queue: Queue, answer: Answer, wish: Wish, now: number): Repeated | undefined {
  if (answer.epoch !== queue.meta.epoch) return undefined;
  let isUndone = false;
  for (const number of answer.numbers) {
    const message = queue.messages.get(number);
    const state = queue.states.get(number);
    if (message !== undefined && state !== undefined && state.generation === 0) {
      isUndone = true;
      continue;
    }
    const isThere = message !== undefined && message.sentAt + wish.retentionMs > now;
    const isSame = state !== undefined && state.generation === answer.generation && state.due === answer.due;
    if (!isThere || !isSame) return { deliveries: [], changed: true };
  }
  if (isUndone || answer.due <= now) return undefined;
  const deliveries = stillHeld(queue, answer, wish, now);
  const due = now + wish.visibilityMs;
  for (const { number, state } of deliveries) {
    state.due = due;
    queue.inFlight.add(number, due);
    queue.states.set(number, state);
  }
  answer.due = due;
  queue.requests.set(keyOf(wish), answer);
  return { deliveries, changed: false };
}
