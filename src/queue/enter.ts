import { type Answer, type Meta, type Queue, SIDE_LOG } from './parts.ts';

/** Why a transition is refused before it writes anything: the queue is gone, or the caller's record of it is old. */
export type Refusal = 'gone' | 'stale';

/** The fields of a queue that has just been created, with version 1. `fifo` is 1 for a FIFO queue, else 0. */
export function newMeta(version: number, now: number, fifo: number): Meta {
  return {
    version,
    epoch: 1,
    head: 1,
    tail: 1,
    sideTail: SIDE_LOG,
    total: 0,
    last: now,
    purgedAt: 0,
    fifo,
    sideHead: SIDE_LOG,
    active: SIDE_LOG,
    turn: 0,
    laned: 0,
    leaving: 0,
    low: 1,
    look: 0,
  };
}

/** Whether a caller who decided with `version` of the queue record may go on. */
export function refusal(queue: Queue, version: number): Refusal | undefined {
  if (queue.meta.version === 0) return 'gone';
  if (queue.meta.version !== version) return 'stale';
  return undefined;
}

/** The queue's own time: `now`, but never earlier than what the queue has seen. */
export function tick(queue: Queue, now: number): number {
  if (now > queue.meta.last) queue.meta.last = now;
  return queue.meta.last;
}

/** What a call of now is answered, as yet about nothing. */
export function newAnswer(queue: Queue, keepMs: number, now: number): Answer {
  return { at: now, epoch: queue.meta.epoch, generation: 0, due: 0, keepMs, numbers: [], ids: [] };
}

/** What a call with this request id was answered before; undefined for a call that comes for the first time. */
export function answered(queue: Queue, requestId: string, now: number): Answer | undefined {
  if (requestId === '') return undefined;
  const answer = queue.requests.get(requestId);
  return answer !== undefined && answer.at + answer.keepMs > now ? answer : undefined;
}
