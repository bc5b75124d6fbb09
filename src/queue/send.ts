/**
 * send: appends messages. A plain message goes to the tail of the log and is touched by nothing else; a delayed one
 * goes to the side log with a state that comes out at its time. Entries are taken in order, each on its own: a full
 * queue refuses the rest, not the whole call.
 */
import { tick } from './enter.ts';
import type { Body, Message, Queue } from './parts.ts';

/** A message to be sent: `message.sentAt` is set here, from the queue's own time. */
export interface Draft {
  message: Message;
  body: Body;
  delayMs: number;
}

export interface SendRules {
  /** The most messages the queue may hold; 0 says no limit. */
  maxLength: number;
}

export interface Sent {
  outcome: 'sent' | 'full';
  /** 0 when full. */
  number: number;
  sentAt: number;
}

/** Appends `drafts` in order and answers one entry for each. */
export function send(queue: Queue, drafts: Draft[], rules: SendRules, wallNow: number): Sent[] {
  const now = tick(queue, wallNow);
  const sent: Sent[] = [];
  let any = false;
  for (const draft of drafts) {
    if (rules.maxLength > 0 && queue.meta.total >= rules.maxLength) {
      sent.push({ outcome: 'full', number: 0, sentAt: 0 });
    } else {
      sent.push({ outcome: 'sent', number: append(queue, draft, now), sentAt: now });
      any = true;
    }
  }
  if (any) queue.ready();
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
