/** Users, refresh families and secrets in Redis: every server knows every user, and what is revoked is so everywhere at once. */
import type { Secrets, User, Users } from '../store.ts';
import type { Keys } from './keys.ts';
import type { Argument, Link } from './link.ts';
import type { Replicated } from './replicas.ts';

const SWEPT_MOST = 500;

export function usersOver(link: Link, { users: key }: Keys, replicated: Replicated): Users {
  const call = (name: string, ...args: Argument[]) => replicated(key, () => link.call(key, name, args));
  const isDone = async (reply: Promise<unknown>) => ((await reply) as number[])[0] === 1;
  return {
    async find(username) {
      const text = await link.run(key, (client) => client.hget(key, username));
      return text === null ? undefined : (JSON.parse(text) as User);
    },
    any: async () => (await link.run(key, (client) => client.hlen(key))) > 0,
    create: (user) => isDone(call('createuser', user.username, JSON.stringify(user))),
    update: (user) => isDone(call('updateuser', user.username, JSON.stringify(user))),
    remove: (username) => isDone(call('removeuser', username)),
    async startFamily({ family, username, current, expiresAtMs }) {
      await call('startfamily', family, username, current, expiresAtMs);
    },
    async rotateFamily(family, current, next) {
      return (await call('rotatefamily', family, current, next)) as 'rotated' | 'reused' | 'unknown';
    },
    async endFamilies(username) {
      await call('endfamilies', username);
    },
    async sweepFamilies(nowMs) {
      // Nobody is told of it: it need not be on a replica.
      await link.call(key, 'sweepfamilies', [nowMs, SWEPT_MOST]);
    },
  };
}

/** Secrets that whoever comes first makes. */
export function secretsOver(link: Link, { secrets: key }: Keys): Secrets {
  const known = new Map<string, Promise<Buffer>>();

  async function fetch(name: string, make: () => Buffer): Promise<Buffer> {
    const there = await link.run(key, (client) => client.hgetBuffer(key, name));
    if (there !== null) return there;
    const made = make();
    await link.run(key, (client) => client.hsetnx(key, name, made));
    return (await link.run(key, (client) => client.hgetBuffer(key, name)))!;
  }

  return {
    get(name, make) {
      const secret = known.get(name) ?? fetch(name, make);
      known.set(name, secret);
      return secret;
    },
  };
}
