/** T20: a Redis that is set up wrongly. The server does not start, and says in one line what to change; or it says what holds. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startFastQueue } from '../../src/index.ts';
import { built } from '../helpers/process.ts';
import { freePort, hasRedis } from '../helpers/redis.ts';
import { silent } from '../helpers/server.ts';
import { ALWAYS, aProxy, aRedis, aServer, isReady } from './onRedis.ts';

const EVERYSEC = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

beforeAll(built, 120_000);

/** The server does not start: exit code 78 and one line that names what to change. */
async function expectRefused(url: string, names: RegExp, env: Record<string, string> = {}): Promise<void> {
  const began = performance.now();
  const refusal = await aServer(url, env).catch((error) => error);
  expect(refusal).toMatchObject({ code: 78 });
  expect(refusal.message).toMatch(names);
  expect(refusal.message).toMatch(/^FastQueue did not start: .*\n$/);
  expect(performance.now() - began).toBeLessThan(10_000);
  console.log(`T20: ${refusal.message.trim()}`);
}

/** What the start-up block says about durability. */
async function durabilityOf(url: string): Promise<string> {
  const env = { FASTQUEUE_STORE: 'redis', FASTQUEUE_REDIS_URL: url, FASTQUEUE_PORT: '0' };
  const server = await startFastQueue({ env, log: silent });
  await server.close();
  const [, line] = /^\s*Durability\s+(.*)$/m.exec(server.summary)!;
  console.log(`T20: ${line}`);
  return line!;
}

describe.runIf(hasRedis)('T20: what holds is said', () => {
  it('without an append-only file, with one flushed every second, with one flushed always', async () => {
    const none = await durabilityOf((await aRedis()).url);
    const everysec = await durabilityOf((await aRedis(EVERYSEC)).url);
    const always = await durabilityOf((await aRedis(ALWAYS)).url);
    expect(none).toMatch(/appendonly|restart/);
    expect(everysec).toMatch(/second/);
    expect(always).toMatch(/power cut/);
    expect(new Set([none, everysec, always]).size).toBe(3);
  });

  it.each([
    ['everysec', EVERYSEC],
    ['everysec', ALWAYS],
    ['always', ALWAYS],
  ])('what is required as %s is there with %j', async (FASTQUEUE_REQUIRE_DURABILITY, args) => {
    const redis = await aRedis(args);
    const server = await aServer(redis.url, { FASTQUEUE_REQUIRE_DURABILITY });
    expect(await isReady(server)).toBe(true);
    expect(await server.kill('SIGTERM')).toBe(0);
  });
});

describe.runIf(hasRedis)('T20: what is wrong keeps the server from starting', () => {
  it.each([
    ['always', []],
    ['always', EVERYSEC],
    ['everysec', []],
  ])('%s is required, Redis has %j', async (FASTQUEUE_REQUIRE_DURABILITY, args: string[]) => {
    const { url } = await aRedis(args);
    await expectRefused(url, /FASTQUEUE_REQUIRE_DURABILITY.*append(only|fsync)/, { FASTQUEUE_REQUIRE_DURABILITY });
  });

  it('a memory policy that drops keys', async () => {
    const { url } = await aRedis(['--maxmemory-policy', 'allkeys-lru']);
    await expectRefused(url, /maxmemory-policy.*noeviction/);
  });

  it('a Redis before 7.0', async () => {
    const redis = await aRedis();
    const [, version] = /redis_version:(\S+)/.exec(await redis.client.info('server'))!;
    const proxy = await aProxy(redis);
    proxy.rewrite(version!, version!.replace(/^\d+/, '6'));
    await expectRefused(proxy.url, /7\.0/);
  });

  it('a replica', async () => {
    const master = await aRedis();
    const { url } = await aRedis(['--replicaof', '127.0.0.1', `${master.port}`]);
    await expectRefused(url, /replica/);
  });

  it('a wrong password, and none', async () => {
    const redis = await aRedis();
    await redis.client.config('SET', 'requirepass', 'right');
    await expectRefused(`redis://:wrong@127.0.0.1:${redis.port}`, /password/);
    await expectRefused(redis.url, /password/);
  });

  it('a port or socket where nothing is', async () => {
    await expectRefused(`redis://127.0.0.1:${await freePort()}`, /FASTQUEUE_REDIS_URL/);
    await expectRefused('unix:///nowhere/redis.sock', /FASTQUEUE_REDIS_URL/);
  });

  it('a database that is not there', async () => {
    const { url } = await aRedis();
    await expectRefused(`${url}/99`, /no database 99/);
  });

  it('a Sentinel that is none, and one that is not there', async () => {
    const redis = await aRedis();
    await expectRefused(`redis-sentinel://127.0.0.1:${redis.port}/main`, /names a master main/);
    await expectRefused(`redis-sentinel://127.0.0.1:${await freePort()}/main`, /names a master main/);
  });

  it.each([
    'nonsense',
    'unix:///tmp/%zz',
    'redis://127.0.0.1:99999',
    'http://127.0.0.1:6379',
    'redis://127.0.0.1:port',
    'redis-cluster://',
    'redis-sentinel://a:1',
  ])('the URL %s', (url) => expectRefused(url, /FASTQUEUE_REDIS_URL/));

  it('data of a newer layout', async () => {
    const redis = await aRedis();
    await redis.client.set('fq:{layout}', '2');
    await expectRefused(redis.url, /newer FastQueue/);
  });

  it('a URL that cannot be read shows no password', async () => {
    const refusal = await aServer('redis://user:secretly@127.0.0.1:port').catch((error) => error);
    expect(refusal).toMatchObject({ code: 78 });
    expect(refusal.message).not.toContain('secretly');
  });

  it.each([
    ['-fcall', /fcall.*users\.acl/i],
    ['-function', /function.*users\.acl/i],
    ['-zadd', /users\.acl/],
    ['resetkeys ~other:*', /keys.*users\.acl/],
    ['resetchannels', /channel.*users\.acl/],
  ])('a user with all rights but %s', async (rights, names) => {
    const redis = await aRedis();
    await redis.client.call('ACL', 'SETUSER', 'weak', 'on', '>pass', '~*', '&*', '+@all', ...rights.split(' '));
    await expectRefused(`redis://weak:pass@127.0.0.1:${redis.port}`, names);
  });
});

describe.runIf(hasRedis)('the forms of the URL', () => {
  it('a socket, a password, a database', async () => {
    const redis = await aRedis();
    const bySocket = await aServer(`unix://${join(redis.folder, 'redis.sock')}`);
    expect(await isReady(bySocket)).toBe(true);
    await redis.client.call('ACL', 'SETUSER', 'strong', 'on', '>p@ss/word', '~*', '&*', '+@all');
    const byPassword = await aServer(`redis://strong:${encodeURIComponent('p@ss/word')}@127.0.0.1:${redis.port}/3`);
    expect(await isReady(byPassword)).toBe(true);
    expect(await redis.client.info('keyspace')).toContain('db3:');
  });
});
