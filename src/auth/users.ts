/** People: register, log in, refresh, change the password, leave. All of it by password or refresh token. */
import { createHash } from 'node:crypto';
import { ServiceError } from '../contract/errors.ts';
import type { Clock } from '../model/clock.ts';
import { newId, newSecret } from '../model/ids.ts';
import { StartupError, type User, type Users } from '../store/store.ts';
import { loginAttempts } from './attempts.ts';
import type { Tokens } from './jwt.ts';
import { type Passwords, passwords } from './passwords.ts';

interface Credentials {
  username: string;
  password: string;
}

interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: 'bearer';
  /** Seconds until the access token ends. */
  expires_in: number;
}

/** `remote` is the peer's address. Wrong passwords: NotAuthenticated; too many of them: TooManyAttempts. */
export interface People {
  /** Creates a member of the server's account. @throws InvalidParameterValue when the name is taken */
  register(credentials: Credentials): Promise<void>;
  login(credentials: Credentials, remote: string): Promise<TokenPair>;
  /** A new pair for a refresh token, once. A used one ends the whole family. @throws NotAuthenticated */
  refresh(refreshToken: string): Promise<TokenPair>;
  /** Every token that was issued before is void. */
  changePassword(credentials: Credentials, newPassword: string, remote: string): Promise<void>;
  remove(credentials: Credentials, remote: string): Promise<void>;
}

export interface PeopleOptions {
  users: Users;
  tokens: Tokens;
  clock: Clock;
  accountId: string;
}

/** 1 to 64 characters, none of them a control character. */
export const USERNAME = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
export const PASSWORD_MOST = 128;

const refused = (text: string) => new ServiceError('NotAuthenticated', text);
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

/** The people of a server. */
export function people({ users, tokens, clock, accountId }: PeopleOptions): People {
  const secrets = passwords();
  const attempts = loginAttempts(clock);

  /** The user whose password this is; every other case is answered alike and takes as long (S7). */
  async function prove({ username, password }: Credentials, remote: string): Promise<User> {
    attempts.check(username, remote);
    const user = await users.find(username);
    const good = await secrets.matches(user?.passwordHash, password);
    if (!good || user === undefined) {
      attempts.failed(username, remote);
      throw refused('Invalid credentials');
    }
    attempts.succeeded(username);
    return user;
  }

  /** All refresh tokens of a family end with it: a log-in lasts no longer than its first refresh token. */
  function pairOf(user: User, family: string, expSeconds: number): { pair: TokenPair; id: string } {
    const { token, jti } = tokens.refresh(user, family, expSeconds);
    const pair: TokenPair = {
      access_token: tokens.access(user),
      refresh_token: token,
      token_type: 'bearer',
      expires_in: tokens.accessSeconds,
    };
    return { pair, id: sha256(jti) };
  }

  return {
    async register(credentials) {
      const taken = () => new ServiceError('InvalidParameterValue', 'Username already exists');
      if ((await users.find(credentials.username)) !== undefined) throw taken();
      const user = await newUser(credentials, 'member', accountId, secrets, clock);
      if (!(await users.create(user))) throw taken();
    },
    async login(credentials, remote) {
      const user = await prove(credentials, remote);
      const family = newId();
      const expSeconds = Math.floor(clock.wall() / 1000) + tokens.refreshSeconds;
      const { pair, id } = pairOf(user, family, expSeconds);
      await users.startFamily({ family, username: user.username, current: id, expiresAtMs: expSeconds * 1000 });
      return pair;
    },
    async refresh(refreshToken) {
      const claims = tokens.verifyRefresh(refreshToken);
      const user = claims && (await users.find(claims.sub));
      if (user === undefined || user.tokensValidFromMs !== claims?.from) throw staleRefresh();
      const { pair, id } = pairOf(user, claims.family, claims.exp);
      if ((await users.rotateFamily(claims.family, sha256(claims.jti), id)) !== 'rotated') throw staleRefresh();
      return pair;
    },
    async changePassword(credentials, newPassword, remote) {
      const user = await prove(credentials, remote);
      const passwordHash = await secrets.hash(newPassword);
      const tokensValidFromMs = Math.max(clock.wall(), user.tokensValidFromMs + 1);
      if (!(await users.update({ ...user, passwordHash, tokensValidFromMs }))) throw refused('Invalid credentials');
      await users.endFamilies(user.username);
    },
    async remove(credentials, remote) {
      const { username } = await prove(credentials, remote);
      if (!(await users.remove(username))) throw refused('Invalid credentials');
    },
  };
}

const staleRefresh = () => refused('Invalid or expired refresh token');

async function newUser(
  { username, password }: Credentials,
  role: User['role'],
  account: string,
  secrets: Passwords,
  clock: Clock,
): Promise<User> {
  const passwordHash = await secrets.hash(password);
  const now = clock.wall();
  return { username, account, role, passwordHash, createdAtMs: now, tokensValidFromMs: now };
}

export interface FirstUserSettings {
  profile: 'dev' | 'production';
  accountId: string;
  defaultUsername: string;
  /** Undefined when it was not set. */
  defaultPassword?: string;
}

/**
 * Creates the first user, an administrator, when there is none: with `default_password`, else with `password` in `dev`
 * and a random password in `production` (S9). Answers how to sign in, for the start-up block, and what to warn of.
 * @throws StartupError 78 when name or password could never be used
 */
export async function ensureFirstUser(
  users: Users,
  settings: FirstUserSettings,
  clock: Clock,
): Promise<{ signIn: string; warning?: string }> {
  const { profile, accountId, defaultUsername: username, defaultPassword: given } = settings;
  if (await users.any()) return { signIn: 'as a user that exists' };
  if (!USERNAME.test(username)) throw new StartupError(78, 'default_username takes 1 to 64 printable characters.');
  if (given !== undefined && given.length > PASSWORD_MOST) {
    throw new StartupError(78, `default_password takes at most ${PASSWORD_MOST} characters.`);
  }
  const password = given ?? (profile === 'dev' ? 'password' : newSecret().toString('base64url').slice(0, 24));
  await users.create(await newUser({ username, password }, 'admin', accountId, passwords(), clock));
  if (password === 'password') {
    const warning = `Everybody knows the password of ${username}: change it before others can reach this server.`;
    return { signIn: `as ${username}, password: password`, warning };
  }
  if (given !== undefined) return { signIn: `as ${username} with the default_password that was set` };
  return { signIn: `as ${username}, password: ${password} (shown this once)` };
}
