/** The copy as a command: `npm run store:copy -- --from embedded:<data directory> --to redis:<redis URL>`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environment, readSettings, SettingError } from '../../config.ts';
import { systemClock } from '../../model/clock.ts';
import { dataFile } from '../embedded/environment.ts';
import { openEmbedded } from '../embedded/store.ts';
import { openRedis } from '../redis/store.ts';
import { parseRedisUrl } from '../redis/url.ts';
import { StartupError } from '../store.ts';
import { type Copied, copyStore } from './copy.ts';
import { type Output, progressOn } from './progress.ts';

const USAGE = `usage: npm run store:copy -- --from embedded:<data directory> --to redis:<redis URL>
  e.g. npm run store:copy -- --from embedded:./data --to redis:redis://127.0.0.1:6379
Copies queues, messages, users and secrets of a stopped server to the prefix FASTQUEUE_REDIS_PREFIX in Redis and compares
them. Started again after an interruption it goes on.
`;

const EXIT = { done: 0, different: 1, usage: 2, failed: 70, setting: 78 };

interface Way {
  dataDir: string;
  url: string;
}

/** What the arguments say; undefined when they are not as the usage says. */
function wayOf(args: string[]): Way | undefined {
  try {
    const { values } = parseArgs({ args, options: { from: { type: 'string' }, to: { type: 'string' } } });
    const [, dataDir] = /^embedded:(.+)$/.exec(values.from ?? '') ?? [];
    const [, url] = /^redis:(.+)$/.exec(values.to ?? '') ?? [];
    if (dataDir === undefined || url === undefined || parseRedisUrl(url) === undefined) return undefined;
    return { dataDir: resolve(dataDir), url };
  } catch {
    return undefined;
  }
}

/** Runs the command; answers its exit code. */
export async function run(args: string[], out: Output, errors: Output): Promise<number> {
  const way = wayOf(args);
  if (way === undefined) {
    errors.write(USAGE);
    return EXIT.usage;
  }
  try {
    const copied = await copy(way, out);
    for (const difference of copied.differences) errors.write(`Not copied right: ${difference}.\n`);
    out.write(summaryOf(copied));
    return copied.differences.length > 0 ? EXIT.different : EXIT.done;
  } catch (error) {
    errors.write(`Not copied: ${(error as Error).message.replaceAll('FASTQUEUE_REDIS_URL', '--to')}\n`);
    if (error instanceof StartupError) return error.exitCode;
    return error instanceof SettingError ? EXIT.setting : EXIT.failed;
  }
}

async function copy({ dataDir, url }: Way, out: Output): Promise<Copied> {
  const { redisPrefix: prefix, requireDurability, waitReplicas } = readSettings(environment());
  if (!existsSync(dataFile(dataDir))) {
    throw new StartupError(78, `There is no data in ${dataDir}: --from takes the data directory of a server.`);
  }
  const clock = systemClock();
  const from = await openEmbedded({ dataDir, durable: true, clock, diskReserveBytes: 0, fatal: broken });
  try {
    const to = await openRedis({ url, prefix, clock, virtual: false, requireDurability, waitReplicas, fatal: broken });
    try {
      return await copyStore(from, to, progressOn(out));
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

function broken(exitCode: number, reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exit(exitCode);
}

function summaryOf({ queues, messages, users, damaged, differences }: Copied): string {
  if (differences.length > 0)
    return 'No queue is in use in Redis. Start the command again: it copies anew what differs.\n';
  const left = damaged > 0 ? ` Damaged messages were left out: ${damaged}.` : '';
  return `Copied and compared: queues ${queues}, messages ${messages}, users ${users}.${left}\n`;
}

if (process.argv[1]?.endsWith('store/copy/main.js')) {
  // What the embedded store makes, a secret perhaps, is for this user alone.
  process.umask(0o077);
  process.exit(await run(process.argv.slice(2), process.stdout, process.stderr));
}
