/**
 * The connection to Redis – one, a master found by Sentinel, or a cluster – and how calls go over it.
 *
 * A call is tried until it is answered, for CALL_MS at most: while a connection is made again, a slot moves, a replica is
 * promoted, or a Redis does not know our library yet. That is safe because every call may run twice (request ids), and
 * because it carries its deadline in Redis' time: a Redis that comes back late does nothing for a caller who has given up.
 *
 * Whether a master works is asked by a PING every half second. Unanswered for DOWN_MS it is down: calls are then refused
 * at once instead of queueing, until a PING is answered again; and its connection is made anew, since one that has gone
 * silent says nothing of it.
 */
import { Cluster, Command, Redis, type RedisOptions } from 'ioredis';
import { jitterMs } from '../../model/ids.ts';
import { StorageUnavailable } from '../store.ts';
import type { RedisAddress } from './url.ts';

/** Commands that speak of their connection, or are to be answered whatever else waits. */
const NOT_PIPELINED = ['wait', 'ping', 'time', 'function', 'config'];
const CALL_MS = 4500;
const DOWN_MS = 3000;
const PING_MS = 500;
/** How long a connection that is given up may take to say goodbye. */
const GOODBYE_MS = 100;
const AGAIN_MS = 50;
const OFFSET_MS = 60_000;

export type Argument = string | number | Buffer;
type Value = string | number;
export type Reply = string | (Value | Value[])[];

/** What the two kinds of client are to us. */
export type Client = Redis | Cluster;

export interface Link {
  readonly client: Client;
  /** Runs `name` of the library over `key` and its `:never`. @throws StorageUnavailable */
  queueCall(key: string, name: string, args: Argument[]): Promise<Reply>;
  /** Runs `name` of the library over `key` alone. @throws StorageUnavailable */
  call(key: string, name: string, args: Argument[]): Promise<Reply>;
  /** Runs commands on `key` that may run twice. @throws StorageUnavailable */
  run<T>(key: string, commands: (client: Client) => Promise<T>): Promise<T>;
  /** The connections to every master. */
  masters(): Redis[];
  /** The connection that calls on `key` go over. */
  nodeOf(key: string): Redis | undefined;
  /** Redis' time as far as we know it, milliseconds. */
  now(): number;
  /** Redis' time after which nobody waits for a call that is made now. */
  deadline(): number;
  problem(): string | undefined;
  close(): void;
}

/** How often a connection has been lost: what was sent before is unknown to the next. */
const losses = new WeakMap<Redis, number>();
export const lossesOf = (node: Redis): number => losses.get(node) ?? 0;

/** The cluster slot of a key. */
const slotOf = (key: string): number => new Command('get', [key]).getSlot()!;

/** What is said of how answers are shaped is left to the client. */
type Options = Omit<RedisOptions, 'replyMapping'>;

/** The options that every connection to `address` shares. */
function optionsOf(address: RedisAddress): Options {
  const { username, password, tls, db, path, kind, nodes, masterName } = address;
  const who = { ...(username && { username }), ...(password && { password }), ...(tls && { tls: {} }) };
  const common: Options = {
    ...who,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 2,
    connectTimeout: 3000,
    disconnectTimeout: GOODBYE_MS,
    keepAlive: 10_000,
    enableAutoPipelining: true,
    autoPipeliningIgnoredCommands: NOT_PIPELINED,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 500) + jitterMs(100),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    lazyConnect: true,
  };
  if (kind === 'cluster') return common;
  if (kind === 'single') return { ...common, db, ...(path === undefined ? nodes[0]! : { path }) };
  return {
    ...common,
    db,
    sentinels: nodes,
    name: masterName!,
    role: 'master',
    failoverDetector: true,
    sentinelRetryStrategy: (times) => Math.min(50 * 2 ** times, 500),
    ...(tls && { enableTLSForSentinelMode: true }),
  };
}

/** A client for `address`, not connected yet. */
export function clientFor(address: RedisAddress): Client {
  const options = optionsOf(address);
  if (address.kind !== 'cluster') return new Redis(options);
  const { retryStrategy: _, lazyConnect: __, db: ___, ...redisOptions } = options;
  return new Cluster(address.nodes, {
    redisOptions,
    enableOfflineQueue: false,
    lazyConnect: true,
    scaleReads: 'master',
    maxRedirections: 60,
    retryDelayOnTryAgain: 100,
    retryDelayOnMoved: 20,
    slotsRefreshInterval: 5000,
    slotsRefreshTimeout: 3000,
    clusterRetryStrategy: (times) => Math.min(50 * 2 ** times, 500),
    // A connection that was cut is made again at once; a node that does not come back is left out.
    clusterNodeRetryStrategy: (times) => (times > 5 ? null : 50),
  });
}

const TRY_AGAIN =
  /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|NOREPLICAS|BUSY|UNKILLABLE)\b|non.local key|Connection is closed|Stream isn't writeable|Cluster isn't ready|max retries per request|Too many Cluster redirections|None of startup nodes|Failed to refresh slots|ECONN|EPIPE|All sentinels are unreachable/;
const REDIRECTION = /^(?:MOVED|ASK|TRYAGAIN)\b/;
const UNKNOWN_FUNCTION = /Function not found/;

interface Pending {
  until: number;
  giveUp: () => void;
}

/** What we know of the connection to a master. */
interface Pulse {
  /** When it last answered, or was made anew. */
  alive: number;
  pinging: boolean;
  down: boolean;
}

/**
 * The link over a client that is connected. `load` brings the library to every master.
 */
export function linkOver(client: Client, library: string, load: (masters: Redis[]) => Promise<void>): Link {
  const pulses = new WeakMap<Redis, Pulse>();
  /** How far Redis' clock is ahead of `performance.now()`, which never leaps. */
  let offsetMs = performance.timeOrigin;
  /** When there was a master to ask. */
  let someAt = performance.now();
  const pending = new Set<Pending>();

  const masters = () => (client instanceof Cluster ? client.nodes('master') : [client]);
  client.on('error', () => {});

  function pulseOf(node: Redis): Pulse {
    let pulse = pulses.get(node);
    if (pulse === undefined) {
      pulse = { alive: performance.now(), pinging: false, down: false };
      pulses.set(node, pulse);
      losses.set(node, 0);
      node.on('close', () => losses.set(node, lossesOf(node) + 1));
    }
    return pulse;
  }

  function feel(node: Redis): void {
    const pulse = pulseOf(node);
    const since = performance.now() - pulse.alive;
    if (since > DOWN_MS) {
      pulse.down = true;
      // Not more often than a connection takes to be made.
      pulse.alive = performance.now();
      node.disconnect(true);
    }
    if (pulse.pinging) return;
    pulse.pinging = true;
    within(performance.now() + DOWN_MS, () => node.ping())
      .then(
        () => Object.assign(pulse, { alive: performance.now(), down: false }),
        // Not answered: that is what the time since `alive` says.
        () => {},
      )
      .finally(() => {
        pulse.pinging = false;
      });
  }

  /** Why nothing can be asked of `nodes`: none of them answers, or for a while there has been none. */
  function problemOf(nodes: Redis[]): string | undefined {
    if (nodes.length > 0) someAt = performance.now();
    const isDown = nodes.length > 0 ? nodes.every((node) => pulseOf(node).down) : performance.now() - someAt > DOWN_MS;
    return isDown ? 'Redis does not answer.' : undefined;
  }

  async function measureOffset(): Promise<void> {
    const offsets = await Promise.all(masters().map(offsetOf));
    offsetMs = Math.max(...offsets);
  }
  const now = () => Math.floor(performance.now() + offsetMs);

  const timers = [
    setInterval(() => masters().forEach(feel), PING_MS),
    setInterval(() => {
      const time = performance.now();
      for (const call of pending) if (call.until <= time) call.giveUp();
    }, 100),
    setInterval(() => measureOffset().catch(() => {}), OFFSET_MS),
  ];
  for (const timer of timers) timer.unref();
  masters().forEach(pulseOf);
  const measured = measureOffset().catch(() => {});

  /** The attempt's answer, or why there is none when `until` has come. ioredis can forget a command (its #2193). */
  function within<T>(until: number, attempt: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = { until, giveUp: () => end(() => reject(new StorageUnavailable('down', 'Redis did not answer.'))) };
      const end = (how: () => void) => {
        if (pending.delete(call)) how();
      };
      pending.add(call);
      attempt().then(
        (value) => end(() => resolve(value)),
        (error) => end(() => reject(error)),
      );
    });
  }

  function nodeOf(key: string): Redis | undefined {
    if (client instanceof Redis) return client;
    const [owner] = client.slots[slotOf(key)] ?? [];
    return client.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner);
  }

  /** `nodes`: those that the attempt may go to. */
  async function persist<T>(nodes: () => Redis[], attempt: (redirected: boolean) => Promise<T>): Promise<T> {
    const until = performance.now() + CALL_MS;
    let redirected = false;
    for (;;) {
      const problem = problemOf(nodes());
      if (problem !== undefined) throw new StorageUnavailable('down', problem);
      try {
        return await within(until, () => attempt(redirected));
      } catch (error) {
        const { message } = error as Error;
        if (error instanceof StorageUnavailable) throw error;
        if (UNKNOWN_FUNCTION.test(message)) await load(masters()).catch(() => {});
        else if (!TRY_AGAIN.test(message)) throw refusalOf(message);
        if (performance.now() + AGAIN_MS > until) throw refusalOf(message);
        redirected = REDIRECTION.test(message);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** Where a call on `key` may go; anywhere, while that is not known. */
  const ownersOf = (key: string) => () => [nodeOf(key) ?? masters()].flat();

  async function fcall(name: string, keys: [string, ...string[]], args: Argument[]): Promise<Reply> {
    await measured;
    const all = [`${library}_${name}`, keys.length, ...keys, ...args];
    const owner = () => nodeOf(keys[0]);
    const reply = await persist<Reply>(ownersOf(keys[0]), (redirected) =>
      // The connection to the owner makes pipelines of its own: one slot that moves holds up no other. They do not
      // follow redirections; a command alone does.
      redirected
        ? (client.sendCommand(new Command('fcall', all, { replyEncoding: 'utf8' })) as Promise<Reply>)
        : ((owner() ?? client).fcall(...(all as [string, number, ...string[]])) as Promise<Reply>),
    );
    if (reply === 'late') {
      // Either Redis was, or one of the clocks has leapt.
      await measureOffset().catch(() => {});
      throw new StorageUnavailable('down', 'Redis answered too late.');
    }
    if (reply === 'wrong') throw new Error(`${name} was called with wrong arguments`);
    return reply;
  }

  const deadline = () => now() + CALL_MS;
  return {
    client,
    queueCall: (key, name, args) => fcall(name, [key, `${key}:never`], args),
    call: (key, name, args) => fcall(name, [key], [deadline(), ...args]),
    run: (key, commands) => persist(ownersOf(key), () => commands(client)),
    masters,
    nodeOf,
    now,
    deadline,
    problem: () => problemOf(masters()),
    close() {
      for (const timer of timers) clearInterval(timer);
      client.disconnect();
    },
  };
}

/** How far Redis' clock is ahead of `performance.now()`, milliseconds. */
async function offsetOf(node: Redis): Promise<number> {
  const before = performance.now();
  const [seconds, micros] = await node.time();
  const after = performance.now();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) - (before + after) / 2;
}

/** Redis' own words are for operators: they name commands and settings, never what a client sent. */
function refusalOf(message: string): StorageUnavailable {
  if (message.startsWith('OOM')) return new StorageUnavailable('full', 'Redis has reached its maxmemory.');
  return new StorageUnavailable('down', `Redis refused: ${message.split('\n', 1)[0]!.slice(0, 200)}`);
}
