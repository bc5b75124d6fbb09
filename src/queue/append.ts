import { joinLane, touch } from './fair.ts';
import { enterLane } from './fifo.ts';
import type { Body, Message, Queue } from './parts.ts';

/** Gives a message the next number of the log it belongs to, and puts it into its place. Answers the number. */
export function append(queue: Queue, message: Message, body: Body, delayMs: number): number {
  const { meta } = queue;
  meta.total += 1;
  const isPlain = meta.fifo === 0 && delayMs === 0 && message.group === '';
  if (isPlain) {
    const plain = meta.tail;
    meta.tail += 1;
    queue.messages.add(plain, message, body);
    return plain;
  }
  const side = meta.sideTail;
  meta.sideTail += 1;
  queue.messages.add(side, message, body);
  if (meta.fifo === 1) enterLane(queue, message.group, side, delayMs);
  else if (delayMs > 0) delay(queue, message, side, delayMs);
  else joinLane(queue, message.group, side);
  return side;
}

function delay(queue: Queue, message: Message, number: number, delayMs: number): void {
  const due = message.sentAt + delayMs;
  queue.states.set(number, { count: 0, generation: 0, firstReceivedAt: 0, receivedAt: 0, due, dueBefore: due });
  queue.delayed.add(number, due);
  if (message.group !== '') touch(queue, message.group, 1);
}
