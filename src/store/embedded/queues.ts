/** The queues that are open: their fields and touched messages in memory, read when somebody first asks. */
import type { Clock } from '../../model/clock.ts';
import { isFifo, type QueueRecord } from '../../model/queue.ts';
import { newMeta } from '../../queue/enter.ts';
import type { EmbeddedCatalogue, QueueLife } from './catalogue.ts';
import type { Environment } from './environment.ts';
import type { Graveyard } from './graveyard.ts';
import { EmbeddedQueue } from './parts.ts';
import * as record from './records.ts';

export interface QueueListeners {
  ready: (queueId: string) => void;
  damaged: (queueName: string) => void;
}

export class Queues implements QueueLife {
  private readonly opened = new Map<number, EmbeddedQueue>();
  private readonly environment: Environment;
  private readonly graveyard: Graveyard;
  private readonly clock: Clock;
  private readonly listeners: QueueListeners;

  constructor(environment: Environment, graveyard: Graveyard, clock: Clock, listeners: QueueListeners) {
    this.environment = environment;
    this.graveyard = graveyard;
    this.clock = clock;
    this.listeners = listeners;
  }

  /** The queue with number `q`, opened. */
  open(q: number, queue: QueueRecord): EmbeddedQueue {
    const there = this.opened.get(q);
    if (there !== undefined) return there;
    const fields = this.environment.get(record.fieldsKey(q));
    if (fields === undefined) throw new Error(`The fields of queue ${q} are missing.`);
    const parts = new EmbeddedQueue(this.environment, q, record.unpackMeta(fields), this.surroundingsOf(q, queue));
    parts.readStates();
    this.opened.set(q, parts);
    return parts;
  }

  begin(q: number, queue: QueueRecord): void {
    const meta = newMeta(0, this.clock.now(), isFifo(queue) ? 1 : 0);
    const parts = new EmbeddedQueue(this.environment, q, meta, this.surroundingsOf(q, queue));
    parts.setVersion(queue.version);
    this.opened.set(q, parts);
  }

  setVersion(q: number, queue: QueueRecord): void {
    this.open(q, queue).setVersion(queue.version);
  }

  end(q: number, queue: QueueRecord): void {
    this.bury(q);
    queueMicrotask(() => this.listeners.ready(queue.id));
  }

  /** Makes all queues agree with the records that are there, after a commit was lost and one after it was not. */
  async repair(catalogue: EmbeddedCatalogue): Promise<void> {
    for await (const queue of catalogue.all()) this.open(catalogue.numberOf(queue.id)!, queue).repair();
    for (const q of catalogue.strangers()) this.bury(q);
    await this.environment.settled();
  }

  private bury(q: number): void {
    this.opened.delete(q);
    this.environment.remove(record.fieldsKey(q));
    this.graveyard.bury(q, 0);
  }

  private surroundingsOf(q: number, { id, name }: QueueRecord) {
    return {
      ready: () => this.listeners.ready(id),
      bury: (epoch: number) => this.graveyard.bury(q, epoch),
      discard: (slice: number) => this.graveyard.discard(slice, q),
      damaged: () => this.listeners.damaged(name),
    };
  }
}
