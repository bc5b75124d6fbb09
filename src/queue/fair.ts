/**
 * Fair queues: on a standard queue the group id of a message names a tenant, and no tenant's backlog delays another's
 * messages (sqs-wire.md §8). Nothing is promised about order, and nothing is locked.
 *
 * The rule. A tenant's *rank* is the number of its touched messages (in flight, returned, delayed). Whatever belongs to
 * no lane has rank 0: messages without a group, and touched ones. What is handed out next is the smallest (rank, age).
 * Each message that is taken raises the rank of its tenant before the next is chosen. So
 *
 *     - a noisy tenant with 100,000 waiting and 30 in flight stands behind every quiet one with something waiting,
 *     - of noisy tenants, the one with the fewest touched messages comes first,
 *     - a tenant with nothing touched competes by age alone, so nobody starves,
 *     - without groups the order is that of next.ts, and costs nothing more.
 *
 * It costs O(log lanes) a message: a lane's place in the line is its rank and, below it, its first number, which is its
 * age.
 */
import { type Message, type Queue, SIDE_LOG } from './parts.ts';

/** One rank; below it there is room for every number of the side log. */
const RANK = 2_199_023_255_552;
/** Ranks beyond are equal: a place must stay below 2^53. */
const MOST_RANK = 4095;

/** The next message of the lanes, and the rank of its tenant. */
export interface Laned {
  number: number;
  message: Message;
  rank: number;
}

/** Puts a message that has just been appended into the lane of its group. */
export function joinLane(queue: Queue, lane: string, number: number): void {
  // Into the line first: a lane that stands there without anything is mended when it is met, one that does not is not.
  if (queue.lanes.first(lane) === undefined) queue.line.place(lane, placeFor(queue, lane, number));
  queue.lanes.add(lane, number);
  queue.meta.laned = 1;
}

/** A message is taken out of its lane, and is touched from now on. */
export function leaveLane(queue: Queue, lane: string, number: number): void {
  queue.lanes.remove(lane, number);
  touch(queue, lane, 1);
}

/** A message is removed from its lane. */
export function quitLane(queue: Queue, lane: string, number: number): void {
  queue.lanes.remove(lane, number);
  rankLane(queue, lane);
}

/** A tenant has `change` more touched messages. */
export function touch(queue: Queue, lane: string, change: number): void {
  queue.tenants.set(lane, Math.max(0, queue.tenants.get(lane) + change));
  rankLane(queue, lane);
}

/** Puts a lane into the line where its tenant's rank and its own age say, or out of it when it is empty. */
export function rankLane(queue: Queue, lane: string): void {
  const head = queue.lanes.first(lane);
  if (head === undefined) queue.line.leave(lane);
  else queue.line.place(lane, placeFor(queue, lane, head));
}

function placeFor(queue: Queue, lane: string, head: number): number {
  return Math.min(queue.tenants.get(lane), MOST_RANK) * RANK + head - SIDE_LOG;
}

/** Whose turn it is among the lanes; undefined when nothing waits there. */
export function nextLaned(queue: Queue): Laned | undefined {
  if (queue.meta.laned === 0) return undefined;
  let standing = queue.line.first();
  while (standing !== undefined) {
    const { lane } = standing;
    const number = queue.lanes.first(lane);
    if (number === undefined) {
      queue.line.leave(lane);
    } else {
      const message = queue.messages.get(number);
      if (message !== undefined && isInLane(queue, number, lane, message)) {
        return { number, message, rank: Math.floor(standing.place / RANK) };
      }
      quitLane(queue, lane, number);
    }
    standing = queue.line.first();
  }
  queue.meta.laned = 0;
  return undefined;
}

/** False for what a break (parts.ts) has left in the lane. */
function isInLane(queue: Queue, number: number, lane: string, message: Message): boolean {
  return number < queue.meta.sideTail && message.group === lane && queue.states.get(number) === undefined;
}
