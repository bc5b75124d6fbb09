/**
 * What Redis is set to, and what a 200 therefore means (reliability.md §1). Nothing of it is ours to change: the server
 * says it aloud at the start, and does not start where more is asked for.
 */
import type { Redis } from 'ioredis';
import { StartupError } from '../store.ts';
import { tooOld } from './library.ts';

/** From least to most. */
export const LEVELS = ['none', 'everysec', 'always'] as const;
export type Level = (typeof LEVELS)[number];

export interface Durability {
  level: Level;
  /** One sentence. */
  text: string;
  /** The fewest that a master has. */
  replicas: number;
}

const TEXTS: Record<Level, string> = {
  none: 'a 200 on SendMessage means in memory of Redis, which keeps no log (appendonly no): a restart of Redis can lose everything',
  everysec:
    'a 200 on SendMessage means in memory of Redis and on its disk within a second (appendfsync everysec): a power cut can lose up to about a second',
  always:
    'a 200 on SendMessage means written and flushed to the disk of Redis (appendfsync always): it survives a kill and a power cut',
};

/** What Redis must be. */
export interface Demands {
  required: Level;
  waitReplicas: number;
  isCluster: boolean;
}

/** The settings of one master; `undefined` where it does not let us ask. */
interface Settings {
  appendonly: string | undefined;
  appendfsync: string | undefined;
  replicas: number;
}

/**
 * Reads what every master is set to and answers the weakest.
 * @throws StartupError 78 for a Redis before 7.0, a replica, an eviction policy, a missing right, or less than `required`
 */
export async function readDurability(
  masters: Redis[],
  { required, waitReplicas, isCluster }: Demands,
): Promise<Durability> {
  const all = await Promise.all(masters.map((node) => settingsOf(node, isCluster)));
  const level = LEVELS[Math.min(...all.map((settings) => LEVELS.indexOf(levelOf(settings))))]!;
  if (LEVELS.indexOf(level) < LEVELS.indexOf(required)) {
    throw new StartupError(
      78,
      `FASTQUEUE_REQUIRE_DURABILITY is ${required}, but Redis is set to less (${wordsOf(all)}): set appendonly yes and appendfsync ${required} in its configuration.`,
    );
  }
  const replicas = Math.min(...all.map((settings) => settings.replicas));
  const more = waitReplicas > 0 ? `; and on ${waitReplicas} replica${waitReplicas > 1 ? 's' : ''} in memory` : '';
  return { level, text: `${TEXTS[level]}${more}`, replicas };
}

/** @throws StartupError 78 when there are fewer replicas than answers are to wait for */
export function checkReplicas({ replicas }: Durability, { waitReplicas }: Demands): void {
  if (replicas >= waitReplicas) return;
  throw new StartupError(
    78,
    `FASTQUEUE_WAIT_REPLICAS is ${waitReplicas}, but a master has ${replicas} in step (state=online): connect more, wait until they are, or ask for fewer.`,
  );
}

const levelOf = ({ appendonly, appendfsync }: Settings): Level => {
  if (appendonly !== 'yes') return 'none';
  return appendfsync === 'always' || appendfsync === 'everysec' ? appendfsync : 'none';
};

const wordsOf = (all: Settings[]): string =>
  [...new Set(all.map(({ appendonly, appendfsync }) => `appendonly ${appendonly}, appendfsync ${appendfsync}`))].join(
    '; ',
  );

async function settingsOf(node: Redis, isCluster: boolean): Promise<Settings> {
  const info = await rightly('info', node.info());
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = fact('redis_version') ?? '0';
  if (Number.parseInt(version, 10) < 7) throw tooOld(version);
  const { host, port } = node.options;
  if (fact('redis_mode') === 'cluster' && !isCluster) {
    throw new StartupError(
      78,
      `Redis at ${host}:${port} is a node of a cluster: use redis-cluster:// in FASTQUEUE_REDIS_URL.`,
    );
  }
  if (fact('role') !== 'master') {
    throw new StartupError(
      78,
      `Redis at ${host}:${port} is a read-only replica: name its master in FASTQUEUE_REDIS_URL, or use redis-sentinel://.`,
    );
  }
  const settings = await configOf(node);
  const { 'maxmemory-policy': policy, appendonly, appendfsync } = settings;
  if (policy !== 'noeviction') {
    throw new StartupError(
      78,
      `Redis has maxmemory-policy ${policy}: it would throw messages away when it is full. Set maxmemory-policy noeviction.`,
    );
  }
  return { appendonly, appendfsync, replicas: info.match(/^slave\d+:.*state=online/gm)?.length ?? 0 };
}

async function configOf(node: Redis): Promise<Record<string, string>> {
  const asked = ['appendonly', 'appendfsync', 'maxmemory-policy'];
  const answers = await rightly(
    'config|get',
    Promise.all(asked.map((name) => node.config('GET', name) as Promise<unknown>)),
  );
  const pairs = answers.map((answer, i) => [
    asked[i]!,
    Array.isArray(answer) ? answer[1] : (answer as Record<string, string>)[asked[i]!],
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** What Redis answers, or a StartupError that names the right which its user lacks. */
async function rightly<T>(right: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw lacking((error as Error).message, right) ?? error;
  }
}

/** The StartupError for a refusal by ACL; undefined for any other. */
export function lacking(message: string, right?: string): StartupError | undefined {
  if (!/NOPERM|no permissions|can't run this command|can't access|can't publish/i.test(message)) return undefined;
  const words = message.split('\n', 1)[0]!.slice(0, 200);
  const what = right === undefined ? words : `+${right} is missing: ${words}`;
  return new StartupError(
    78,
    `The Redis user has not every right it needs (${what}). examples/redis/users.acl lists them.`,
  );
}
