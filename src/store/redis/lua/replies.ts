import type { Held } from '../../../queue/load.ts';
import type { Value } from './redis.ts';

export type Reply = string | (Value | Value[])[];

/** A message with everything that is known of it; wire.ts reads it. */
export function rowOf({ number, message, body, state }: Held): Value[] {
  return [
    number,
    message.id,
    message.sentAt,
    message.senderId,
    message.group,
    message.deduplicationId,
    message.bodyMd5,
    message.attributes,
    message.traceHeader,
    message.deadLetterSource,
    message.receivedBefore,
    message.firstReceivedBefore,
    body as string,
    state.count,
    state.generation,
    state.firstReceivedAt,
    state.receivedAt,
    state.due,
    state.dueBefore,
  ];
}
