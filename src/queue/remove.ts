import { type Queue, SIDE_LOG } from './parts.ts';

/** Removes a message that has a record, wherever it stands. */
export function remove(queue: Queue, number: number): void {
  queue.messages.remove(number);
  forget(queue, number);
  queue.meta.total -= 1;
}

/** Removes what is known of a touched number; there may be nothing. */
export function forget(queue: Queue, number: number): void {
  queue.states.remove(number);
  queue.inFlight.remove(number);
  if (number >= SIDE_LOG) queue.delayed.remove(number);
}
