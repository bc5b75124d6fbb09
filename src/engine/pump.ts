import type { QueueRecord } from '../model/queue.ts';
import type { Received, Wish } from '../queue/receive.ts';
import type { Outcome } from '../store/store.ts';

export interface Poll {
  wish: Omit<Wish, 'generation'>;
  waitMs: number;
  client: { readonly gone: boolean; onGone(listener: () => void): () => void };
}

export interface Pump {
  /** Receives at once, or waits up to `poll.waitMs` for something to receive; undefined when the client has gone. */
  receive(queue: QueueRecord, poll: Poll): Promise<Outcome<Received> | undefined>;
  /** Ends every wait with an empty answer; later polls do not wait. */
  drain(): void;
}
