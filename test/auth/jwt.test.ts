import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { keyWarnings, openTokens, type TokenSettings } from '../../src/auth/jwt.ts';
import type { User } from '../../src/store/store.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { memorySecrets } from '../helpers/memoryUsers.ts';

const KEY = 'k'.repeat(32);
const REFRESH_KEY = 'r'.repeat(32);
const SETTINGS: TokenSettings = {
  profile: 'dev',
  jwtSecretKey: KEY,
  jwtRefreshSecretKey: REFRESH_KEY,
  jwtAlgorithm: 'HS256',
  accessMinutes: 15,
  refreshMinutes: 60,
  verifyTokenCacheTtlSeconds: 900,
  verifyTokenCacheMaxsize: 2,
};
const USER: User = {
  username: 'ada',
  account: '000000000000',
  role: 'member',
  passwordHash: '',
  createdAtMs: 1,
  tokensValidFromMs: 1_699_999_999_999,
};

const open = async (settings: Partial<TokenSettings> = {}) => {
  const clock = fakeClock();
  return { clock, tokens: await openTokens({ ...SETTINGS, ...settings }, memorySecrets(), clock) };
};

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'HS256', typ: 'JWT' };
const IAT = 1_700_000_000;
const CLAIMS = {
  iss: 'fastqueue',
  aud: 'fq-api',
  typ: 'access',
  sub: 'ada',
  account: '000000000000',
  from: USER.tokensValidFromMs,
  family: '',
  jti: 'x',
  iat: IAT,
  exp: IAT + 900,
};
/** A token of any header and payload, rightly signed unless another key is given. */
const forge = (header: unknown, payload: unknown, key: string = KEY, hash = 'sha256') => {
  const signed = `${b64(header)}.${b64(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
};
const without = (name: keyof typeof CLAIMS) =>
  Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));
const good = forge(HEADER, CLAIMS);
const [goodHeader, goodPayload, goodSignature] = good.split('.');
/** The same bytes in another spelling: the last character of a base64 text has bits that do not count. */
const respelt = (text: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) ^ 1];
};
const JWK = { kty: 'oct', k: b64('attacker') };

const FORGED: [name: string, token: string][] = [
  ['alg none, no signature', `${b64({ alg: 'none', typ: 'JWT' })}.${goodPayload}.`],
  ['alg None, signed', forge({ alg: 'None', typ: 'JWT' }, CLAIMS)],
  ['alg HS512 with the right key', forge({ alg: 'HS512', typ: 'JWT' }, CLAIMS, KEY, 'sha512')],
  ['alg RS256 in the header of an HMAC', forge({ alg: 'RS256', typ: 'JWT' }, CLAIMS)],
  ['the empty key', forge(HEADER, CLAIMS, '')],
  ['the key of the original', forge(HEADER, CLAIMS, 'default_secret_key')],
  ['the key of refresh tokens', forge(HEADER, CLAIMS, REFRESH_KEY)],
  ['no exp', forge(HEADER, without('exp'))],
  ['exp as a string', forge(HEADER, { ...CLAIMS, exp: String(CLAIMS.exp) })],
  ['exp as a fraction', forge(HEADER, { ...CLAIMS, exp: CLAIMS.exp + 0.5 })],
  ['exp in the past', forge(HEADER, { ...CLAIMS, exp: IAT - 6 })],
  ['older than any access token', forge(HEADER, { ...CLAIMS, iat: IAT - 1000 })],
  ['no iat', forge(HEADER, without('iat'))],
  ['nbf in the future', forge(HEADER, { ...CLAIMS, nbf: IAT + 60 })],
  ['a refresh token', forge(HEADER, { ...CLAIMS, typ: 'refresh' })],
  ['no typ', forge(HEADER, without('typ'))],
  ['another issuer', forge(HEADER, { ...CLAIMS, iss: 'evil' })],
  ['another audience', forge(HEADER, { ...CLAIMS, aud: 'fq-refresh' })],
  ['no sub', forge(HEADER, without('sub'))],
  ['sub as an object', forge(HEADER, { ...CLAIMS, sub: { toString: 'ada' } })],
  ['no jti', forge(HEADER, without('jti'))],
  ['no account', forge(HEADER, without('account'))],
  ['from as a string', forge(HEADER, { ...CLAIMS, from: '1' })],
  ['a kid that is a path', forge({ ...HEADER, kid: '../../dev/null' }, CLAIMS)],
  ['a kid that is SQL', forge({ ...HEADER, kid: "' union select 'key" }, CLAIMS)],
  ['a kid that is __proto__', forge({ ...HEADER, kid: '__proto__' }, CLAIMS)],
  ['a jwk of its own', forge({ ...HEADER, jwk: JWK }, CLAIMS, 'attacker')],
  ['a jku', forge({ ...HEADER, jku: 'http://127.0.0.1/keys' }, CLAIMS)],
  ['an x5c', forge({ ...HEADER, x5c: ['AAAA'] }, CLAIMS)],
  ['crit', forge({ ...HEADER, crit: ['exp'] }, CLAIMS)],
  ['a header in another order', forge({ typ: 'JWT', alg: 'HS256' }, CLAIMS)],
  ['a claim twice', forge(HEADER, `{"sub":"eve",${JSON.stringify(CLAIMS).slice(1)}`)],
  ['spaces in the payload', forge(HEADER, JSON.stringify(CLAIMS, null, 1))],
  ['a payload that is no object', forge(HEADER, '"ada"')],
  ['a payload that is no JSON', forge(HEADER, '{')],
  ['another payload', `${goodHeader}.${b64({ ...CLAIMS, sub: 'eve' })}.${goodSignature}`],
  ['stray bits in the signature', `${goodHeader}.${goodPayload}.${respelt(goodSignature!)}`],
  ['padding', `${good}=`],
  ['no signature', `${goodHeader}.${goodPayload}.`],
  ['two parts', `${goodHeader}.${goodPayload}`],
  ['four parts', `${good}.${goodSignature}`],
  ['a space at the end', `${good} `],
  ['one megabyte', forge(HEADER, { ...CLAIMS, sub: 'a'.repeat(1_000_000) })],
  ['the empty text', ''],
];

describe('access tokens', () => {
  it('says what was signed', async () => {
    const { tokens } = await open();
    const claims = tokens.verifyAccess(tokens.access(USER));
    expect(claims).toMatchObject({ ...CLAIMS, jti: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(tokens.verifyAccess(good)).toEqual(CLAIMS);
  });

  it.each(FORGED)('refuses %s', async (_name, token) => {
    const { tokens } = await open();
    expect(tokens.verifyAccess(token)).toBeUndefined();
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)('%s signs, and verifies nothing else', async (jwtAlgorithm) => {
    const { tokens } = await open({ jwtAlgorithm });
    expect(tokens.verifyAccess(tokens.access(USER))?.sub).toBe('ada');
    for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) {
      const other = jwt.sign(CLAIMS, KEY, { algorithm });
      expect(tokens.verifyAccess(other)?.sub).toBe(algorithm === jwtAlgorithm ? 'ada' : undefined);
    }
  });

  it('end after their minutes, remembered or not', async () => {
    const { clock, tokens } = await open({ verifyTokenCacheTtlSeconds: 86_400 });
    const token = tokens.access(USER);
    clock.advance(899_000);
    expect(tokens.verifyAccess(token)?.sub).toBe('ada');
    clock.advance(7_000);
    expect(tokens.verifyAccess(token)).toBeUndefined();
  });

  it.each([0, 1, 2])('are the same to every size of the cache: %i', async (verifyTokenCacheMaxsize) => {
    const { tokens } = await open({ verifyTokenCacheMaxsize });
    const several = Array.from({ length: 5 }, () => tokens.access(USER));
    for (const token of [...several, ...several]) expect(tokens.verifyAccess(token)?.sub).toBe('ada');
  });
});

describe('refresh tokens', () => {
  it('have a family and an end, and are no access tokens', async () => {
    const { clock, tokens } = await open();
    const { token, jti } = tokens.refresh(USER, 'f1', IAT + 3600);
    expect(tokens.verifyRefresh(token)).toMatchObject({
      sub: 'ada',
      family: 'f1',
      jti,
      typ: 'refresh',
      exp: IAT + 3600,
    });
    expect(tokens.verifyAccess(token)).toBeUndefined();
    expect(tokens.verifyRefresh(tokens.access(USER))).toBeUndefined();
    clock.advance(3_606_000);
    expect(tokens.verifyRefresh(token)).toBeUndefined();
  });

  it('are no access tokens even with one key for both', async () => {
    const { tokens } = await open({ jwtRefreshSecretKey: KEY });
    expect(tokens.verifyAccess(tokens.refresh(USER, 'f1', IAT + 900).token)).toBeUndefined();
    expect(tokens.verifyRefresh(tokens.access(USER))).toBeUndefined();
  });
});

describe('keys', () => {
  it('are made once when not set, and kept', async () => {
    const { jwtSecretKey: _, jwtRefreshSecretKey: __, ...unset } = SETTINGS;
    const secrets = memorySecrets();
    const first = await openTokens(unset, secrets, fakeClock());
    const second = await openTokens(unset, secrets, fakeClock());
    const other = await openTokens(unset, memorySecrets(), fakeClock());
    const token = first.access(USER);
    expect(second.verifyAccess(token)?.sub).toBe('ada');
    expect(other.verifyAccess(token)).toBeUndefined();
  });

  it('are warned of when weak, never shown', () => {
    expect(keyWarnings(SETTINGS)).toEqual([]);
    expect(keyWarnings({ profile: 'production', jwtSecretKey: 'a'.repeat(30) })).toEqual([
      'JWT_SECRET_KEY is weak: it takes 32 random bytes. Leave it unset and a good one is made.',
    ]);
    expect(keyWarnings({ profile: 'dev', jwtRefreshSecretKey: 'short' })).toHaveLength(1);
  });

  it.each([
    { jwtSecretKey: 'short' },
    { jwtSecretKey: 'default_secret_key' },
    { jwtRefreshSecretKey: 'default_refresh_secret_key' },
    { apiKey: 'default_api_key' },
  ])('production does not take %j, dev warns of it', (keys) => {
    const problem = expect(() => keyWarnings({ profile: 'production', ...keys }));
    problem.toThrow(expect.objectContaining({ exitCode: 78 }));
    expect(keyWarnings({ profile: 'dev', ...keys })).toHaveLength(1);
  });

  it('for the API may be short', () => {
    expect(keyWarnings({ profile: 'production', apiKey: 'my-own-key' })).toEqual([]);
  });
});
