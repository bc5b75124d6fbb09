/** Passwords: argon2id, one at a time, so that a flood of log-ins takes neither the disk's threads nor the memory. */
import { hash, verify } from '@node-rs/argon2';
import { TooManyAttempts } from './attempts.ts';

export interface Passwords {
  /** A PHC string. */
  hash(password: string): Promise<string>;
  /** Whether `phc` was made of `password`. Undefined, for a user that is not there, takes as long and answers false. */
  matches(phc: string | undefined, password: string): Promise<boolean>;
}

/** OWASP's parameters for argon2id, which is the library's default algorithm. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const WAITING_MOST = 20;
/** Made with the same parameters of 32 random bytes that nobody has. */
const NOBODYS = '$argon2id$v=19$m=19456,t=2,p=1$laPq230BrEY8L2tG8enkkA$TstEg1CidJWdyF7YcIRiGa976avavQ3mCX+mnPMu0pI';

/** Hashes and verifies in turn. @throws TooManyAttempts from both when 20 are waiting already */
export function passwords(): Passwords {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    // One works, the others wait.
    if (waiting > WAITING_MOST) throw new TooManyAttempts(1);
    waiting += 1;
    const turn = last.then(work);
    last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  }
  // One password typed on two keyboards may come as different code points.
  const normal = (password: string) => password.normalize('NFKC');
  return {
    hash: (password) => inTurn(() => hash(normal(password), PARAMETERS)),
    matches: (phc, password) =>
      inTurn(async () => (await verify(phc ?? NOBODYS, normal(password))) && phc !== undefined),
  };
}
