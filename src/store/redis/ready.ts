/**
 * How a server hears that a queue has something to receive, whichever server sent it. The function that made it so
 * publishes on a channel of the queue's name, as its last act (lua/parts.ts, `save`).
 *
 * Why no wake-up is lost: a pump watches first, and looks into its queue only when Redis has confirmed the subscription.
 * What becomes receivable after that look is published over a connection that stands, or the connection is lost; and
 * whenever a subscription is made anew – after a lost connection, a failover, a slot that moved – the queue counts as
 * ready once, so that its pump looks again. A connection that hangs is found by a PING every second.
 *
 * And should all of that fail, a queue that has been silent for as long as a long poll lasts counts as ready once.
 * Nothing else is asked of Redis while polls are idle. A subscription is kept for a minute after its last watcher, since
 * the next long poll comes at once.
 */
import type { Redis } from 'ioredis';
import { StorageUnavailable } from '../store.ts';
import type { Link } from './link.ts';

const LOOK_MS = 1000;
const PING_LIMIT_MS = 2000;
const KEPT_MS = 60_000;
const SILENT_MS = 20_000;
const SUBSCRIBE_MS = 4500;
const AGAIN_MS = 50;

interface Channel {
  name: string;
  watchers: number;
  /** When the last watcher left. */
  idleSince: number;
  /** When it last had a signal, or its first watcher. */
  heardAt: number;
  /** The connection that calls on the queue go over, as far as it is known; its copy listens. */
  node: Redis | undefined;
  /** Undefined while it is not subscribed and nobody is at it. */
  subscribed: Promise<void> | undefined;
}

export interface Ready {
  /** Resolves when every signal of the channel from now on reaches the listener; answers how to end that. */
  watch(channel: string): Promise<() => void>;
  close(): void;
}

/** Listens for `listener`, which is told the name of a channel. */
export function listenOver(link: Link, listener: (channel: string) => void): Ready {
  const channels = new Map<string, Channel>();
  /** The listening copy of each connection, and since when it has not been ready. */
  const ears = new Map<Redis, Redis>();
  const unready = new Map<Redis, number>();

  function hear(name: string): void {
    const channel = channels.get(name);
    if (channel !== undefined) channel.heardAt = performance.now();
    listener(name);
  }

  function earOf(node: Redis): Redis {
    const known = ears.get(node);
    if (known !== undefined) return known;
    const ear = node.duplicate({ autoResubscribe: false, enableAutoPipelining: false, lazyConnect: false });
    ears.set(node, ear);
    ear.on('error', () => {});
    ear.on('smessage', hear);
    // Nothing was subscribed before it was ready for the first time.
    ear.once('ready', () => ear.on('ready', () => again(({ node: its }) => its === node)));
    return ear;
  }

  /** Subscribes anew, and lets whoever waits look again. */
  function again(which: (channel: Channel) => boolean): void {
    for (const channel of channels.values()) {
      if (!which(channel)) continue;
      channel.subscribed = subscribe(channel);
      channel.subscribed.then(
        () => hear(channel.name),
        () => {
          channel.subscribed = undefined;
        },
      );
    }
  }

  async function subscribe(channel: Channel): Promise<void> {
    const until = performance.now() + SUBSCRIBE_MS;
    for (;;) {
      try {
        const node = link.nodeOf(channel.name);
        if (node === undefined) throw new Error('no master has its slot');
        channel.node = node;
        await limited(earOf(node).ssubscribe(channel.name));
        return;
      } catch (error) {
        if (performance.now() > until) throw new StorageUnavailable('down', `Redis: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  function forget(channel: Channel): void {
    channels.delete(channel.name);
    if (channel.node === undefined) return;
    earOf(channel.node)
      .sunsubscribe(channel.name)
      .catch(() => {});
  }

  function look(): void {
    const now = performance.now();
    for (const channel of channels.values()) {
      if (channel.watchers === 0 && channel.idleSince + KEPT_MS < now) forget(channel);
      if (channel.watchers > 0 && channel.heardAt + SILENT_MS < now) hear(channel.name);
    }
    // A slot has moved, or its master has fallen over.
    again(({ name, node, watchers }) => watchers > 0 && node !== undefined && link.nodeOf(name) !== node);
    const nodes = new Set(link.masters());
    for (const [node, ear] of ears) {
      if (nodes.has(node)) {
        feel(ear, now);
      } else {
        ear.disconnect();
        ears.delete(node);
      }
    }
  }

  /** A connection can fall silent at work, and while it is being made. */
  function feel(ear: Redis, now: number): void {
    const since = unready.get(ear) ?? now;
    if (ear.status === 'ready') {
      unready.delete(ear);
      limited(ear.ping()).catch(() => ear.disconnect(true));
    } else if (now - since > PING_LIMIT_MS) {
      unready.delete(ear);
      ear.disconnect(true);
    } else {
      unready.set(ear, since);
    }
  }

  const timer = setInterval(look, LOOK_MS).unref();
  return {
    async watch(name) {
      let channel = channels.get(name);
      if (channel === undefined) {
        channel = { name, watchers: 0, idleSince: 0, heardAt: 0, node: undefined, subscribed: undefined };
        channels.set(name, channel);
      }
      const watched = channel;
      if (watched.watchers === 0) watched.heardAt = performance.now();
      watched.watchers += 1;
      const leave = () => {
        watched.watchers -= 1;
        watched.idleSince = performance.now();
      };
      try {
        watched.subscribed ??= subscribe(watched);
        await watched.subscribed;
      } catch (error) {
        watched.subscribed = undefined;
        leave();
        throw error;
      }
      return leave;
    },
    close() {
      clearInterval(timer);
      for (const ear of ears.values()) ear.disconnect();
    },
  };
}

function limited<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), PING_LIMIT_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
