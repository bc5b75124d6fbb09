/**
 * Receipt handles: base64 of
 *
 *     version 1 │ key id 1 │ queue id 12 │ epoch 6 │ number 6 │ generation 6 │ HMAC-SHA-256, first 16
 *
 * (bytes). The MAC covers what stands before it and the account. There is nothing secret inside: signing makes a handle
 * unforgeable, binds it to queue and account, and lets junk be refused without a look into the store (S24).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { QueueRecord } from './queue.ts';

export interface Receipt {
  epoch: number;
  number: number;
  generation: number;
}

export interface Receipts {
  /** The handle of a delivery, 64 characters. */
  sign(queue: QueueRecord, receipt: Receipt): string;
  /** What a handle says, or undefined when it was not made by us for this queue. */
  open(queue: QueueRecord, handle: string): Receipt | undefined;
}

const VERSION = 1;
const KEY_ID = 1;
const SIGNED = 32;
const LENGTH = 48;
const CHARACTERS = (LENGTH / 3) * 4;

/** Signs and opens with one key of 32 bytes. */
export function receipts(key: Buffer): Receipts {
  const mac = (account: string, signed: Buffer) =>
    createHmac('sha256', key)
      .update(account)
      .update(signed)
      .digest()
      .subarray(0, LENGTH - SIGNED);
  return {
    sign(queue, receipt) {
      const bytes = Buffer.allocUnsafe(LENGTH);
      bytes[0] = VERSION;
      bytes[1] = KEY_ID;
      bytes.write(queue.id, 2, 'base64url');
      bytes.writeUIntBE(receipt.epoch, 14, 6);
      bytes.writeUIntBE(receipt.number, 20, 6);
      bytes.writeUIntBE(receipt.generation, 26, 6);
      mac(queue.account, bytes.subarray(0, SIGNED)).copy(bytes, SIGNED);
      return bytes.toString('base64');
    },
    open(queue, handle) {
      if (handle.length !== CHARACTERS) return undefined;
      const bytes = Buffer.from(handle, 'base64');
      // Node's decoder is lenient; a handle is good in one spelling only.
      if (bytes.length !== LENGTH || bytes.toString('base64') !== handle) return undefined;
      if (bytes[0] !== VERSION || bytes[1] !== KEY_ID) return undefined;
      if (!timingSafeEqual(mac(queue.account, bytes.subarray(0, SIGNED)), bytes.subarray(SIGNED))) return undefined;
      if (bytes.toString('base64url', 2, 14) !== queue.id) return undefined;
      return { epoch: bytes.readUIntBE(14, 6), number: bytes.readUIntBE(20, 6), generation: bytes.readUIntBE(26, 6) };
    },
  };
}
