/** A store opened by the test itself, to see what is in queues and outboxes whatever the wire shows. */
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Seat } from '../../src/queue/read.ts';
import type { Store } from '../../src/store/store.ts';

export async function queueIn({ catalogue }: Store, name: string): Promise<QueueRecord> {
  const queue = await catalogue.find('000000000000', 'us-east-1', name);
  if (queue === undefined) throw new Error(`there is no queue ${name}`);
  return queue;
}

/** Every message of a queue in the order of their numbers, also those on their way to another queue. */
export async function heldIn({ messages }: Store, queue: QueueRecord): Promise<Seat[]> {
  const held: Seat[] = [];
  for (let from = 0; ; ) {
    const { refused, value } = await messages.page(queue, { from, most: 100, bodies: true });
    if (refused !== undefined) throw new Error(refused);
    held.push(...value.rows);
    if (value.next === 0) return held;
    from = value.next;
  }
}
