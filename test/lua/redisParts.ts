/**
 * For test/store/redisParts.test.ts: a library whose one function does a list of steps on the parts of the queue under
 * KEYS[1], opened once, as a transition does. ARGV: how many steps, then each with its words. The answer: for each step
 * how many values it read, then those.
 */
import type { Body, OrderedSet } from '../../src/queue/parts.ts';
import { open, queue, setApart } from '../../src/store/redis/lua/parts.ts';
import type { Value } from '../../src/store/redis/lua/redis.ts';

declare const redis: {
  register_function(
    this: void,
    row: { function_name: string; callback: (this: void, keys: string[], values: string[]) => Value[] },
  ): void;
};
declare function tonumber(this: void, text: string): number;

let given: string[] = [];
let position = 0;

function text(): string {
  position += 1;
  return given[position - 1] as string;
}

const figure = (): number => tonumber(text());

/** A number that may be missing. */
const some = (value: number | undefined): Value[] => (value === undefined ? [] : [value]);

function onSet(set: OrderedSet, step: string): Value[] {
  if (step === 'size') return [set.size()];
  const at = figure();
  if (step === 'first') return some(set.first(at));
  if (step === 'nextScore') return some(set.nextScore(at));
  if (step === 'countUpTo') return [set.countUpTo(at)];
  if (step === 'add') set.add(at, figure());
  else set.remove(at);
  return [];
}

function onStates(step: string): Value[] {
  const number = figure();
  if (step === 'get') {
    const state = queue.states.get(number);
    if (state === undefined) return [];
    return [state.count, state.generation, state.firstReceivedAt, state.receivedAt, state.due, state.dueBefore];
  }
  if (step === 'remove') {
    queue.states.remove(number);
    return [];
  }
  const count = figure();
  const generation = figure();
  const firstReceivedAt = figure();
  const receivedAt = figure();
  const due = figure();
  queue.states.set(number, { count, generation, firstReceivedAt, receivedAt, due, dueBefore: figure() });
  return [];
}

function onMessages(step: string): Value[] {
  const number = figure();
  if (step === 'get') {
    const message = queue.messages.get(number);
    if (message === undefined) return [];
    return [message.id, message.sentAt, message.senderId, message.group, message.attributes, message.traceHeader];
  }
  if (step === 'body') return [queue.messages.body(number) as string];
  if (step === 'remove') {
    queue.messages.remove(number);
    return [];
  }
  setApart(text() === 'apart');
  const id = text();
  const sentAt = figure();
  const senderId = text();
  const group = text();
  const attributes = text();
  const traceHeader = text();
  const body: Body = text();
  const message = {
    id,
    sentAt,
    senderId,
    group,
    deduplicationId: '',
    bodyMd5: '',
    attributes,
    traceHeader,
    deadLetterSource: '',
    receivedBefore: 0,
    firstReceivedBefore: 0,
  };
  queue.messages.add(number, message, body);
  return [];
}

function take(): Value[] {
  const part = text();
  const step = text();
  if (part === 'states') return onStates(step);
  if (part === 'messages') return onMessages(step);
  return onSet(part === 'inFlight' ? queue.inFlight : queue.delayed, step);
}

function steps(keys: string[], values: string[]): Value[] {
  given = values;
  position = 0;
  open(keys[0] as string);
  const answer: Value[] = [];
  let left = figure();
  while (left > 0) {
    const read = take();
    answer.push(read.length);
    for (const value of read) answer.push(value);
    left -= 1;
  }
  return answer;
}

redis.register_function({ function_name: 'LIBRARY_steps', callback: steps });
