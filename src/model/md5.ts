/** MD5 digests as SQS defines them (sqs-wire.md §5.5). */
import * as crypto from 'node:crypto';

/** Lower-case hex MD5. */
export const md5 = (bytes: Uint8Array | string): string => crypto.hash('md5', bytes);

/** A message attribute as it is sent: its type with label, and its value as text or bytes. */
export interface Digested {
  DataType: string;
  StringValue?: string | undefined;
  BinaryValue?: Uint8Array | undefined;
}

const STRING = Buffer.from([1]);
const BINARY = Buffer.from([2]);

function piece(value: string | Uint8Array): Buffer[] {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** MD5OfMessageAttributes, or of system attributes: over all of `attributes`, names in code-unit order. */
export function md5OfAttributes(attributes: Record<string, Digested>): string {
  const pieces = Object.keys(attributes)
    .sort()
    .flatMap((name) => {
      const { DataType, StringValue, BinaryValue } = attributes[name]!;
      const binary = DataType.startsWith('Binary');
      const value = (binary ? BinaryValue : StringValue) ?? '';
      return [...piece(name), ...piece(DataType), binary ? BINARY : STRING, ...piece(value)];
    });
  return md5(Buffer.concat(pieces));
}
