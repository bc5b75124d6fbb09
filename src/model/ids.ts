/** Chance. With clock.ts the only place where the program asks the machine for something unforeseeable. */
import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

const pool = Buffer.alloc(6 * 512);
let used = pool.length;

/** A random UUID: message ids, request ids. */
export const newId = (): string => randomUUID();

/** A queue's internal id: 96 random bits, never used again. */
export const newQueueId = (): string => randomBytes(12).toString('base64url');

/** A generation: 48 random bits as an integer. Drawn from a pool, since every receive needs one. */
export function newGeneration(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 6;
  return pool.readUIntBE(used - 6, 6);
}

/** A random secret of 32 bytes. */
export const newSecret = (): Buffer => randomBytes(32);

/** The id of a call that is made once: its storage may still see it twice, when a connection is lost. 128 random bits. */
export const newRequestId = (): string => randomBytes(16).toString('base64url');

/** Up to `mostMs`, so that many who wait for the same thing do not come at the same time. */
export const jitterMs = (mostMs: number): number => Math.random() * mostMs;
