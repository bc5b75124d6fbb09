import { quitLane, touch } from './fair.ts';
import { settleLane } from './fifo.ts';
import { type Message, type Queue, SIDE_LOG } from './parts.ts';

/** Removes a message, wherever it stands. `message` is its record; undefined when there is none. Answers as `forget` does. */
export function remove(queue: Queue, number: number, message: Message | undefined, now: number): boolean {
  queue.messages.remove(number);
  queue.meta.total -= 1;
  return forget(queue, number, message, now);
}

/** Takes a number out of everything but the records; it may stand nowhere. True when that lets others of its group be received. */
export function forget(queue: Queue, number: number, message: Message | undefined, now: number): boolean {
  const lane = message === undefined ? '' : message.group;
  let isFree = false;
  if (queue.meta.fifo === 1) {
    queue.lanes.remove(lane, number);
    queue.states.remove(number);
    // Before it leaves `inFlight` (fifo.ts).
    isFree = settleLane(queue, lane, now);
  } else if (lane !== '' && number >= SIDE_LOG) {
    const isTouched = queue.states.get(number) !== undefined;
    queue.states.remove(number);
    if (isTouched) touch(queue, lane, -1);
    else quitLane(queue, lane, number);
  } else {
    queue.states.remove(number);
  }
  queue.inFlight.remove(number);
  if (number >= SIDE_LOG) queue.delayed.remove(number);
  return isFree;
}
