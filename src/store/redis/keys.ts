/** Keys of the whole store. What belongs to a queue is named in lua/parts.ts, what belongs to people in lua/people.ts. */
export interface Keys {
  queue(id: string): string;
  /** Sorted set, all scores 0: name, NUL, queue id. */
  names(account: string, region: string): string;
  /** Set of `account:region` that have names. */
  worlds: string;
  agenda: string;
  users: string;
  secrets: string;
  layout: string;
  /** A channel that nobody listens on. */
  replicas: string;
  libraries: string;
}

export const keysUnder = (prefix: string): Keys => ({
  queue: (id) => `${prefix}:{${id}}`,
  names: (account, region) => `${prefix}:{names}:${account}:${region}`,
  worlds: `${prefix}:{names}`,
  agenda: `${prefix}:{agenda}`,
  users: `${prefix}:{users}`,
  secrets: `${prefix}:{secrets}`,
  layout: `${prefix}:{layout}`,
  replicas: `${prefix}:{replicas}`,
  libraries: `${prefix}:{libraries}`,
});
