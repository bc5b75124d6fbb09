/**
 * startFastQueue: reads the settings, opens the store, builds the faces, listens. The only file that knows all others.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { jsonFace } from '../compat/json.ts';
import { queryFace } from '../compat/query.ts';
import type { Services } from './actions/context.ts';
import { actions } from './actions/index.ts';
import { authenticator } from './auth/authenticate.ts';
import { keyWarnings, openTokens } from './auth/jwt.ts';
import { ensureFirstUser, people } from './auth/users.ts';
import { environment, isLoopback, readSettings, type Settings } from './config.ts';
import { LIMITS } from './contract/limits.ts';
import { dispatcher } from './dispatch.ts';
import { startAgenda } from './engine/agenda.ts';
import { movesOver } from './engine/moves.ts';
import { pumpFor } from './engine/pump.ts';
import { tasksOver } from './engine/tasks.ts';
import { listen } from './http/server.ts';
import { createLog, type Log } from './log.ts';
import { type Clock, systemClock } from './model/clock.ts';
import { newSecret } from './model/ids.ts';
import { receipts } from './model/receipt.ts';
import { restApp } from './rest/app.ts';
import { restFace } from './rest/face.ts';
import { openEmbedded } from './store/embedded/store.ts';
import { openRedis } from './store/redis/store.ts';
import type { Store } from './store/store.ts';

/** From package.json, which stands one level above the sources and two above the build. */
const PACKAGE = new URL(import.meta.url.includes('/dist/') ? '../../package.json' : '../package.json', import.meta.url);
export const VERSION = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;

/** How long a drain may take before connections are cut; the store closes after it, within ten seconds in all. */
const DRAIN_MS = 9000;

/** max_length of queues created over REST when nothing is set (fastqueue-rest.md §1). */
const REST_MAX_LENGTH = 10_000;

export interface FastQueueOptions {
  /** In the place of the environment and `.env`: names as in the README. */
  env?: Record<string, string | undefined>;
  /** In the place of the machine's clock. */
  clock?: Clock;
  log?: Log;
  /** The storage has failed for good. By default the process ends with `exitCode`. */
  fatal?: (exitCode: number, reason: string) => void;
}

export interface FastQueue {
  /** `http://host:port` of the first port. */
  endpoint: string;
  settings: Settings;
  store: Store;
  log: Log;
  /** What a person is told at the start. */
  summary: string;
  /** Answers open polls, finishes what is under way within ten seconds, closes the store. */
  close(): Promise<void>;
}

/**
 * Starts a server and resolves when it answers.
 * @throws SettingError, StartupError, or the system's error when an address cannot be listened on
 */
export async function startFastQueue(options: FastQueueOptions = {}): Promise<FastQueue> {
  const settings = readSettings(options.env ?? environment());
  const log = options.log ?? createLog(settings.debug);
  const clock = options.clock ?? systemClock();
  const store = await openStore(settings, options, clock, log);
  try {
    return await serve(settings, store, clock, log);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore(settings: Settings, options: FastQueueOptions, clock: Clock, log: Log): Promise<Store> {
  const fatal = options.fatal ?? dying(log);
  if (settings.store === 'redis') {
    const { redisUrl: url, redisPrefix: prefix, requireDurability, waitReplicas } = settings;
    const virtual = options.clock !== undefined;
    return openRedis({ url, prefix, clock, virtual, requireDurability, waitReplicas, fatal });
  }
  return openEmbedded({
    dataDir: resolve(settings.dataDir),
    durable: settings.store === 'embedded',
    clock,
    diskReserveBytes: settings.diskReserveMb * 1024 * 1024,
    fatal,
    damaged: (queue) => log.error({ queue }, 'a damaged message was set aside and is not delivered'),
  });
}

const dying = (log: Log) => (exitCode: number, reason: string) => {
  log.fatal({ exitCode }, reason);
  // A thread that hangs in the kernel would hold up the exit for as long, with every connection still open.
  spawn('sh', ['-c', `sleep 1; kill -9 ${process.pid}`], { detached: true, stdio: 'ignore' }).unref();
  process.exit(exitCode);
};

async function serve(settings: Settings, store: Store, clock: Clock, log: Log): Promise<FastQueue> {
  const { users, secrets } = store;
  const warnings = keyWarnings(settings);
  const tokens = await openTokens(settings, secrets, clock);
  const firstUser = await ensureFirstUser(users, settings, clock);
  const authenticate = authenticator({ users, tokens, settings });
  const moves = movesOver(store, log);
  const pump = pumpFor(store, moves, clock);
  const tasks = tasksOver(store, moves, clock);
  const services: Services = {
    store,
    pump,
    moves,
    tasks,
    receipts: receipts(await secrets.get('receipts', newSecret)),
    clock,
    visibilitySecondsDefault: settings.visibilityTimeoutSeconds,
    maxLengthDefault: settings.maxQueueLength ?? null,
    banMs: settings.fidelity === 'strict' ? LIMITS.banSeconds * 1000 : 0,
    hints: settings.profile === 'dev' && settings.fidelity === 'relaxed',
  };
  let origin = '';
  const dispatch = dispatcher({
    actions,
    services,
    authenticate,
    originOf: (host) => settings.publicUrl ?? (settings.profile === 'dev' && host ? `http://${host}` : origin),
    defaultRegion: settings.region,
    log,
  });
  const app = restApp({
    services,
    maxLengthDefault: settings.maxQueueLength ?? REST_MAX_LENGTH,
    dispatch,
    authenticate,
    people: people({ users, tokens, clock, accountId: settings.accountId }),
    settings,
    version: VERSION,
  });
  const server = await listen({
    faces: [restFace, jsonFace, queryFace],
    webFace: restFace,
    dispatch,
    web: app,
    host: settings.host,
    ports: settings.ports,
  });
  const [port] = server.ports;
  origin = `http://${hostname()}:${port}`;
  const agenda = startAgenda({ store, moves, tasks, clock, log });
  const endpoint = `http://${urlHost(settings.host)}:${port}`;
  if (firstUser.warning) warnings.push(firstUser.warning);
  if (settings.profile === 'dev' && !isLoopback(settings.host)) {
    warnings.push(`Profile dev on ${settings.host}: whoever reaches this address may do everything.`);
  }
  return {
    endpoint,
    settings,
    store,
    log,
    summary: summaryOf(settings, store, endpoint, firstUser.signIn, warnings),
    async close() {
      pump.drain();
      await server.close(DRAIN_MS);
      await agenda.stop();
      await moves.stop();
      await store.close();
    },
  };
}

const isEverywhere = (host: string) => host === '0.0.0.0' || host === '::';

/** A host as it stands in a URL that a client on this machine can use. */
function urlHost(host: string): string {
  if (isEverywhere(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function summaryOf(settings: Settings, store: Store, endpoint: string, signIn: string, warnings: string[]): string {
  const { profile, region, ports } = settings;
  const others = ports.length > 1 ? ` (and ports ${ports.slice(1).join(', ')})` : '';
  const facts: [string, string][] = [
    [
      'Address',
      `${endpoint}${others}${isEverywhere(settings.host) ? ', and every other address of this machine' : ''}`,
    ],
    ['Store', `${store.name}, ${store.place}`],
    ['Durability', store.durability],
    [
      'Profile',
      profile === 'dev'
        ? 'dev: any AWS key is accepted, signatures are not checked'
        : 'production: AWS requests answer 403 until signatures can be checked; REST takes tokens',
    ],
    ['Sign in', `${signIn} (POST ${endpoint}/v1/auth/login)`],
  ];
  if (profile === 'dev') {
    facts.push(['AWS SDK', `export AWS_ENDPOINT_URL_SQS=${endpoint} AWS_REGION=${region}`]);
    facts.push(['', 'export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test']);
  }
  facts.push(...warnings.map((warning): [string, string] => ['Warning', warning]));
  const lines = facts.map(([name, text]) => `  ${name.padEnd(12)}${text}`);
  return `FastQueue ${VERSION} is running.\n\n${lines.join('\n')}\n\n`;
}
