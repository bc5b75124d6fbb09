/** Listings in pages (sqs-wire.md §§3.11, 3.13): how many at once, and the token with which a listing goes on. */
import { createHash } from 'node:crypto';
import { invalidParameter, type ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';

export const checkMaxResults = (value: number): ServiceError | undefined =>
  value >= 1 && value <= LIMITS.page
    ? undefined
    : invalidParameter(
        `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and ${LIMITS.page}.`,
      );

/** What must not change between the pages of a listing. */
export const fingerprint = (...parameters: (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parameters)).digest('base64url').slice(0, 12);

/** An opaque token: where the listing goes on, and of which listing. */
export const tokenOf = (after: string, print: string): string =>
  Buffer.from(JSON.stringify([after, print])).toString('base64url');

/** Where a listing goes on. @throws ServiceError `garbage` for what was never a token; one for another listing's */
export function positionOf(token: string, print: string, garbage: ServiceError): string {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw garbage;
  }
  if (!Array.isArray(parts) || typeof parts[0] !== 'string' || parts.length !== 2) throw garbage;
  if (parts[1] !== print) {
    throw invalidParameter(
      'Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.',
    );
  }
  return parts[0];
}
