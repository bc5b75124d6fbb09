import type { RefreshFamily, Secrets, User, Users } from '../../src/store/store.ts';

/** The users of a store, in a Map. */
export function memoryUsers(): Users & { families: Map<string, RefreshFamily> } {
  const users = new Map<string, User>();
  const families = new Map<string, RefreshFamily>();
  const drop = (which: (family: RefreshFamily) => boolean) => {
    for (const family of families.values()) if (which(family)) families.delete(family.family);
  };
  return {
    families,
    find: async (username) => users.get(username),
    any: async () => users.size > 0,
    async create(user) {
      if (users.has(user.username)) return false;
      users.set(user.username, user);
      return true;
    },
    async update(user) {
      if (!users.has(user.username)) return false;
      users.set(user.username, user);
      return true;
    },
    async remove(username) {
      drop((family) => family.username === username);
      return users.delete(username);
    },
    startFamily: async (family) => void families.set(family.family, family),
    async rotateFamily(family, current, next) {
      const known = families.get(family);
      if (known === undefined) return 'unknown';
      if (known.current !== current) {
        families.delete(family);
        return 'reused';
      }
      families.set(family, { ...known, current: next });
      return 'rotated';
    },
    endFamilies: async (username) => drop((family) => family.username === username),
    sweepFamilies: async (nowMs) => drop((family) => family.expiresAtMs <= nowMs),
  };
}

/** Secrets that are made once and kept. */
export function memorySecrets(): Secrets {
  const kept = new Map<string, Buffer>();
  return {
    async get(name, make) {
      const secret = kept.get(name) ?? make();
      kept.set(name, secret);
      return secret;
    },
  };
}
