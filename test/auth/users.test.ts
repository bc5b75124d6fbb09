import { hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { TooManyAttempts } from '../../src/auth/attempts.ts';
import { type AuthenticateOptions, authenticator } from '../../src/auth/authenticate.ts';
import { openTokens } from '../../src/auth/jwt.ts';
import { passwords } from '../../src/auth/passwords.ts';
import { ensureFirstUser, type FirstUserSettings, people } from '../../src/auth/users.ts';
import type { HttpRequest } from '../../src/contract/face.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { memorySecrets, memoryUsers } from '../helpers/memoryUsers.ts';

const ADA = { username: 'ada', password: 'correct horse' };
const WRONG = { username: 'ada', password: 'wrong' };
const HERE = '127.0.0.1';
const TOKEN_SETTINGS = {
  profile: 'dev',
  jwtAlgorithm: 'HS256',
  accessMinutes: 15,
  refreshMinutes: 60,
  verifyTokenCacheTtlSeconds: 900,
  verifyTokenCacheMaxsize: 100,
} as const;

async function setUp(settings: Partial<AuthenticateOptions['settings']> = {}) {
  const clock = fakeClock();
  const users = memoryUsers();
  const tokens = await openTokens(TOKEN_SETTINGS, memorySecrets(), clock);
  const all = {
    profile: 'dev',
    debug: false,
    accountId: '000000000000',
    region: 'us-east-1',
    defaultUsername: 'admin',
    ...settings,
  } as const;
  const { aws, rest } = authenticator({ users, tokens, settings: all });
  return { clock, users, tokens, aws, rest, people: people({ users, tokens, clock, accountId: all.accountId }) };
}

const requestWith = (authorization?: string, query = ''): HttpRequest => ({
  method: 'POST',
  path: '/000000000000/orders',
  query,
  headers: authorization === undefined ? {} : { authorization },
  body: Buffer.alloc(0),
  id: 'id',
  remote: HERE,
});
const bearer = (token: string) => requestWith(`Bearer ${token}`);

const UNAUTHENTICATED = { error: 'NotAuthenticated', message: 'Could not validate credentials' };
const INVALID = { error: 'NotAuthenticated', message: 'Invalid credentials' };
const STALE = { error: 'NotAuthenticated', message: 'Invalid or expired refresh token' };
const THROTTLED = { error: 'RequestThrottled', message: 'Too many log-in attempts. Try again later.' };

describe('passwords', () => {
  it('are argon2id with OWASP parameters, each with a salt of its own', async () => {
    const { hash, matches } = passwords();
    const [one, two] = await Promise.all([hash('secret'), hash('secret')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await matches(one, 'secret')).toBe(true);
    expect(await matches(one, 'Secret')).toBe(false);
    expect(await matches(undefined, 'secret')).toBe(false);
  });

  it('are the same however an accent was typed, and are not cut', async () => {
    const { hash, matches } = passwords();
    expect(await matches(await hash('caf\u00e9'), 'cafe\u0301')).toBe(true);
    expect(await matches(await hash('a'.repeat(127)), `${'a'.repeat(127)}b`)).toBe(false);
  });

  it('verify by the parameters that a hash names', async () => {
    const other = await hash('secret', { memoryCost: 8192, timeCost: 3, parallelism: 1 });
    expect(await passwords().matches(other, 'secret')).toBe(true);
  });

  it('work one at a time, 20 wait, the others are refused at once', async () => {
    const { matches } = passwords();
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => matches(undefined, 'x')));
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(4);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(TooManyAttempts);
    expect(await matches(undefined, 'x')).toBe(false);
  });
});

describe('people', () => {
  it('register once and log in', async () => {
    const { people, users } = await setUp();
    await people.register(ADA);
    await expect(people.register(ADA)).rejects.toMatchObject({ message: 'Username already exists' });
    expect(await users.find('ada')).toMatchObject({ role: 'member', account: '000000000000' });
    const pair = await people.login(ADA, HERE);
    expect(pair).toMatchObject({ token_type: 'bearer', expires_in: 900 });
    expect(pair.access_token).not.toBe(pair.refresh_token);
  });

  it('one of two registrations of a name at the same time wins', async () => {
    const { people } = await setUp();
    const outcomes = await Promise.allSettled([people.register(ADA), people.register(ADA)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it.each(['__proto__', 'constructor', 'toString', 'ада', "a'b"])('may be called %s', async (username) => {
    const { people } = await setUp();
    await expect(people.login({ ...ADA, username }, HERE)).rejects.toMatchObject(INVALID);
    await people.register({ ...ADA, username });
    expect(await people.login({ ...ADA, username }, HERE)).toHaveProperty('access_token');
  });

  it('answers a wrong password and an unknown user alike, in as much time', async () => {
    const { people, clock } = await setUp();
    await people.register(ADA);
    const times: Record<string, number[]> = { ada: [], nobody: [] };
    for (let i = 0; i < 15; i += 1) {
      for (const username of ['ada', 'nobody']) {
        clock.advance(16 * 60_000);
        const start = performance.now();
        await expect(people.login({ username, password: 'wrong' }, HERE)).rejects.toMatchObject(INVALID);
        times[username]!.push(performance.now() - start);
      }
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[7]!;
    const ratio = median(times.ada!) / median(times.nobody!);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('leave, and their tokens with them', async () => {
    const { people, rest, users } = await setUp();
    await people.register(ADA);
    const { access_token, refresh_token } = await people.login(ADA, HERE);
    await rest(bearer(access_token));
    await expect(people.remove(WRONG, HERE)).rejects.toMatchObject(INVALID);
    await people.remove(ADA, HERE);
    expect(users.families.size).toBe(0);
    await expect(rest(bearer(access_token))).rejects.toMatchObject(UNAUTHENTICATED);
    await expect(people.refresh(refresh_token)).rejects.toMatchObject(STALE);
    await expect(people.login(ADA, HERE)).rejects.toMatchObject(INVALID);
  });

  it('who comes back under the same name does not revive old tokens', async () => {
    const { people, rest, clock } = await setUp();
    await people.register(ADA);
    const { access_token } = await people.login(ADA, HERE);
    await rest(bearer(access_token));
    await people.remove(ADA, HERE);
    clock.advance(1);
    await people.register(ADA);
    await expect(rest(bearer(access_token))).rejects.toMatchObject(UNAUTHENTICATED);
  });

  it('a new password ends every token at once, remembered ones too', async () => {
    const { people, rest } = await setUp();
    await people.register(ADA);
    const { access_token, refresh_token } = await people.login(ADA, HERE);
    await rest(bearer(access_token));
    await expect(people.changePassword(WRONG, 'new secret', HERE)).rejects.toMatchObject(INVALID);
    await people.changePassword(ADA, 'new secret', HERE);
    await expect(rest(bearer(access_token))).rejects.toMatchObject(UNAUTHENTICATED);
    await expect(people.refresh(refresh_token)).rejects.toMatchObject(STALE);
    await expect(people.login(ADA, HERE)).rejects.toMatchObject(INVALID);
    const again = await people.login({ ...ADA, password: 'new secret' }, HERE);
    expect(await rest(bearer(again.access_token))).toHaveProperty('account');
  });
});

describe('refresh', () => {
  it('gives a new pair, and a used token ends the family', async () => {
    const { people } = await setUp();
    await people.register(ADA);
    const first = await people.login(ADA, HERE);
    const other = await people.login(ADA, HERE);
    const second = await people.refresh(first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await expect(people.refresh(first.refresh_token)).rejects.toMatchObject(STALE);
    await expect(people.refresh(second.refresh_token)).rejects.toMatchObject(STALE);
    expect(await people.refresh(other.refresh_token)).toHaveProperty('access_token');
  });

  it('of one token twice at the same time: one wins', async () => {
    const { people } = await setUp();
    await people.register(ADA);
    const { refresh_token } = await people.login(ADA, HERE);
    const outcomes = await Promise.allSettled([people.refresh(refresh_token), people.refresh(refresh_token)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('does not prolong a log-in', async () => {
    const { people, clock } = await setUp();
    await people.register(ADA);
    const first = await people.login(ADA, HERE);
    clock.advance(59 * 60_000);
    const second = await people.refresh(first.refresh_token);
    clock.advance(2 * 60_000);
    await expect(people.refresh(second.refresh_token)).rejects.toMatchObject(STALE);
  });

  it('takes no access token and no junk', async () => {
    const { people } = await setUp();
    await people.register(ADA);
    const { access_token } = await people.login(ADA, HERE);
    for (const junk of [access_token, '', 'a.b.c']) await expect(people.refresh(junk)).rejects.toMatchObject(STALE);
  });

  it('keeps no token: only the digest of its id', async () => {
    const { people, users } = await setUp();
    await people.register(ADA);
    const { refresh_token } = await people.login(ADA, HERE);
    const { jti } = JSON.parse(Buffer.from(refresh_token.split('.')[1]!, 'base64url').toString());
    const kept = JSON.stringify([...users.families.values()]);
    expect(kept).toMatch(/"current":"[\w-]{43}"/);
    expect(kept).not.toContain(jti);
  });
});

describe('failed log-ins', () => {
  it('cost an account 1 s after the fifth, then 2 s, 4 s … up to 15 minutes, whether the user exists or not', async () => {
    const { people, clock } = await setUp();
    await people.register(ADA);
    for (const username of ['ada', 'nobody']) {
      const attempt = (remote: string) => people.login({ username, password: 'wrong' }, remote);
      for (let i = 0; i < 5; i += 1) await expect(attempt(`10.0.0.${i}`)).rejects.toMatchObject(INVALID);
      for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
        const refusal = { ...THROTTLED, retryAfterSeconds: seconds };
        await expect(attempt('10.0.1.1')).rejects.toMatchObject(refusal);
        clock.advance(seconds * 1000);
        await expect(attempt('10.0.1.1')).rejects.toMatchObject(INVALID);
      }
    }
  });

  it('are forgotten after a good one', async () => {
    const { people } = await setUp();
    await people.register(ADA);
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 4; i += 1) await expect(people.login(WRONG, HERE)).rejects.toMatchObject(INVALID);
      expect(await people.login(ADA, HERE)).toHaveProperty('access_token');
    }
  });

  it('cost an address a minute after 20, and nobody else', async () => {
    const { people, clock } = await setUp();
    await people.register(ADA);
    for (let i = 0; i < 20; i += 1) {
      await expect(people.login({ username: `u${i}`, password: 'x' }, '10.0.0.1')).rejects.toMatchObject(INVALID);
    }
    const refusal = { ...THROTTLED, retryAfterSeconds: 60 };
    await expect(people.login(ADA, '10.0.0.1')).rejects.toMatchObject(refusal);
    await expect(people.changePassword(ADA, 'another one', '10.0.0.1')).rejects.toMatchObject(refusal);
    await expect(people.remove(ADA, '10.0.0.1')).rejects.toMatchObject(refusal);
    expect(await people.login(ADA, '10.0.0.2')).toHaveProperty('access_token');
    clock.advance(60_000);
    expect(await people.login(ADA, '10.0.0.1')).toHaveProperty('access_token');
  });
});

describe('REST callers', () => {
  it('are who the token says', async () => {
    const { people, rest } = await setUp({ region: 'eu-west-1' });
    await people.register(ADA);
    const { access_token } = await people.login(ADA, HERE);
    expect(await rest(bearer(access_token))).toEqual({
      account: '000000000000',
      region: 'eu-west-1',
      principal: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      proof: 'token',
    });
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer x', 'Bearer a b', 'Basic YTpi', 'Token x'])(
    'are refused with %j',
    async (authorization) => {
      const { rest } = await setUp();
      await expect(rest(requestWith(authorization))).rejects.toMatchObject(UNAUTHENTICATED);
    },
  );

  it('are the default user with the api_key', async () => {
    const { rest, people, users } = await setUp({ apiKey: 'very-secret-key' });
    await expect(rest(bearer('very-secret-key'))).rejects.toMatchObject(UNAUTHENTICATED);
    await people.register({ ...ADA, username: 'admin' });
    expect(await users.any()).toBe(true);
    expect(await rest(bearer('very-secret-key'))).toMatchObject({ account: '000000000000', proof: 'token' });
    await expect(rest(bearer('very-secret-kez'))).rejects.toMatchObject(UNAUTHENTICATED);
  });

  it('are the default user without a token when debug is set; a bad token stays bad', async () => {
    const { rest, people } = await setUp({ debug: true });
    await people.register({ ...ADA, username: 'admin' });
    expect(await rest(requestWith())).toMatchObject({ account: '000000000000' });
    await expect(rest(bearer('x'))).rejects.toMatchObject(UNAUTHENTICATED);
  });
});

describe('AWS callers', () => {
  const signed = (key: string, region = 'eu-central-1') =>
    `AWS4-HMAC-SHA256 Credential=${key}/20251124/${region}/sqs/aws4_request, SignedHeaders=host, Signature=00`;

  it('in dev are whoever the key names', async () => {
    const { aws } = await setUp();
    const caller = aws(requestWith(signed('test')));
    expect(caller).toMatchObject({ account: '000000000000', region: 'eu-central-1', proof: 'unverified' });
    expect(caller.principal).toMatch(/^AIDA[A-Z2-7]{17}$/);
    expect(aws(requestWith(signed('test'))).principal).toBe(caller.principal);
    expect(aws(requestWith(signed('other'))).principal).not.toBe(caller.principal);
    expect(aws(requestWith(signed('123456789012'))).account).toBe('123456789012');
  });

  it('in dev may sign in the query, or not at all', async () => {
    const { aws } = await setUp();
    const query = 'Action=ListQueues&X-Amz-Credential=123456789012%2F20251124%2Fus-west-2%2Fsqs%2Faws4_request';
    expect(aws(requestWith(undefined, query))).toMatchObject({ account: '123456789012', region: 'us-west-2' });
    expect(aws(requestWith())).toMatchObject({ account: '000000000000', region: 'us-east-1' });
  });

  it.each(['elasticmq', 'x'.repeat(5000), '../..', ''])(
    'of no real region (%#) are in the default one',
    async (region) => {
      const { aws } = await setUp();
      expect(aws(requestWith(signed('test', region)))).toMatchObject({ account: '000000000000', region: 'us-east-1' });
    },
  );

  it('in production are refused until signatures are verified', async () => {
    const { aws } = await setUp({ profile: 'production' });
    for (const request of [requestWith(), requestWith(signed('test'))]) {
      expect(() => aws(request)).toThrow('Access to the resource /000000000000/orders is denied.');
    }
  });
});

describe('the first user', () => {
  const first = async (settings: Partial<FirstUserSettings>) => {
    const users = memoryUsers();
    const all = { profile: 'dev', accountId: '000000000000', defaultUsername: 'admin', ...settings } as const;
    return { users, all, answer: await ensureFirstUser(users, all, fakeClock()) };
  };
  const works = async (users: ReturnType<typeof memoryUsers>, username: string, password: string) =>
    passwords().matches((await users.find(username))?.passwordHash, password);

  it('is admin / password in dev, with a warning', async () => {
    const { users, answer } = await first({});
    expect(await works(users, 'admin', 'password')).toBe(true);
    expect(await users.find('admin')).toMatchObject({ role: 'admin' });
    expect(answer.signIn).toBe('as admin, password: password');
    expect(answer.warning).toMatch(/^Everybody knows the password of admin/);
  });

  it('has a random password in production, told once', async () => {
    const { users, answer, all } = await first({ profile: 'production' });
    const [, password] = /^as admin, password: (\S{24}) \(shown this once\)$/.exec(answer.signIn)!;
    expect(await works(users, 'admin', password!)).toBe(true);
    expect(await works(users, 'admin', 'password')).toBe(false);
    expect(await ensureFirstUser(users, all, fakeClock())).toEqual({ signIn: 'as a user that exists' });
  });

  it('has the password that was set, which is not told; warned of when it is `password`', async () => {
    const set = await first({ profile: 'production', defaultUsername: 'root', defaultPassword: 'set by me' });
    expect(await works(set.users, 'root', 'set by me')).toBe(true);
    expect(set.answer).toEqual({ signIn: 'as root with the default_password that was set' });
    const known = await first({ profile: 'production', defaultPassword: 'password' });
    expect(known.answer.warning).toMatch(/^Everybody knows/);
  });

  it('is not made of settings that could never be used', async () => {
    await expect(first({ defaultUsername: 'a\nb' })).rejects.toMatchObject({ exitCode: 78 });
    await expect(first({ defaultPassword: 'x'.repeat(129) })).rejects.toMatchObject({ exitCode: 78 });
  });
});
