/**
 * send: appends messages. A plain message goes to the tail of the log and is touched by nothing else; a delayed one
 * goes to the side log with a state that comes out at its time. Entries are taken in order, each on its own: a full
 * queue refuses the rest, not the whole call.
 */
import { answered, tick } from './enter.ts';
import type { Answer, Body, Message, Queue } from './parts.ts';

/** A message to be sent: `message.sentAt` is set here, from the queue's own time. */
export interface Draft {
  message: Message;
  body: Body;
  delayMs: number;
}

export interface SendRules {
  /** The most messages the queue may hold; 0 says no limit. */
  maxLength: number;
  /** The same for every attempt of one call; '' for a call that is not repeated. */
  requestId: string;
}

export interface Sent {
  outcome: 'sent' | 'full';
  /** 0 when full. */
  number: number;
  /** The message's id: the draft's, or that of the first attempt. */
  id: string;
  sentAt: number;
}

/** Appends `drafts` in order and answers one entry for each. */
export function send(queue: Queue, drafts: Draft[], rules: SendRules, wallNow: number): Sent[] {
  const now = tick(queue, wallNow);
  const before = answered(queue, rules.requestId, now);
  if (before !== undefined) {
    // Its signal may have been lost with its answer.
    queue.ready();
    return sentOf(before);
  }
  const answer: Answer = { at: now, epoch: queue.meta.epoch, generation: 0, numbers: [], ids: [] };
  let any = false;
  for (const draft of drafts) {
    if (rules.maxLength > 0 && queue.meta.total >= rules.maxLength) {
      answer.numbers.push(0);
      answer.ids.push('');
    } else {
      answer.numbers.push(append(queue, draft, now));
      answer.ids.push(draft.message.id);
      any = true;
    }
  }
  if (rules.requestId !== '') queue.requests.set(rules.requestId, answer);
  if (any) queue.ready();
  return sentOf(answer);
}

function sentOf(answer: Answer): Sent[] {
  const sent: Sent[] = [];
  let i = 0;
  for (const id of answer.ids) {
    const number = answer.numbers[i] as number;
    i += 1;
    if (number === 0) sent.push({ outcome: 'full', number, id, sentAt: 0 });
    else sent.push({ outcome: 'sent', number, id, sentAt: answer.at });
  }
  return sent;
}

function append(queue: Queue, draft: Draft, now: number): number {
  const meta = queue.meta;
  draft.message.sentAt = now;
  meta.total += 1;
  if (draft.delayMs === 0) {
    const plain = meta.tail;
    meta.tail += 1;
    queue.messages.add(plain, draft.message, draft.body);
    return plain;
  }
  const side = meta.sideTail;
  meta.sideTail += 1;
  const due = now + draft.delayMs;
  queue.messages.add(side, draft.message, draft.body);
  queue.states.set(side, { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due, dueBefore: due });
  queue.delayed.add(side, due);
  return side;
}
