/** Users and refresh families: in memory, written through to LMDB. */
import type { RefreshFamily, User, Users } from '../store.ts';
import type { Environment } from './environment.ts';
import * as record from './records.ts';

/** Reads all users and families; from then on memory answers and LMDB keeps. */
export function openUsers(environment: Environment, writable: () => void): Users {
  const { db } = environment;
  const users = new Map<string, User>();
  const families = new Map<string, RefreshFamily>();
  for (const { value } of db.getRange(record.allOf('u'))) {
    const user = record.unpackJson<User>(value);
    users.set(user.username, user);
  }
  for (const { value } of db.getRange(record.allOf('r'))) {
    const family = record.unpackJson<RefreshFamily>(value);
    families.set(family.family, family);
  }

  function keepUser(user: User): Promise<void> {
    users.set(user.username, user);
    environment.put(record.userKey(user.username), record.packJson(user));
    return environment.settled();
  }
  function keepFamily(family: RefreshFamily): Promise<void> {
    families.set(family.family, family);
    environment.put(record.familyKey(family.family), record.packJson(family));
    return environment.settled();
  }
  function dropFamilies(which: (family: RefreshFamily) => boolean): void {
    for (const family of families.values()) {
      if (!which(family)) continue;
      families.delete(family.family);
      environment.remove(record.familyKey(family.family));
    }
  }

  return {
    find: async (username) => users.get(username),
    any: async () => users.size > 0,
    async create(user) {
      writable();
      if (users.has(user.username)) return false;
      await keepUser(user);
      return true;
    },
    async update(user) {
      writable();
      if (!users.has(user.username)) return false;
      await keepUser(user);
      return true;
    },
    async remove(username) {
      environment.check();
      if (!users.delete(username)) return false;
      environment.remove(record.userKey(username));
      dropFamilies((family) => family.username === username);
      await environment.settled();
      return true;
    },
    startFamily(family) {
      writable();
      return keepFamily(family);
    },
    async rotateFamily(family, current, next) {
      environment.check();
      const known = families.get(family);
      if (known === undefined) return 'unknown';
      if (known.current !== current) {
        dropFamilies(({ family: name }) => name === family);
        await environment.settled();
        return 'reused';
      }
      await keepFamily({ ...known, current: next });
      return 'rotated';
    },
    endFamilies(username) {
      environment.check();
      dropFamilies((family) => family.username === username);
      return environment.settled();
    },
    async sweepFamilies(nowMs) {
      dropFamilies((family) => family.expiresAtMs <= nowMs);
    },
  };
}
