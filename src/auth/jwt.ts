/**
 * Tokens of people: JWTs signed with one HMAC algorithm and a key of its own for each of the two kinds.
 *
 *   access    good for minutes, shown with every request
 *   refresh   good once, for a new pair; belongs to a family, the tokens that came from one log-in
 *
 * A token is good only in exactly the spelling that we write: nothing in its header is ever believed, and neither a
 * second reading of the same bytes nor a second spelling of the same token exists (reliability.md S1, S4, S5).
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Clock } from '../model/clock.ts';
import { newId, newSecret } from '../model/ids.ts';
import { type Secrets, StartupError, type User } from '../store/store.ts';

export interface TokenSettings {
  profile: 'dev' | 'production';
  jwtSecretKey?: string;
  jwtRefreshSecretKey?: string;
  jwtAlgorithm: 'HS256' | 'HS384' | 'HS512';
  accessMinutes: number;
  refreshMinutes: number;
  verifyTokenCacheTtlSeconds: number;
  verifyTokenCacheMaxsize: number;
}

/** What a token says. */
interface Claims {
  iss: string;
  aud: string;
  typ: 'access' | 'refresh';
  sub: string;
  account: string;
  /** The user's tokensValidFromMs when it was issued: the token is void as soon as the two differ. */
  from: number;
  jti: string;
  /** '' in an access token. */
  family: string;
  /** Seconds. */
  iat: number;
  exp: number;
}

export interface Tokens {
  access(user: User): string;
  /** A refresh token of `family` that is good until `expSeconds`. */
  refresh(user: User, family: string, expSeconds: number): { token: string; jti: string };
  /** What a good access token says. Whether its user still stands behind it is the caller's question (`from`). */
  verifyAccess(token: string): Claims | undefined;
  verifyRefresh(token: string): Claims | undefined;
  accessSeconds: number;
  refreshSeconds: number;
}

const ISSUER = 'fastqueue';
const LONGEST = 4096;
const TOLERANCE_SECONDS = 5;
const KEY_BYTES = 32;
const KEY_BYTES_LEAST = 16;
/** Keys that the original was shipped with: everybody knows them. */
const SHIPPED = ['default_secret_key', 'default_refresh_secret_key', 'default_api_key'];

/**
 * The tokens of a server. Keys that are not set are made once and kept in `secrets`.
 * @throws StartupError 78 for a key that production does not take; see `keyWarnings`
 */
export async function openTokens(settings: TokenSettings, secrets: Secrets, clock: Clock): Promise<Tokens> {
  const { jwtSecretKey, jwtRefreshSecretKey, jwtAlgorithm, accessMinutes, refreshMinutes } = settings;
  const keyOf = async (given: string | undefined, name: 'jwt-access' | 'jwt-refresh') =>
    createSecretKey(given === undefined ? await secrets.get(name, newSecret) : Buffer.from(given));
  const accessKind = kind('access', await keyOf(jwtSecretKey, 'jwt-access'), jwtAlgorithm, accessMinutes * 60);
  const refreshKind = kind(
    'refresh',
    await keyOf(jwtRefreshSecretKey, 'jwt-refresh'),
    jwtAlgorithm,
    refreshMinutes * 60,
  );
  const seconds = () => Math.floor(clock.wall() / 1000);
  return {
    accessSeconds: accessMinutes * 60,
    refreshSeconds: refreshMinutes * 60,
    access(user) {
      const iat = seconds();
      return accessKind.sign(user, { family: '', jti: newId(), iat, exp: iat + accessMinutes * 60 });
    },
    refresh(user, family, expSeconds) {
      const jti = newId();
      return { token: refreshKind.sign(user, { family, jti, iat: seconds(), exp: expSeconds }), jti };
    },
    verifyAccess: remembering((token) => accessKind.verify(token, seconds()), settings, clock),
    verifyRefresh: (token) => refreshKind.verify(token, seconds()),
  };
}

/**
 * What is weak about the keys that were set, a sentence each, for every start (S3).
 * @throws StartupError 78 in production for a signing key below 16 bytes or any key that everybody knows
 */
export function keyWarnings(settings: KeySettings): string[] {
  const { profile, jwtSecretKey, jwtRefreshSecretKey, apiKey } = settings;
  const found = [
    weakness('JWT_SECRET_KEY', jwtSecretKey, KEY_BYTES_LEAST),
    weakness('JWT_REFRESH_SECRET_KEY', jwtRefreshSecretKey, KEY_BYTES_LEAST),
    weakness('api_key', apiKey, 0),
  ].filter((weak) => weak !== undefined);
  const fatal = found.find((weak) => weak.fatal);
  if (profile === 'production' && fatal) throw new StartupError(78, fatal.text);
  return found.map(({ text }) => text);
}

type KeySettings = Pick<TokenSettings, 'profile' | 'jwtSecretKey' | 'jwtRefreshSecretKey'> & { apiKey?: string };

function weakness(
  name: string,
  key: string | undefined,
  bytesLeast: number,
): { text: string; fatal: boolean } | undefined {
  if (key === undefined) return undefined;
  if (SHIPPED.includes(key))
    return { text: `${name} is a default that everybody knows. Set another one.`, fatal: true };
  const bytes = Buffer.byteLength(key);
  if (bytesLeast === 0 || bytes >= KEY_BYTES) return undefined;
  const text = `${name} is weak: it takes ${KEY_BYTES} random bytes. Leave it unset and a good one is made.`;
  return { text, fatal: bytes < bytesLeast };
}

type Varying = Pick<Claims, 'family' | 'jti' | 'iat' | 'exp'>;

/** One kind of token: how it is signed and verified. */
function kind(typ: Claims['typ'], key: KeyObject, algorithm: jwt.Algorithm, maxAge: number) {
  const fixed = { iss: ISSUER, aud: typ === 'access' ? 'fq-api' : 'fq-refresh', typ };
  const header = `${jwt.sign({}, key, { algorithm }).split('.', 1)[0]}.`;
  return {
    sign: (user: User, varying: Varying): string => {
      const claims = { ...fixed, sub: user.username, account: user.account, from: user.tokensValidFromMs, ...varying };
      return jwt.sign(claims satisfies Claims, key, { algorithm });
    },
    verify(token: string, clockTimestamp: number): Claims | undefined {
      if (token.length > LONGEST || !token.startsWith(header)) return undefined;
      try {
        const claims = jwt.verify(token, key, {
          algorithms: [algorithm],
          issuer: ISSUER,
          audience: fixed.aud,
          clockTimestamp,
          clockTolerance: TOLERANCE_SECONDS,
          maxAge,
        });
        return isClaims(claims, typ) && asWritten(token, claims) ? claims : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function isClaims(claims: unknown, typ: Claims['typ']): claims is Claims {
  if (typeof claims !== 'object' || claims === null) return false;
  const { typ: its, sub, account, from, jti, family, exp } = claims as Partial<Claims>;
  const texts = [sub, account, jti, family].every((text) => typeof text === 'string');
  return its === typ && texts && Number.isSafeInteger(from) && Number.isSafeInteger(exp);
}

/** Whether the payload is spelt as we spell it: no claim twice, no stray bits. */
const asWritten = (token: string, claims: Claims): boolean =>
  token.split('.')[1] === Buffer.from(JSON.stringify(claims)).toString('base64url');

type Remembering = Pick<TokenSettings, 'verifyTokenCacheTtlSeconds' | 'verifyTokenCacheMaxsize'>;

/** `verify`, remembered for good tokens, never beyond their end. The oldest entry makes room. */
function remembering(verify: Tokens['verifyAccess'], settings: Remembering, clock: Clock): Tokens['verifyAccess'] {
  const { verifyTokenCacheTtlSeconds: ttl, verifyTokenCacheMaxsize: most } = settings;
  const known = new Map<string, { claims: Claims; untilMs: number }>();
  return (token) => {
    const wall = clock.wall();
    const entry = known.get(token);
    if (entry !== undefined && wall < entry.untilMs) return entry.claims;
    known.delete(token);
    const claims = verify(token);
    if (claims === undefined || most === 0) return claims;
    if (known.size >= most) known.delete(known.keys().next().value!);
    known.set(token, { claims, untilMs: Math.min(claims.exp * 1000, wall + ttl * 1000) });
    return claims;
  };
}
