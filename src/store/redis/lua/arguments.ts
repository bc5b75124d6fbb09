/**
 * The arguments of the call that runs, read one after the other. Every number is checked before the first write: a word
 * among the arguments must not break a transition off.
 */
import { refusal } from '../../../queue/enter.ts';
import type { Message } from '../../../queue/parts.ts';
import { clock } from './clock.ts';
import { open, queue } from './parts.ts';

declare function tonumber(this: void, text: string | undefined): number | undefined;

let given: string[] = [];
let position = 0;
let wrong = false;
let now = 0;
let version = 0;

export function text(): string {
  const value = given[position];
  position += 1;
  if (value === undefined) {
    wrong = true;
    return '';
  }
  return value;
}

export function figure(): number {
  const value = tonumber(text());
  if (value === undefined) {
    wrong = true;
    return 0;
  }
  return value;
}

/** A list: how many, and each. */
export function figures(): number[] {
  const count = figure();
  const list: number[] = [];
  while (list.length < count) list.push(figure());
  return list;
}

/** Reads what every call begins with; a reply when there is nothing to be done. */
export function begin(values: string[]): string | undefined {
  given = values;
  position = 0;
  wrong = false;
  const deadline = figure();
  const virtual = figure();
  version = figure();
  const time = clock();
  now = virtual === 0 ? time : virtual;
  if (time > deadline) return 'late';
  return undefined;
}

/** Some argument was missing, or no number. */
export const isWrong = (): boolean => wrong;
/** The queue's time of this call. */
export const time = (): number => now;
/** Of the queue record the call was decided with. */
export const versionGiven = (): number => version;

/** Opens the queue when the arguments are whole and the caller's record is the current one; else a reply. */
export function enter(key: string): string | undefined {
  if (wrong) return 'wrong';
  open(key);
  return refusal(queue, version);
}

/** A message with the time it was sent, and what a dead letter brings along. */
export function message(): Message {
  return {
    id: text(),
    sentAt: figure(),
    senderId: text(),
    group: text(),
    deduplicationId: text(),
    bodyMd5: text(),
    attributes: text(),
    traceHeader: text(),
    deadLetterSource: text(),
    receivedBefore: figure(),
    firstReceivedBefore: figure(),
  };
}
