/**
 * send: appends messages. Entries are taken in order, each on its own: a full queue refuses the rest, not the whole call.
 *
 * On a FIFO queue every message has a deduplication id. One that was accepted in the last five minutes makes a message a
 * duplicate: it is answered with the number and id of the first, and nothing is stored. That the first may have been
 * received and removed since does not matter; a purge does (sqs-wire.md §7.4).
 */
import { append } from './append.ts';
import { answered, newAnswer, tick } from './enter.ts';
import { type Answer, type Body, FIFO_MEMORY_MS, type Message, type Queue, REPEAT_MS } from './parts.ts';

/** A message to be sent: `message.sentAt` is set here, from the queue's own time. */
export interface Draft {
  message: Message;
  body: Body;
  /** On a FIFO queue: the queue's delay. */
  delayMs: number;
}

export interface SendRules {
  /** The most messages the queue may hold; 0 says no limit. */
  maxLength: number;
  /** The same for every attempt of one call; '' for a call that is not repeated. */
  requestId: string;
  /** FIFO: whether a deduplication id counts within its group only. */
  perGroup: boolean;
}

export interface Sent {
  outcome: 'sent' | 'full' | 'duplicate';
  /** 0 when full; that of the first for a duplicate. */
  number: number;
  /** The message's id: the draft's, or that of the first attempt, or of the first of duplicates. */
  id: string;
}

/** Appends `drafts` in order and answers one entry for each. */
export function send(queue: Queue, drafts: Draft[], rules: SendRules, wallNow: number): Sent[] {
  const now = tick(queue, wallNow);
  const before = answered(queue, rules.requestId, now);
  if (before !== undefined) {
    // Its signal may have been lost with its answer.
    queue.ready();
    return repeated(before);
  }
  const sent: Sent[] = [];
  let any = false;
  for (const draft of drafts) {
    const one = sendOne(queue, draft, rules, now);
    sent.push(one);
    if (one.outcome === 'sent') any = true;
  }
  if (rules.requestId !== '') queue.requests.set(rules.requestId, answerOf(queue, sent, now));
  if (any) queue.ready();
  return sent;
}

function sendOne(queue: Queue, { message, body, delayMs }: Draft, rules: SendRules, now: number): Sent {
  const key = keyOf(queue, message, rules);
  const seen = key === '' ? undefined : queue.seen.get(key);
  if (seen !== undefined && seen.at + FIFO_MEMORY_MS > now) {
    queue.events.add({ at: now, what: 'deduplicated', number: 0, id: seen.id });
    return { outcome: 'duplicate', number: seen.number, id: seen.id };
  }
  if (rules.maxLength > 0 && queue.meta.total >= rules.maxLength) {
    return { outcome: 'full', number: 0, id: '' };
  }
  message.sentAt = now;
  const number = append(queue, message, body, delayMs);
  if (key !== '') queue.seen.set(key, { at: now, number, id: message.id });
  return { outcome: 'sent', number, id: message.id };
}

/** What a message's repetition is known by; '' on a standard queue. Ids have no blanks. */
function keyOf(queue: Queue, { group, deduplicationId }: Message, { perGroup }: SendRules): string {
  if (queue.meta.fifo === 0) return '';
  return perGroup ? `${group} ${deduplicationId}` : deduplicationId;
}

function answerOf(queue: Queue, sent: Sent[], now: number): Answer {
  const answer = newAnswer(queue, REPEAT_MS, now);
  // A duplicate is told by the sign.
  for (const { outcome, number, id } of sent) {
    answer.numbers.push(outcome === 'duplicate' ? -number : number);
    answer.ids.push(id);
  }
  return answer;
}

function repeated(answer: Answer): Sent[] {
  const sent: Sent[] = [];
  let i = 0;
  for (const id of answer.ids) {
    const number = answer.numbers[i] as number;
    i += 1;
    if (number === 0) sent.push({ outcome: 'full', number, id });
    else if (number < 0) sent.push({ outcome: 'duplicate', number: -number, id });
    else sent.push({ outcome: 'sent', number, id });
  }
  return sent;
}
