/**
 * The order of a FIFO queue (sqs-wire.md §7.1): from each group a receive takes a run that starts at its oldest message
 * and ends before the first that is not available, and while that oldest message is in flight it takes nothing.
 *
 * So a lane has something to hand out if and only if its first message is available; then it stands in the line, and
 * else not. Who was served goes to the end of the line. A lane comes back into the line
 *
 *     by a send              into an empty lane,
 *     by a removal           that leaves an available message first,
 *     by `notice`            when a timeout or the queue's delay has ended: the beginning of every receive looks for that.
 *
 * `notice` takes what has come back out of `inFlight`, so that it is seen once; the state remains and says that the
 * message is available again. A number stays in `inFlight` until its lane has been put into the line: whatever a break
 * (parts.ts) leaves undone is noticed again.
 */
import { LOOK_LIMIT, type Queue, type State } from './parts.ts';

/** Whether a message of a lane can be received, if those before it can. */
export function isAvailable(queue: Queue, number: number, state: State | undefined, now: number): boolean {
  return number < queue.meta.active && (state === undefined || state.due <= now);
}

/** Puts a message that has just been appended into the lane of its group. */
export function enterLane(queue: Queue, lane: string, number: number, delayMs: number): void {
  const { meta } = queue;
  // While earlier ones are delayed it stands behind them, whatever the delay is now.
  if (delayMs === 0 && meta.active === number) {
    meta.active = number + 1;
    if (queue.lanes.first(lane) === undefined) stand(queue, lane);
  }
  queue.lanes.add(lane, number);
}

function stand(queue: Queue, lane: string): void {
  queue.meta.turn += 1;
  queue.line.place(lane, queue.meta.turn);
}

/** Puts a lane into the line when its first message is available, and out of it when not; true when it has come into the line. */
export function settleLane(queue: Queue, lane: string, now: number): boolean {
  let head = queue.lanes.first(lane);
  while (head !== undefined && head >= queue.meta.sideTail) {
    // Of a send that broke off (parts.ts): the number will be given again.
    queue.lanes.remove(lane, head);
    head = queue.lanes.first(lane);
  }
  const isFree = head !== undefined && isAvailable(queue, head, queue.states.get(head), now);
  if (!isFree) {
    queue.line.leave(lane);
    return false;
  }
  if (queue.line.placeOf(lane) !== undefined) return false;
  stand(queue, lane);
  return true;
}

/** The next message that can be received, by lane and order. */
export function nextInLine(queue: Queue, now: number): number | undefined {
  let standing = queue.line.first();
  while (standing !== undefined) {
    const { lane } = standing;
    const number = queue.lanes.first(lane);
    const message = number === undefined ? undefined : queue.messages.get(number);
    if (number === undefined) queue.line.leave(lane);
    else if (message === undefined || message.group !== lane) queue.lanes.remove(lane, number);
    else if (isAvailable(queue, number, queue.states.get(number), now)) return number;
    else settleLane(queue, lane, now);
    standing = queue.line.first();
  }
  return undefined;
}

/** Sees what has come back, or out of the queue's delay, since it was last looked for; true when there may be more. */
export function notice(queue: Queue, delayMs: number, now: number): boolean {
  const { meta } = queue;
  let looks = 0;
  while (meta.active < meta.sideTail && looks < LOOK_LIMIT) {
    const message = queue.messages.get(meta.active);
    if (message !== undefined && message.sentAt + delayMs > now) break;
    meta.active += 1;
    looks += 1;
    if (message !== undefined) settleLane(queue, message.group, now);
  }
  let number = queue.inFlight.first(now);
  while (number !== undefined && looks < LOOK_LIMIT) {
    const message = queue.messages.get(number);
    if (message !== undefined) settleLane(queue, message.group, now);
    queue.inFlight.remove(number);
    looks += 1;
    number = queue.inFlight.first(now);
  }
  return looks >= LOOK_LIMIT;
}

/** When the queue's delay ends next; undefined when nothing is delayed. */
export function nextOut(queue: Queue, delayMs: number): number | undefined {
  const { active, sideTail } = queue.meta;
  if (active >= sideTail) return undefined;
  const message = queue.messages.get(active);
  return message === undefined ? undefined : message.sentAt + delayMs;
}

/** How many messages the delay still covers at `now`. Numbers are given in the order of time: a search by halves. */
export function countDelayed(queue: Queue, delayMs: number, now: number): number {
  let from = queue.meta.active;
  let to = queue.meta.sideTail;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const message = queue.messages.get(middle);
    if (message !== undefined && message.sentAt + delayMs > now) to = middle;
    else from = middle + 1;
  }
  return queue.meta.sideTail - from;
}
