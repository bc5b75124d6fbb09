import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newQueueId } from '../../src/model/ids.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import { receipts } from '../../src/model/receipt.ts';

const queue = (account = '000000000000') => ({ id: newQueueId(), account }) as QueueRecord;
const receipt = { epoch: 3, number: 2 ** 40 + 5, generation: 2 ** 48 - 1 };

describe('S24 receipt handles', () => {
  const signed = receipts(randomBytes(32));
  const mine = queue();
  const handle = signed.sign(mine, receipt);

  it('say what was signed', () => {
    expect(signed.open(mine, handle)).toEqual(receipt);
  });

  it('are refused with any bit flipped', () => {
    const bytes = Buffer.from(handle, 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const forged = Buffer.from(bytes);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(signed.open(mine, forged.toString('base64'))).toBeUndefined();
    }
  });

  it('are refused for another queue, another account, by another key', () => {
    expect(signed.open(queue(), handle)).toBeUndefined();
    expect(signed.open({ ...mine, account: '111111111111' }, handle)).toBeUndefined();
    expect(receipts(randomBytes(32)).open(mine, handle)).toBeUndefined();
  });

  it('are refused in any other spelling', () => {
    for (const other of [
      '',
      'garbage',
      handle.slice(1),
      `${handle}=`,
      ` ${handle}`,
      handle.replace(/.$/, '*'),
      `${handle}${handle}`,
    ]) {
      expect(signed.open(mine, other)).toBeUndefined();
    }
    expect(signed.open(mine, Buffer.from(handle, 'base64').toString('base64url').padEnd(64, '-'))).toEqual(
      handle.includes('+') || handle.includes('/') ? undefined : receipt,
    );
  });

  it('are never hit by chance', () => {
    for (let i = 0; i < 20_000; i += 1) expect(signed.open(mine, randomBytes(48).toString('base64'))).toBeUndefined();
  });
});
