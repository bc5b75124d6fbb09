/**
 * The embedded store: the transitions of src/queue over memory and one LMDB file. `memory` is the same in a temporary
 * directory without flushing, removed at the end.
 *
 * Each call runs its transition in one turn of the event loop and then, where the contract says so, waits for the
 * flush of what it wrote. Nothing is awaited in between, so calls on a queue take effect in the order they were made.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../model/clock.ts';
import { md5OfBody } from '../../model/md5.ts';
import type { QueueRecord } from '../../model/queue.ts';
import { counts } from '../../queue/counts.ts';
import { newMeta, refusal } from '../../queue/enter.ts';
import { purge } from '../../queue/purge.ts';
import { type Received, receive } from '../../queue/receive.ts';
import { send } from '../../queue/send.ts';
import { settle } from '../../queue/settle.ts';
import { sweep } from '../../queue/sweep.ts';
import { type Messages, type Outcome, StartupError, StorageUnavailable, type Store } from '../store.ts';
import { type EmbeddedCatalogue, openCatalogue, type QueueLife } from './catalogue.ts';
import { lockDirectory, markClean, prepareDirectory, probe } from './directory.ts';
import { watchDisk } from './disk.ts';
import { Environment } from './environment.ts';
import { graveyard } from './graveyard.ts';
import { EmbeddedQueue } from './parts.ts';
import * as record from './records.ts';
import { secretFiles } from './secrets.ts';
import { openUsers } from './users.ts';

export interface EmbeddedOptions {
  /** Made when it is not there. Ignored by a store that is not durable. */
  dataDir: string;
  /** False: `memory`. */
  durable: boolean;
  clock: Clock;
  /** With less free disk space than this, sends are refused as full. */
  diskReserveBytes: number;
  /** The storage has failed for good; called once, with the exit code that the process should end with. */
  fatal: (exitCode: number, reason: string) => void;
  /** A message was found damaged and set aside. */
  damaged?: (queueName: string) => void;
}

/**
 * Opens the store.
 * @throws StartupError 66 damaged data, 73 in use, 78 a directory that cannot be used or a newer layout.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Store> {
  const { durable } = options;
  const directory = durable ? options.dataDir : mkdtempSync(join(tmpdir(), 'fastqueue-memory-'));
  const forget = () => rmSync(directory, { recursive: true, force: true });
  if (!durable) process.once('exit', forget);
  prepareDirectory(directory);
  const unlock = await lockDirectory(directory);
  try {
    if (durable) probe(directory);
    const environment = new Environment({ directory, durable, fatal: options.fatal });
    checkLayout(environment);
    const disk = watchDisk(directory, durable ? options.diskReserveBytes : 0);
    const store = assemble(environment, options, () => {
      environment.check();
      if (disk.full)
        throw new StorageUnavailable('full', 'The disk has less free space than FASTQUEUE_DISK_RESERVE_MB.');
    });
    return {
      ...store,
      name: durable ? 'embedded' : 'memory',
      durability: durable
        ? 'a 200 on SendMessage means written and flushed to disk: it survives a kill and a power cut'
        : 'none: everything is gone when the server stops',
      secrets: secretFiles(directory),
      problem: () => environment.problem,
      async close() {
        disk.stop();
        await environment.close();
        if (durable && environment.problem === undefined) markClean(directory);
        unlock();
        if (durable) return;
        process.off('exit', forget);
        forget();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function checkLayout(environment: Environment): void {
  const version = Number(environment.db.get(record.VERSION_KEY)?.toString() ?? record.LAYOUT_VERSION);
  if (version > record.LAYOUT_VERSION) {
    throw new StartupError(
      78,
      `The data was written by a newer FastQueue (layout ${version}, this one knows ${record.LAYOUT_VERSION}).`,
    );
  }
  environment.put(record.VERSION_KEY, Buffer.from(String(record.LAYOUT_VERSION)));
}

/** Catalogue, messages and users over an open environment. `writable` throws when nothing that grows may be written. */
function assemble(environment: Environment, options: EmbeddedOptions, writable: () => void) {
  const opened = new Map<number, EmbeddedQueue>();
  const discard = graveyard(environment);
  let lost = false;
  let listener: (queueId: string) => void = () => {};

  environment.onLoss = () => {
    lost = true;
    opened.clear();
  };

  const hooksOf = (queueId: string) => ({ ready: () => listener(queueId), discard });

  function partsOf(queue: QueueRecord): EmbeddedQueue | undefined {
    const q = catalogue.numberOf(queue.id);
    if (q === undefined) return undefined;
    let parts = opened.get(q);
    if (parts === undefined) {
      parts = EmbeddedQueue.open(environment, q, hooksOf(queue.id), lost);
      opened.set(q, parts);
    }
    return parts;
  }

  const life: QueueLife = {
    begin(q, queueId) {
      const parts = new EmbeddedQueue(environment, q, newMeta(1, options.clock.now()), hooksOf(queueId));
      opened.set(q, parts);
      parts.save();
    },
    setVersion: (queue, version) => partsOf(queue)?.setVersion(version),
    end(queue) {
      const q = catalogue.numberOf(queue.id)!;
      opened.delete(q);
      environment.remove(record.fieldsKey(q));
      environment.put(record.deadKey(q, 0), Buffer.alloc(0));
      queueMicrotask(() => listener(queue.id));
    },
  };
  const catalogue: EmbeddedCatalogue = openCatalogue(environment, life, writable);

  /** Runs a transition from admission to the writing of the fields, in one turn. */
  function run<T>(queue: QueueRecord, transition: (parts: EmbeddedQueue, now: number) => T): Outcome<T> {
    const parts = partsOf(queue);
    if (parts === undefined) return { refused: 'gone' };
    const refused = refusal(parts, queue.version);
    if (refused !== undefined) return { refused };
    const value = transition(parts, options.clock.now());
    parts.save();
    return { value };
  }

  /** The same, and then waits until everything that was written before is durable. */
  async function durably<T>(
    queue: QueueRecord,
    transition: (parts: EmbeddedQueue, now: number) => T,
  ): Promise<Outcome<T>> {
    environment.check();
    const outcome = run(queue, transition);
    await environment.settled();
    return outcome;
  }

  /** Never hands out a body that is not the one that was sent (LMDB has no checksums). */
  function withoutDamaged(parts: EmbeddedQueue, received: Received, name: string): Received {
    const whole = received.deliveries.filter(({ number, message, body }) => {
      if (md5OfBody(body as Uint8Array) === message.bodyMd5) return true;
      parts.setAside(number);
      options.damaged?.(name);
      return false;
    });
    return whole.length === received.deliveries.length ? received : { ...received, deliveries: whole };
  }

  const messages: Messages = {
    async send(queue, drafts, rules) {
      writable();
      return durably(queue, (parts, now) => send(parts, drafts, rules, now));
    },
    async receive(queue, wish) {
      environment.check();
      return run(queue, (parts, now) => withoutDamaged(parts, receive(parts, wish, now), queue.name));
    },
    settle: (queue, entries, rules) => durably(queue, (parts, now) => settle(parts, entries, rules, now)),
    purge: (queue) => durably(queue, (parts, now) => purge(parts, now) as undefined),
    sweep: (queue, slice, retentionMs) => durably(queue, (parts, now) => sweep(parts, slice, retentionMs, now)),
    async counts(queue) {
      environment.check();
      return run(queue, (parts, now) => counts(parts, now));
    },
    onReady(wanted) {
      listener = wanted;
    },
  };

  return { catalogue, messages, users: openUsers(environment, writable) };
}
