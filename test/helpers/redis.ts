/** Redis processes of the tests' own, on free ports of 127.0.0.1, with their data in a folder that goes with them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './until.ts';

/** Whether this machine has Redis. In CI it must. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis && process.env.CI) throw new Error('redis-server is missing: CI needs it (apt-get install redis-server)');
if (!hasRedis) console.log('skipped: what needs redis-server');

export interface RedisProcess {
  port: number;
  /** Its folder: `appendonlydir`, `dump.rdb`, the log `redis.log`, and the socket `redis.sock`. */
  folder: string;
  url: string;
  /** The process that runs now. */
  readonly pid: number;
  /** A client for the test itself. */
  client: Redis;
  signal(signal: NodeJS.Signals): void;
  /** Ends the process and resolves when it is gone; the data stay. */
  end(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const given = new Set<number>();

/**
 * A port that was free a moment ago, as was the one 10,000 above it, where a cluster node has its bus. Both are below
 * those that the system gives to outgoing connections, so that none of these takes them in the meantime; none is given twice.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 2_700);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

/** Starts one Redis and resolves when it answers. `args` come after ours: `['--appendonly', 'yes']`. */
export async function startRedis(args: string[] = []): Promise<RedisProcess> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'fastqueue-redis-'));
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  let child: ChildProcess | undefined;
  let ended = Promise.resolve();

  async function start(): Promise<void> {
    const own = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--unixsocket',
      join(folder, 'redis.sock'),
    ];
    const quiet = ['--save', '', '--appendonly', 'no', '--logfile', join(folder, 'redis.log')];
    const started = spawn('redis-server', [...own, ...quiet, ...args], { stdio: 'ignore' });
    child = started;
    ended = new Promise((resolve) => started.once('exit', () => resolve()));
    const gone = ended.then(() => {
      throw new Error(`redis-server ended: ${readFileSync(join(folder, 'redis.log'), 'utf8').slice(-500)}`);
    });
    gone.catch(() => {});
    // A Redis that reads its data answers LOADING.
    const pong = async () => (await client.ping().catch(() => '')) === 'PONG';
    await Promise.race([until('Redis answers', pong, 15_000), gone]);
  }
  async function end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    child?.kill('SIGCONT');
    child?.kill(signal);
    await ended;
  }
  await start();
  return {
    port,
    folder,
    url: `redis://127.0.0.1:${port}`,
    client,
    get pid() {
      return child!.pid!;
    },
    signal: (signal) => void child!.kill(signal),
    end,
    start,
    async stop() {
      client.disconnect();
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface RedisCluster {
  url: string;
  /** The masters, each with a third of the slots; nodes that were added come after them. */
  nodes: RedisProcess[];
  /** One more master, without slots. */
  addNode(): Promise<RedisProcess>;
  /** Runs `redis-cli --cluster <args>`; answers what it printed, throws when it failed. */
  manage(...args: string[]): string;
  stop(): Promise<void>;
}

const manage = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('redis-cli', ['--cluster', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`redis-cli --cluster ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

/** Starts a cluster of three masters and resolves when every node knows every slot. */
export async function startCluster(args: string[] = []): Promise<RedisCluster> {
  const node = () => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', ...args]);
  const nodes = await Promise.all([node(), node(), node()]);
  const address = ({ port }: RedisProcess) => `127.0.0.1:${port}`;
  const whole = () =>
    until(
      'the cluster is whole',
      async () => {
        const infos = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'INFO') as Promise<string>));
        const known = `cluster_known_nodes:${nodes.length}\r`;
        return infos.every((info) => info.includes('cluster_state:ok') && info.includes(known));
      },
      20_000,
    );
  manage('create', ...nodes.map(address), '--cluster-yes');
  await whole();
  return {
    url: `redis-cluster://${nodes.map(address).join(',')}`,
    nodes,
    manage,
    async addNode() {
      const added = await node();
      manage('add-node', address(added), address(nodes[0]!));
      nodes.push(added);
      await whole();
      return added;
    },
    async stop() {
      await Promise.all(nodes.map((each) => each.stop()));
    },
  };
}
