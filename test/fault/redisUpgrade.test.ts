/** An upgrade: servers of two builds, whose libraries differ in one constant, share a Redis and their queues. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { compileLibrary, named } from '../../src/store/redis/build.ts';
import { built, spawnServer } from '../helpers/process.ts';
import { hasRedis } from '../helpers/redis.ts';
import { faultMs, judge, openLoad, otherErrors } from './load.ts';
import { aRedis, aServer } from './onRedis.ts';

beforeAll(built, 120_000);

/** A copy of the build whose library is another one; answers its main file. */
function otherBuild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fastqueue-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync('dist', join(folder, 'dist'), { recursive: true });
  cpSync('package.json', join(folder, 'package.json'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'dist/src/store/redis/library.lua');
  const [, ...lines] = readFileSync(file, 'utf8').split('\n');
  const changed = lines.join('\n').replace('LOOK_LIMIT = 100', 'LOOK_LIMIT = 99');
  expect(changed).not.toBe(lines.join('\n'));
  writeFileSync(file, named(changed.replaceAll(/fastqueue_[0-9a-f]{12}/g, 'LIBRARY')));
  return join(folder, 'dist/src/main.js');
}

describe.runIf(hasRedis)('an upgrade', () => {
  it('two builds give the same library byte for byte', () => {
    expect(readFileSync('dist/src/store/redis/library.lua', 'utf8')).toBe(compileLibrary());
  });

  it('servers of two versions work side by side', async () => {
    const redis = await aRedis();
    const old = await aServer(redis.url);
    const settings = { FASTQUEUE_STORE: 'redis', FASTQUEUE_REDIS_URL: redis.url };
    const young = await spawnServer(settings, { main: otherBuild() });
    onTestFinished(async () => {
      await young.kill('SIGKILL');
    });
    const libraries = (await redis.client.call('FUNCTION', 'LIST')) as unknown[];
    expect(libraries).toHaveLength(2);
    const load = await openLoad([old.endpoint, young.endpoint], 1);
    load.produce();
    load.consume();
    await pause(faultMs(3000));
    await load.drain();
    judge('upgrade', load);
    expect(otherErrors(load.calls)).toEqual([]);
  });
});
