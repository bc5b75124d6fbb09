/**
 * A TCP proxy with faults, to stand between a server and its Redis. It reads no protocol: an *answer* is what the target
 * writes at once, one reply or those of a pipeline.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  port: number;
  /** As FASTQUEUE_REDIS_URL. */
  url: string;
  /** How many answers were not delivered so far. */
  readonly cuts: number;
  /** Instead of every `n`-th answer the client gets the end of its connection; 0 delivers all. */
  cutEvery(n: number): void;
  /** Keeps back what clients say from now on. */
  hold(): void;
  /** Says it now: also what a client said that has gone since. */
  release(): void;
  /**
   * While on, connections are taken and stay open, and what either side says is lost: a peer that went without a word.
   * Those connections stay lost when it is off again, as behind a firewall that has forgotten them; new ones work.
   */
  blackHole(on: boolean): void;
  /** Every `from` in an answer reaches the client as `to`. */
  rewrite(from: string, to: string): void;
  /** Resets every connection. */
  drop(): void;
  stop(): Promise<void>;
}

interface Link {
  client: Socket;
  target: Socket;
  held: Buffer[];
  lost: boolean;
}

/** Starts a proxy for `port` of 127.0.0.1 on a free port. */
export async function startProxy(port: number): Promise<FaultProxy> {
  const links = new Set<Link>();
  let holding = false;
  let losing = false;
  let period = 0;
  let answers = 0;
  let cuts = 0;
  let rewriting: [from: string, to: string] | undefined;

  function reset({ client, target }: Link): void {
    client.resetAndDestroy();
    target.destroy();
  }
  /** Ends the target's side once everything that was held has been said. */
  function finish(link: Link): void {
    if (link.held.length === 0) link.target.end();
  }
  function say(link: Link, chunk: Buffer): void {
    if (link.lost) return;
    if (holding) link.held.push(chunk);
    else link.target.write(chunk);
  }
  function answer(link: Link, chunk: Buffer): void {
    if (link.lost || link.client.destroyed) return;
    answers += 1;
    if (period > 0 && answers % period === 0) {
      cuts += 1;
      reset(link);
    } else if (rewriting === undefined) {
      link.client.write(chunk);
    } else {
      link.client.write(chunk.toString('latin1').replaceAll(...rewriting), 'latin1');
    }
  }

  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port, host: '127.0.0.1', noDelay: true });
    const link: Link = { client, target, held: [], lost: losing };
    links.add(link);
    client.on('data', (chunk) => say(link, chunk));
    client.on('close', () => finish(link));
    target.on('data', (chunk) => answer(link, chunk));
    target.on('close', () => {
      links.delete(link);
      client.destroy();
    });
    for (const socket of [client, target]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    url: `redis://127.0.0.1:${own}`,
    get cuts() {
      return cuts;
    },
    cutEvery(n) {
      period = n;
    },
    hold() {
      holding = true;
    },
    release() {
      holding = false;
      for (const link of links) {
        for (const chunk of link.held.splice(0)) link.target.write(chunk);
        if (link.client.destroyed) finish(link);
      }
    },
    blackHole(on) {
      losing = on;
      for (const link of links) link.lost = true;
    },
    rewrite(from, to) {
      rewriting = [from, to];
    },
    drop() {
      for (const link of links) reset(link);
    },
    stop() {
      for (const link of links) reset(link);
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
