/** Who asks: the credential of a request becomes a caller. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../actions/context.ts';
import { ServiceError } from '../contract/errors.ts';
import type { HttpRequest } from '../contract/face.ts';
import type { User, Users } from '../store/store.ts';
import type { Tokens } from './jwt.ts';

export interface AuthenticateOptions {
  users: Users;
  tokens: Tokens;
  settings: {
    profile: 'dev' | 'production';
    debug: boolean;
    accountId: string;
    region: string;
    defaultUsername: string;
    apiKey?: string;
  };
}

export interface Authenticator {
  /** The caller of an AWS request. @throws ServiceError AccessDenied */
  aws(request: HttpRequest): Caller;
  /** The caller of a REST request. @throws ServiceError NotAuthenticated */
  rest(request: HttpRequest): Promise<Caller>;
  /** The user behind a REST request. @throws ServiceError NotAuthenticated */
  user(request: HttpRequest): Promise<User>;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const REMEMBERED = 1000;
/** Longer than any real credential; what is remembered must have an end. */
const CREDENTIAL_MOST = 256;
const BEARER = /^Bearer +(\S+)$/i;
/** As in a credential scope; what is no region counts as none. */
const REGION = /^[a-z]{2}(?:-[a-z]{1,20}){1,3}-\d{1,2}$/;

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** An id of the form that AWS gives users, the same for the same name. */
const principalOf = (name: string): string =>
  `AIDA${[...sha256(name).subarray(0, 17)].map((byte) => BASE32[byte & 31]).join('')}`;

/** `make`, remembered for the latest keys. */
function remembered<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
      known.set(key, value);
    }
    return value;
  };
}

const headerOf = ({ headers }: HttpRequest): string =>
  typeof headers.authorization === 'string' ? headers.authorization : '';

/** The credential of an AWS request, `<access key id>/<date>/<region>/<service>/aws4_request`; '' when there is none. */
function credentialOf(request: HttpRequest): string {
  const header = headerOf(request);
  const start = header.indexOf('Credential=');
  if (start >= 0) {
    const end = header.indexOf(',', start);
    return header.slice(start + 'Credential='.length, end < 0 ? undefined : end).trim();
  }
  if (!request.query.includes('X-Amz-Credential=')) return '';
  return new URLSearchParams(request.query).get('X-Amz-Credential') ?? '';
}

/** The two kinds of credential: AWS's signatures, and what REST takes as a bearer. */
export function authenticator({ users, tokens, settings }: AuthenticateOptions): Authenticator {
  const { profile, debug, accountId, region, defaultUsername, apiKey } = settings;
  const apiKeyDigest = apiKey === undefined ? undefined : sha256(apiKey);
  const principal = remembered(principalOf);

  // A signature is not verified yet: whoever names 12 digits is that account, as users of emulators expect.
  const unverified = remembered((credential: string): Caller => {
    const [key = '', , named = ''] = credential.split('/');
    return {
      account: /^\d{12}$/.test(key) ? key : accountId,
      region: REGION.test(named) ? named : region,
      principal: principalOf(key),
      proof: 'unverified',
    };
  });

  async function ofToken(token: string): Promise<User | undefined> {
    const claims = tokens.verifyAccess(token);
    const user = claims && (await users.find(claims.sub));
    return user?.tokensValidFromMs === claims?.from ? user : undefined;
  }

  async function user(request: HttpRequest): Promise<User> {
    const header = headerOf(request);
    const [, token] = BEARER.exec(header) ?? [];
    const byKey = token !== undefined && apiKeyDigest !== undefined && timingSafeEqual(sha256(token), apiKeyDigest);
    let found: User | undefined;
    if (byKey || (debug && header === '')) found = await users.find(defaultUsername);
    else if (token !== undefined) found = await ofToken(token);
    if (found === undefined) throw new ServiceError('NotAuthenticated');
    return found;
  }

  return {
    user,
    aws(request) {
      if (profile === 'dev') return unverified(credentialOf(request).slice(0, CREDENTIAL_MOST));
      throw new ServiceError('AccessDenied', `Access to the resource ${request.path} is denied.`);
    },
    async rest(request) {
      const { username, account } = await user(request);
      return { account, region, principal: principal(username), proof: 'token' };
    },
  };
}
