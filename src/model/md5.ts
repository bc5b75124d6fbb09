/** MD5 digests as SQS defines them (sqs-wire.md §5.5): lower-case hex. */
import { hash } from 'node:crypto';
import { isBinary, type MessageAttribute } from './attribute.ts';

/** MD5OfMessageBody: of the body's UTF-8 bytes. */
export const md5OfBody = (bytes: Uint8Array): string => hash('md5', bytes);

const TEXT = Buffer.from([1]);
const BINARY = Buffer.from([2]);

function withLength(value: string | Buffer): Buffer[] {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** MD5OfMessageAttributes, and the same of system attributes: over exactly these, names in code-unit order. */
export function md5OfAttributes(attributes: readonly MessageAttribute[]): string {
  const sorted = [...attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const pieces = sorted.flatMap(({ name, type, value }) => [
    ...withLength(name),
    ...withLength(type),
    isBinary(type) ? BINARY : TEXT,
    ...withLength(value),
  ]);
  return hash('md5', Buffer.concat(pieces));
}
