/**
 * Settings: a row each, from the environment or a `.env` file in the working directory (the environment wins). Names
 * are matched without regard to case. README's table and .env.example are compared with these rows by a test.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';

const text = z.string().min(1, 'a text that is not empty');
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const bool = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no']))
  .transform((value) => value === 'true' || value === '1' || value === 'yes');
const url = z.string().regex(/^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/);
const ports = z
  .string()
  .regex(/^\d{1,5}(\s*,\s*\d{1,5})*$/)
  .transform((value) => [...new Set(value.split(',').map(Number))])
  .pipe(z.array(z.number().max(65_535)));

interface Row<T> {
  name: string;
  schema: z.ZodType<T, string>;
  /** As it would stand in the environment; undefined when the setting has none. */
  byDefault?: string;
  /** What it takes, in words, for the error line. */
  takes: string;
  meaning: string;
}

const row = <T>(r: Row<T>): Row<T> => r;

export const settingRows = {
  host: row({
    name: 'FASTQUEUE_HOST',
    schema: text,
    byDefault: '127.0.0.1',
    takes: 'an address or host name',
    meaning: 'The address to listen on.',
  }),
  ports: row({
    name: 'FASTQUEUE_PORT',
    schema: ports,
    byDefault: '9080',
    takes: 'a port, or several separated by commas',
    meaning: 'The port, or a list of ports: `9080,4566,9324`.',
  }),
  store: row({
    name: 'FASTQUEUE_STORE',
    schema: z.enum(['embedded', 'memory', 'redis']),
    byDefault: 'embedded',
    takes: '`embedded`, `memory` or `redis`',
    meaning: 'Where messages are kept: on disk, in memory until the server stops, or in Redis.',
  }),
  dataDir: row({
    name: 'FASTQUEUE_DATA_DIR',
    schema: text,
    byDefault: './data',
    takes: 'a directory',
    meaning: 'The directory of the embedded store and of the secrets.',
  }),
  redisUrl: row({
    name: 'FASTQUEUE_REDIS_URL',
    schema: text,
    byDefault: 'redis://127.0.0.1:6379',
    takes: 'a Redis URL',
    meaning: 'Where Redis is; for `FASTQUEUE_STORE=redis`. Its forms: *Running several servers*.',
  }),
  redisPrefix: row({
    name: 'FASTQUEUE_REDIS_PREFIX',
    schema: z.string().regex(/^[\w.-]{1,64}$/),
    byDefault: 'fq',
    takes: '1 to 64 letters, digits, `.`, `_`, `-`',
    meaning: 'What every key in Redis begins with; servers with another prefix know nothing of each other.',
  }),
  requireDurability: row({
    name: 'FASTQUEUE_REQUIRE_DURABILITY',
    schema: z.enum(['none', 'everysec', 'always']),
    byDefault: 'none',
    takes: '`none`, `everysec` or `always`',
    meaning: 'The server does not start on a Redis whose `appendfsync` promises less.',
  }),
  waitReplicas: row({
    name: 'FASTQUEUE_WAIT_REPLICAS',
    schema: whole(0, 10),
    byDefault: '0',
    takes: 'a number of replicas, 0 to 10',
    meaning: 'How many replicas of Redis must have a write in memory before it is answered.',
  }),
  publicUrl: row({
    name: 'FASTQUEUE_PUBLIC_URL',
    schema: url.transform((value) => value.replace(/\/+$/, '')),
    takes: 'an http(s) URL',
    meaning:
      'How clients reach this server; QueueUrls begin with it. Unset: the host of the request in `dev`, else the host name.',
  }),
  profile: row({
    name: 'FASTQUEUE_PROFILE',
    schema: z.enum(['dev', 'production']),
    takes: '`dev` or `production`',
    meaning: 'Unset: `dev` on a loopback address or with `debug`, else `production`.',
  }),
  accountId: row({
    name: 'FASTQUEUE_ACCOUNT_ID',
    schema: z.string().regex(/^\d{12}$/),
    byDefault: '000000000000',
    takes: '12 digits',
    meaning: 'The account of the server: in ARNs and QueueUrls.',
  }),
  region: row({
    name: 'FASTQUEUE_REGION',
    schema: z.string().regex(/^[a-z]{2}(-[a-z]+){1,3}-\d{1,2}$/),
    byDefault: 'us-east-1',
    takes: 'a region such as `us-east-1`',
    meaning: 'The region of requests that name none.',
  }),
  fidelity: row({
    name: 'FASTQUEUE_FIDELITY',
    schema: z.enum(['relaxed', 'strict']),
    takes: '`relaxed` or `strict`',
    meaning:
      "Whether AWS's two bans of 60 seconds hold: PurgeQueue again, and a new queue with a deleted one's name; `strict` also keeps errors to AWS's texts in `dev`. Unset: `relaxed` in `dev`, `strict` in `production`.",
  }),
  registration: row({
    name: 'FASTQUEUE_REGISTRATION',
    schema: z.enum(['open', 'closed']),
    takes: '`open` or `closed`',
    meaning: 'Whether anybody may register over REST. Unset: open in `dev`, closed in `production`.',
  }),
  diskReserveMb: row({
    name: 'FASTQUEUE_DISK_RESERVE_MB',
    schema: whole(0, 1_000_000),
    byDefault: '256',
    takes: 'whole megabytes',
    meaning: 'With less free disk space than this, sends answer 503; receives and deletes go on.',
  }),
  jwtSecretKey: row({
    name: 'JWT_SECRET_KEY',
    schema: text,
    takes: 'a text',
    meaning: 'Signs access tokens. Unset: generated and kept in the data directory.',
  }),
  jwtRefreshSecretKey: row({
    name: 'JWT_REFRESH_SECRET_KEY',
    schema: text,
    takes: 'a text',
    meaning: 'Signs refresh tokens. Unset: generated and kept in the data directory.',
  }),
  jwtAlgorithm: row({
    name: 'JWT_ALGORITHM',
    schema: z.enum(['HS256', 'HS384', 'HS512']),
    byDefault: 'HS256',
    takes: '`HS256`, `HS384` or `HS512`',
    meaning: 'The algorithm of the tokens.',
  }),
  accessMinutes: row({
    name: 'JWT_ACCESS_TOKEN_EXPIRE_MINUTES',
    schema: whole(1, 525_600),
    byDefault: '15',
    takes: 'minutes, 1 to 525600',
    meaning: 'How long an access token is good.',
  }),
  refreshMinutes: row({
    name: 'JWT_REFRESH_TOKEN_EXPIRE_MINUTES',
    schema: whole(1, 5_256_000),
    byDefault: '10080',
    takes: 'minutes, 1 to 5256000',
    meaning: 'How long a refresh token is good.',
  }),
  apiKey: row({
    name: 'api_key',
    schema: z.string().min(8),
    takes: 'a text of at least 8 characters',
    meaning: 'One more accepted bearer key on REST; it belongs to the default user.',
  }),
  maxQueueLength: row({
    name: 'max_queue_length',
    schema: whole(1, 2_000_000_000),
    takes: 'a whole number from 1',
    meaning: 'The `max_length` of new queues: 10000 over REST when unset; over SQS no limit unless set.',
  }),
  visibilityTimeoutSeconds: row({
    name: 'visibility_timeout_seconds',
    schema: whole(0, 43_200),
    byDefault: '30',
    takes: 'seconds, 0 to 43200',
    meaning: 'The visibility timeout of queues that are created without one.',
  }),
  restoreIntervalMs: row({
    name: 'restore_interval_ms',
    schema: whole(1, 3_600_000),
    byDefault: '500',
    takes: 'milliseconds, from 1',
    meaning: 'Upper bound on how late an expired message may reappear. Kept for old set-ups: it reappears on time.',
  }),
  defaultUsername: row({
    name: 'default_username',
    schema: text,
    byDefault: 'admin',
    takes: 'a user name',
    meaning: 'The first user, created when there is none.',
  }),
  defaultPassword: row({
    name: 'default_password',
    schema: text,
    takes: 'a password',
    meaning: 'The password of the first user. Unset: `password` in `dev`, a random one printed once in `production`.',
  }),
  verifyTokenCacheTtlSeconds: row({
    name: 'verify_token_cache_ttl_seconds',
    schema: whole(0, 86_400),
    byDefault: '900',
    takes: 'seconds, 0 to 86400',
    meaning: 'How long a verified token is remembered; never beyond its end, a new password or a deleted user.',
  }),
  verifyTokenCacheMaxsize: row({
    name: 'verify_token_cache_maxsize',
    schema: whole(0, 1_000_000),
    byDefault: '100',
    takes: 'a whole number',
    meaning: 'How many verified tokens are remembered.',
  }),
  debug: row({
    name: 'debug',
    schema: bool,
    byDefault: 'false',
    takes: '`true` or `false`',
    meaning: 'A line for every request; profile `dev`; REST calls without a token act as the default user.',
  }),
} satisfies Record<string, Row<unknown>>;

type Rows = typeof settingRows;
type Values = { [K in keyof Rows]: z.output<Rows[K]['schema']> };
/** Settings without a default may be undefined. */
type Unset =
  | 'publicUrl'
  | 'profile'
  | 'registration'
  | 'fidelity'
  | 'jwtSecretKey'
  | 'jwtRefreshSecretKey'
  | 'apiKey'
  | 'maxQueueLength'
  | 'defaultPassword';
export type Settings = Omit<Values, Unset> &
  Partial<Omit<Pick<Values, Unset>, 'profile' | 'registration' | 'fidelity'>> & {
    profile: 'dev' | 'production';
    registration: 'open' | 'closed';
    fidelity: 'relaxed' | 'strict';
  };

/** A setting that is wrong: the server does not start. The message is one line for the person at the terminal. */
export class SettingError extends Error {}

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;

/** Whether an address is reachable from this machine only. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** The environment with the `.env` of the working directory below it. */
export function environment(): Record<string, string | undefined> {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const names = new Set(Object.keys(process.env).map((name) => name.toLowerCase()));
  const below = Object.entries(file).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(below), ...process.env };
}

/**
 * Reads all settings from `env`.
 * @throws SettingError naming the first setting that is wrong, what it got and what it takes.
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = new Map(Object.entries(env).map(([name, value]) => [name.toLowerCase(), value]));
  const read: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settingRows) as [string, Row<unknown>][]) {
    // An empty value is what `FOO=` in a file and a compose file's unset variable give: not set.
    const value = given.get(setting.name.toLowerCase()) || setting.byDefault;
    if (value === undefined) continue;
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success) throw new SettingError(wrong(setting, value));
    read[key] = parsed.data;
  }
  const settings = read as unknown as Settings;
  settings.profile ??= isLoopback(settings.host) || settings.debug ? 'dev' : 'production';
  settings.registration ??= settings.profile === 'dev' ? 'open' : 'closed';
  settings.fidelity ??= settings.profile === 'dev' ? 'relaxed' : 'strict';
  return settings;
}

function wrong(setting: Row<unknown>, value: string): string {
  const secret = /key|password|redis_url/i.test(setting.name);
  return `${setting.name} is ${secret ? 'not usable' : JSON.stringify(value.slice(0, 100))}: it takes ${setting.takes}.`;
}
