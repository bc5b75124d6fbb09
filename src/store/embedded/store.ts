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
import { type QueueRecord, settingsOf } from '../../model/queue.ts';
import { counts } from '../../queue/counts.ts';
import { refusal } from '../../queue/enter.ts';
import { arrive, conclude, departures, leave } from '../../queue/moves.ts';
import { purge } from '../../queue/purge.ts';
import { quietCounts } from '../../queue/quiet.ts';
import { page } from '../../queue/read.ts';
import { receive } from '../../queue/receive.ts';
import { send } from '../../queue/send.ts';
import { settle } from '../../queue/settle.ts';
import { sweep } from '../../queue/sweep.ts';
import type { Received } from '../../queue/wish.ts';
import { type Messages, type Outcome, type Source, StartupError, StorageUnavailable, type Store } from '../store.ts';
import { memoryAgenda } from './agenda.ts';
import { type EmbeddedCatalogue, openCatalogue } from './catalogue.ts';
import { damaged, isIntact, markBroken, markClean, markIntact, prepareDirectory, probe } from './directory.ts';
import { watchDisk } from './disk.ts';
import { Environment } from './environment.ts';
import { openGraveyard } from './graveyard.ts';
import { lockDirectory } from './lock.ts';
import type { EmbeddedQueue } from './parts.ts';
import { type QueueListeners, Queues } from './queues.ts';
import * as record from './records.ts';
import { secretFiles } from './secrets.ts';
import { sourceOf } from './source.ts';
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

export interface EmbeddedStore extends Store {
  readonly source: Source;
}

/**
 * Opens the store.
 * @throws StartupError 66 damaged data, 73 in use, 78 a directory that cannot be used or a newer layout.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedStore> {
  if (options.durable) return openIn(options.dataDir, options, async () => {});
  const directory = mkdtempSync(join(tmpdir(), 'fastqueue-memory-'));
  const forget = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', forget);
  return openIn(directory, { ...options, diskReserveBytes: 0 }, async () => {
    process.off('exit', forget);
    forget();
  });
}

const DURABILITY = {
  embedded: 'a 200 on SendMessage means written and flushed to disk: it survives a kill and a power cut',
  memory: 'none: everything is gone when the server stops',
};

async function openIn(
  directory: string,
  options: EmbeddedOptions,
  closed: () => Promise<void>,
): Promise<EmbeddedStore> {
  prepareDirectory(directory);
  const unlock = await lockDirectory(directory);
  let environment: Environment | undefined;
  try {
    probe(directory);
    const fatal = (exitCode: number, reason: string) => {
      markBroken(directory);
      options.fatal(exitCode, reason);
    };
    environment = new Environment({ ...options, directory, fatal });
    checkLayout(environment);
    const store = await openParts(directory, environment, options);
    return {
      ...store,
      async close() {
        await store.close();
        if (store.problem() === undefined) markClean(directory);
        unlock();
        await closed();
      },
    };
  } catch (error) {
    await environment?.close();
    unlock();
    await closed();
    throw error instanceof StartupError ? error : damaged(directory);
  }
}

function checkLayout(environment: Environment): void {
  const version = Number(environment.get(record.VERSION_KEY)?.toString() ?? record.LAYOUT_VERSION);
  if (version > record.LAYOUT_VERSION) {
    throw new StartupError(
      78,
      `The data was written by a newer FastQueue (layout ${version}, this one knows ${record.LAYOUT_VERSION}).`,
    );
  }
  environment.put(record.VERSION_KEY, Buffer.from(String(record.LAYOUT_VERSION)));
}

/** The store over an open environment. */
async function openParts(
  directory: string,
  environment: Environment,
  options: EmbeddedOptions,
): Promise<EmbeddedStore> {
  const disk = watchDisk(directory, environment, options.diskReserveBytes);
  const graveyard = openGraveyard(environment);
  const listeners: QueueListeners = { ready: () => {}, damaged: (name) => options.damaged?.(name) };
  const queues = new Queues(environment, graveyard, options.clock, listeners);
  const writable = () => {
    environment.check();
    if (disk.full) throw new StorageUnavailable('full', 'The disk has less free space than FASTQUEUE_DISK_RESERVE_MB.');
  };
  const catalogue = openCatalogue(environment, queues, options.clock, writable);
  if (!isIntact(directory)) await queues.repair(catalogue);
  markIntact(directory);
  const name = options.durable ? 'embedded' : 'memory';
  return {
    name,
    place: options.durable ? `in ${directory}` : 'gone with the server',
    durability: DURABILITY[name],
    catalogue,
    messages: messagesOf(environment, queues, catalogue, options.clock, listeners, writable),
    agenda: memoryAgenda(catalogue, options.clock),
    users: openUsers(environment, writable),
    secrets: secretFiles(directory),
    source: sourceOf(environment, queues, catalogue),
    problem: () => environment.problem,
    async close() {
      graveyard.stop();
      await disk.stop();
      await environment.close();
    },
  };
}

function messagesOf(
  environment: Environment,
  queues: Queues,
  catalogue: EmbeddedCatalogue,
  clock: Clock,
  listeners: QueueListeners,
  writable: () => void,
): Messages {
  type Transition<T> = (parts: EmbeddedQueue, now: number) => T;

  /** Runs a transition from admission to the writing of the fields, in one turn. */
  function run<T>(queue: QueueRecord, transition: Transition<T>): Outcome<T> {
    environment.check();
    const q = catalogue.numberOf(queue.id);
    if (q === undefined) return { refused: 'gone' };
    const parts = queues.open(q, queue);
    const refused = refusal(parts, queue.version);
    if (refused !== undefined) return { refused };
    const value = transition(parts, clock.now());
    parts.save();
    return { value };
  }

  /** The same, and then waits until everything that was written before is durable. */
  async function durably<T>(queue: QueueRecord, transition: Transition<T>): Promise<Outcome<T>> {
    const outcome = run(queue, transition);
    await environment.settled();
    return outcome;
  }

  return {
    async send(queue, drafts, rules) {
      writable();
      return durably(queue, (parts, now) => send(parts, drafts, rules, now));
    },
    async receive(queue, wish) {
      const outcome = run(queue, (parts, now) => withoutDamaged(parts, receive(parts, wish, now)));
      await restOfTurn();
      return outcome;
    },
    settle: (queue, entries, rules) => durably(queue, (parts, now) => settle(parts, entries, rules, now)),
    purge: (queue, intervalMs) => durably(queue, (parts, now) => purge(parts, intervalMs, now)),
    sweep: (queue, slice, rules) => durably(queue, (parts, now) => sweep(parts, slice, rules, now)),
    counts: async (queue) => run(queue, (parts, now) => counts(parts, settingsOf(queue).delayMs, now)),
    quietCounts: async (queue) => run(queue, (parts, now) => quietCounts(parts, now)),
    departures: async (queue, most) => run(queue, (parts, now) => departures(parts, most, now)),
    async arrive(queue, from, look, arrivals) {
      writable();
      return durably(queue, (parts, now) => arrive(parts, from, look, arrivals, now));
    },
    conclude: (queue, conclusions) => durably(queue, (parts, now) => conclude(parts, conclusions, now)),
    leave: (queue, leaving) => durably(queue, (parts, now) => leave(parts, leaving, '', now)),
    page: async (queue, wish) => run(queue, (parts, now) => page(parts, wish, now)),
    events: async (queue) => run(queue, (parts) => parts.events.all()),
    note: async (queue, name) => run(queue, (parts) => parts.note(name)),
    setNote: (queue, name, before, after) => durably(queue, (parts) => parts.setNote(name, before, after)),
    onReady(listener) {
      listeners.ready = listener;
    },
    // Signals are calls within the process.
    watch: async () => () => {},
  };
}

/**
 * Resolves when the other requests of this turn have had theirs. A receive waits for no flush; but answered one by one,
 * requests come back one by one, each with a turn and a transaction of its own (measured: a third of all cycles).
 */
const restOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Never hands out a body that is not the one that was sent (LMDB has no checksums): such a message is set aside. */
function withoutDamaged(parts: EmbeddedQueue, received: Received): Received {
  const whole = received.deliveries.filter(({ number, message, body }) => {
    if (md5OfBody(body as Uint8Array) === message.bodyMd5) return true;
    parts.setAside(number);
    return false;
  });
  return whole.length === received.deliveries.length ? received : { ...received, deliveries: whole, more: true };
}
