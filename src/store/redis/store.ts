/**
 * The store on Redis: the transitions of src/queue run inside Redis, as functions of a library (lua/), and this server
 * keeps nothing that matters. Any number of servers work on one Redis. Redis' clock is the queues' clock.
 */
import { Cluster, type Redis } from 'ioredis';
import type { Clock } from '../../model/clock.ts';
import { newRequestId } from '../../model/ids.ts';
import { type QueueRecord, settingsOf } from '../../model/queue.ts';
import type { Counts } from '../../queue/counts.ts';
import type { Left } from '../../queue/moves.ts';
import type { QuietCounts } from '../../queue/quiet.ts';
import { type Messages, type Outcome, StartupError, StorageUnavailable, type Store, type Target } from '../store.ts';
import { agendaOver } from './agenda.ts';
import { catalogueOver, type RedisCatalogue } from './catalogue.ts';
import { checkReplicas, type Level, lacking, readDurability } from './durability.ts';
import { type Keys, keysUnder } from './keys.ts';
import { loadLibrary, markLibrary, readLibrary } from './library.ts';
import { type Argument, type Client, clientFor, type Link, linkOver, type Reply } from './link.ts';
import { listenOver, type Ready } from './ready.ts';
import { type Replicated, replicatedTo } from './replicas.ts';
import { selfTest } from './selfTest.ts';
import { targetOver } from './target.ts';
import { parseRedisUrl, type RedisAddress, whereOf } from './url.ts';
import { secretsOver, usersOver } from './users.ts';
import { type Watch, watchOver } from './watch.ts';
import * as wire from './wire.ts';

const LAYOUT_VERSION = 1;
const isOne = ([first]: Reply): boolean => (first as unknown) === 1;

const HOUR_MS = 3_600_000;
const CONNECT_MS = 6000;

export interface RedisStoreOptions {
  url: string;
  /** Before every key. */
  prefix: string;
  clock: Clock;
  /** The clock is not the machine's: it is the queues' clock, too. */
  virtual: boolean;
  requireDurability: Level;
  waitReplicas: number;
  /** Redis is not what it was; called once, with the exit code that the process should end with. */
  fatal: (exitCode: number, reason: string) => void;
}

export interface RedisStore extends Store {
  readonly target: Target;
}

/**
 * Opens the store.
 * @throws StartupError 78 for whatever is wrong with the URL or with how Redis is set up
 */
export async function openRedis(options: RedisStoreOptions): Promise<RedisStore> {
  const address = parseRedisUrl(options.url);
  if (address === undefined) {
    throw new StartupError(
      78,
      'FASTQUEUE_REDIS_URL is none of redis://host:port/db, rediss://…, unix:///path, redis-sentinel://host:port,…/name, redis-cluster://host:port,….',
    );
  }
  const client = await connected(address);
  try {
    return await openOver(client, options, `at ${whereOf(address)}, keys under ${options.prefix}:`);
  } catch (error) {
    client.disconnect();
    throw startupErrorOf(error as Error);
  }
}

const startupErrorOf = (error: Error): Error =>
  error instanceof StartupError ? error : (lacking(error.message) ?? new StartupError(78, `Redis: ${error.message}`));

async function connected(address: RedisAddress): Promise<Client> {
  const client = clientFor(address);
  let reason = '';
  const note = (error: Error) => {
    reason = error.message;
  };
  client.on('error', note);
  client.on('node error', note);
  try {
    await inTime(client.connect());
    await inTime((client as Redis).ping());
    // ioredis reports these and goes on: in database 0, or as whoever needs no password.
    if (/DB index|without any password/i.test(reason)) throw new Error('');
    return client;
  } catch (error) {
    client.disconnect();
    throw unreachable(address, `${reason} ${(error as Error).message}`);
  }
}

/** A Sentinel that knows no such master is asked again and again. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${CONNECT_MS / 1000} seconds`)), CONNECT_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function unreachable(address: RedisAddress, reason: string): StartupError {
  const { kind, masterName } = address;
  const where = whereOf(address);
  if (/DB index/i.test(reason)) {
    return new StartupError(78, `Redis at ${where} has no database ${address.db} (FASTQUEUE_REDIS_URL).`);
  }
  if (/cluster support disabled|Failed to refresh slots/i.test(reason) && kind === 'cluster') {
    return new StartupError(
      78,
      `Redis at ${where} is no cluster, or none of its nodes answers: use redis:// for one Redis.`,
    );
  }
  if (/WRONGPASS|NOAUTH|invalid password|without any password/i.test(reason)) {
    return new StartupError(78, `Redis at ${where} does not take the user and password of FASTQUEUE_REDIS_URL.`);
  }
  if (/NOPERM|no permissions/i.test(reason)) return lacking(reason)!;
  const what =
    kind === 'sentinel'
      ? `No Sentinel at ${where} names a master ${masterName} that answers`
      : `No Redis answers at ${where}`;
  return new StartupError(
    78,
    `${what}: is it running, and is FASTQUEUE_REDIS_URL right? (${reason.trim().slice(0, 200)})`,
  );
}

async function openOver(client: Client, options: RedisStoreOptions, place: string): Promise<RedisStore> {
  const library = readLibrary();
  const link = linkOver(client, library.name, (masters) => loadLibrary(library, masters));
  try {
    const { requireDurability: required, waitReplicas } = options;
    const demands = { required, waitReplicas, isCluster: client instanceof Cluster };
    const durability = await readDurability(link.masters(), demands);
    checkReplicas(durability, demands);
    const keys = keysUnder(options.prefix);
    await checkLayout(link, keys);
    await loadLibrary(library, link.masters());
    await selfTest(link, keys);
    const watch = watchOver(link, keys, demands, durability, options.fatal);
    return storeOver(link, keys, options, place, watch, hourly(link, keys));
  } catch (error) {
    link.close();
    throw error;
  }
}

async function checkLayout(link: Link, { layout }: Keys): Promise<void> {
  await link.run(layout, (client) => client.setnx(layout, LAYOUT_VERSION));
  const version = Number(await link.run(layout, (client) => client.get(layout)));
  if (version > LAYOUT_VERSION) {
    throw new StartupError(
      78,
      `The data was written by a newer FastQueue (layout ${version}, this one knows ${LAYOUT_VERSION}).`,
    );
  }
}

/** Says every hour that this version is in use. */
function hourly(link: Link, { libraries }: Keys): NodeJS.Timeout {
  const uses = {
    get: () => link.run(libraries, (client) => client.hgetall(libraries)),
    set: (name: string, second: number) => link.run(libraries, (client) => client.hset(libraries, name, second)),
    drop: (name: string) => link.run(libraries, (client) => client.hdel(libraries, name)),
  };
  const mark = () => markLibrary(readLibrary(), uses, link.masters(), Math.floor(link.now() / 1000)).catch(() => {});
  void mark();
  return setInterval(mark, HOUR_MS).unref();
}

function storeOver(
  link: Link,
  keys: Keys,
  { clock, virtual, waitReplicas }: RedisStoreOptions,
  place: string,
  watch: Watch,
  timer: NodeJS.Timeout,
): RedisStore {
  const now = virtual ? () => clock.now() : () => 0;
  const replicated = replicatedTo(link, waitReplicas, keys.replicas);
  const time = () => (virtual ? clock.now() : link.now());
  const plan = (id: string, inMs = 0) => link.call(keys.agenda, 'plan', [id, time() + inMs, '']);
  const catalogue = catalogueOver(link, keys, now, replicated, plan);
  let listener = (_queueId: string) => {};
  const idOf = (channel: string) => channel.slice(channel.indexOf('{') + 1, -1);
  const ready = listenOver(link, (channel) => listener(idOf(channel)));
  const messages = messagesOf({ link, keys, clock, now, replicated, catalogue, ready, plan, watch });
  return {
    name: 'redis',
    place,
    catalogue,
    messages: {
      ...messages,
      onReady(wanted) {
        listener = wanted;
      },
    },
    agenda: agendaOver(link, keys, catalogue, now),
    users: usersOver(link, keys, replicated),
    secrets: secretsOver(link, keys),
    target: targetOver(link, keys, now, replicated, catalogue),
    get durability() {
      return watch.durability();
    },
    problem: () => link.problem() ?? watch.complaint(),
    async close() {
      clearInterval(timer);
      watch.close();
      ready.close();
      replicated.close();
      link.close();
    },
  };
}

interface Surroundings {
  link: Link;
  keys: Keys;
  clock: Clock;
  now: () => number;
  replicated: Replicated;
  catalogue: RedisCatalogue;
  ready: Ready;
  /** Puts a queue on the agenda. */
  plan: (id: string) => Promise<unknown>;
  watch: Watch;
}

function messagesOf(surroundings: Surroundings): Omit<Messages, 'onReady'> {
  const { link, keys, clock, now, replicated, catalogue, ready, plan, watch } = surroundings;

  async function call<T>(
    queue: QueueRecord,
    name: string,
    args: Argument[],
    read: (reply: Reply) => T,
  ): Promise<Outcome<T>> {
    const reply = await link.queueCall(keys.queue(queue.id), name, [link.deadline(), now(), queue.version, ...args]);
    if (reply !== 'gone' && reply !== 'stale') return { value: read(reply) };
    catalogue.forget(queue);
    return { refused: reply };
  }

  const durably = <T>(queue: QueueRecord, name: string, args: Argument[], read: (reply: Reply) => T) =>
    replicated(keys.queue(queue.id), () => call(queue, name, args, read));

  /** Nothing is taken in while Redis is set to promise less than it must. */
  function checkSettings(): void {
    const complaint = watch.complaint();
    if (complaint !== undefined) throw new StorageUnavailable('down', complaint);
  }

  return {
    async send(queue, drafts, rules) {
      checkSettings();
      const requestId = rules.requestId || newRequestId();
      return durably(queue, 'send', wire.sendArguments(drafts, { ...rules, requestId }), wire.sentOf);
    },
    receive(queue, wish) {
      const requestId = wish.requestId || newRequestId();
      const args = wire.receiveArguments({ ...wish, requestId });
      const at = now();
      return call(queue, 'receive', args, (reply) => wire.receivedOf(reply, at === 0 ? clock.now() : at));
    },
    settle: (queue, entries, rules) => durably(queue, 'settle', wire.settleArguments(entries, rules), wire.settledOf),
    async purge(queue, intervalMs) {
      const outcome = await durably(queue, 'purge', [intervalMs], isOne);
      if (outcome.value) await plan(queue.id);
      return outcome;
    },
    sweep: (queue, slice, rules) => call(queue, 'sweep', wire.sweepArguments(slice, rules), wire.sweptOf),
    quietCounts: (queue) =>
      call(queue, 'quietcounts', [], (reply): QuietCounts => {
        const [noisyGroups, visible, inFlight, delayed] = reply as [number, number, number, number];
        return { noisyGroups, visible, inFlight, delayed };
      }),
    departures: (queue, most) => call(queue, 'departures', [most], wire.departuresOf),
    async arrive(queue, from, look, arrivals) {
      checkSettings();
      return durably(queue, 'arrive', wire.arriveArguments(from, look, arrivals), isOne);
    },
    conclude: (queue, conclusions) =>
      durably(queue, 'conclude', wire.concludeArguments(conclusions), ([done]) => Number(done)),
    leave: (queue, leaving) =>
      durably(queue, 'leave', [newRequestId(), ...wire.leaveArguments(leaving)], (reply): Left => {
        const [left, more] = reply as [number, number];
        return { left, more: more === 1 };
      }),
    page: (queue, { from, most, bodies }) => call(queue, 'page', [from, most, bodies ? 1 : 0], wire.pageOf),
    events: (queue) => call(queue, 'events', [], wire.eventsOf),
    note: (queue, name) => call(queue, 'note', [name], ([note]) => String(note)),
    setNote: (queue, name, before, after) => durably(queue, 'setnote', [name, before, after], isOne),
    counts: (queue) =>
      call(queue, 'counts', [settingsOf(queue).delayMs], (reply): Counts => {
        const [visible, inFlight, delayed] = reply as [number, number, number];
        return { visible, inFlight, delayed };
      }),
    watch: ({ id }) => ready.watch(keys.queue(id)),
  };
}
