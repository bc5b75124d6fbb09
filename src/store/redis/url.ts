/**
 * FASTQUEUE_REDIS_URL, the one way to say where Redis is:
 *
 *   redis://[user:password@]host[:port][/db]                    one Redis; rediss:// over TLS
 *   unix://[user:password@]/path/to/redis.sock[?db=n]           one Redis by its socket
 *   redis-sentinel://[user:password@]host[:port],…/<name>[/db]  the master of that name, found by Sentinel
 *   redis-cluster://[user:password@]host[:port],…               a cluster, found by any of its nodes
 *
 * rediss-sentinel:// and rediss-cluster:// are the same over TLS. User and password are percent-encoded.
 */
export interface RedisAddress {
  kind: 'single' | 'sentinel' | 'cluster';
  nodes: { host: string; port: number }[];
  /** Of a single Redis by its socket. */
  path?: string;
  /** Of the master that Sentinel watches. */
  masterName?: string;
  username?: string;
  password?: string;
  db: number;
  tls: boolean;
}

/** Where it is, without anything secret. */
export const whereOf = ({ path, nodes }: RedisAddress): string =>
  path ?? nodes.map(({ host, port }) => `${host}:${port}`).join(', ');

const FORM =
  /^(redis|rediss|unix|rediss?-sentinel|rediss?-cluster):\/\/(?:([^@/]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?db=(\d+))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;

/** What the URL says, or undefined when it is none of the forms above. */
export function parseRedisUrl(url: string): RedisAddress | undefined {
  const [, scheme = '', credential, hosts = '', path = '', query] = FORM.exec(url) ?? [];
  if (scheme === '') return undefined;
  const [, kind = 'single'] = scheme.split('-') as [string, RedisAddress['kind']?];
  const tls = scheme.startsWith('rediss');
  const who = credentialOf(credential);
  if (who === undefined) return undefined;
  if (scheme === 'unix') {
    if (hosts !== '' || path.length < 2) return undefined;
    const file = decoded(path);
    if (file === undefined) return undefined;
    return { kind, nodes: [], path: file, ...who, db: Number(query ?? 0), tls };
  }
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind === 'sentinel' ? 26_379 : 6379));
  if (query !== undefined || nodes.includes(undefined) || (kind === 'single' && nodes.length > 1)) return undefined;
  const [, ...segments] = path.split('/');
  const masterName = kind === 'sentinel' ? segments.shift() : undefined;
  const db = segments.shift() || '0';
  if (masterName === '' || (kind === 'sentinel' && masterName === undefined)) return undefined;
  if (!/^\d{1,4}$/.test(db) || segments.length > 0 || (kind === 'cluster' && db !== '0')) return undefined;
  const known = nodes as RedisAddress['nodes'];
  return { kind, nodes: known, ...(masterName && { masterName }), ...who, db: Number(db), tls };
}

function credentialOf(text: string | undefined): { username?: string; password?: string } | undefined {
  if (text === undefined || text === '') return {};
  const colon = text.indexOf(':');
  const username = decoded(colon < 0 ? text : text.slice(0, colon));
  const password = decoded(colon < 0 ? '' : text.slice(colon + 1));
  if (username === undefined || password === undefined) return undefined;
  return { ...(username && { username }), ...(password && { password }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function nodeOf(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const [, host, port] = HOST.exec(text) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? defaultPort) };
}
