/**
 * What failed log-ins cost. The counter is on the account, not on the address alone: an attacker has many addresses.
 *
 *   account   five failures in a row are free, then one second, two, four … up to 15 minutes until the next attempt
 *   address   20 failures a minute
 *
 * Users that do not exist are counted in the same way, so that nobody learns who does.
 */
import { ServiceError } from '../contract/errors.ts';
import type { Clock } from '../model/clock.ts';

/** 429: come back later. */
export class TooManyAttempts extends ServiceError {
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super('RequestThrottled', 'Too many log-in attempts. Try again later.');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface Attempts {
  /** @throws TooManyAttempts when this user or this address has to wait */
  check(username: string, remote: string): void;
  failed(username: string, remote: string): void;
  succeeded(username: string): void;
}

const FREE_FAILURES = 5;
const LONGEST_DELAY_MS = 15 * 60_000;
const WINDOW_MS = 60_000;
const FAILURES_PER_WINDOW = 20;
/** So many users and addresses are remembered, the latest. */
const REMEMBERED = 10_000;

interface Failures {
  count: number;
  /** Until then the user waits; then the address's window ends. */
  untilMs: number;
}

/** Counts failures by the wall clock. */
export function loginAttempts(clock: Clock): Attempts {
  const byUser = new Map<string, Failures>();
  const byAddress = new Map<string, Failures>();

  function put(map: Map<string, Failures>, key: string, failures: Failures): void {
    map.delete(key);
    if (map.size >= REMEMBERED) map.delete(map.keys().next().value!);
    map.set(key, failures);
  }
  function refuse(untilMs: number): void {
    const waitMs = untilMs - clock.wall();
    if (waitMs > 0) throw new TooManyAttempts(Math.ceil(waitMs / 1000));
  }
  return {
    check(username, remote) {
      const address = byAddress.get(remote);
      if (address !== undefined && address.count >= FAILURES_PER_WINDOW) refuse(address.untilMs);
      const user = byUser.get(username);
      if (user !== undefined) refuse(user.untilMs);
    },
    failed(username, remote) {
      const now = clock.wall();
      const count = (byUser.get(username)?.count ?? 0) + 1;
      const delayMs = count < FREE_FAILURES ? 0 : Math.min(LONGEST_DELAY_MS, 1000 * 2 ** (count - FREE_FAILURES));
      put(byUser, username, { count, untilMs: now + delayMs });
      const old = byAddress.get(remote);
      if (old !== undefined && now < old.untilMs) old.count += 1;
      else put(byAddress, remote, { count: 1, untilMs: now + WINDOW_MS });
    },
    succeeded: (username) => void byUser.delete(username),
  };
}
