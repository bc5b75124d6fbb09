/** Tags of a queue (sqs-wire.md §§3.22, 3.23). */
import { invalidParameter } from './errors.ts';
import { LIMITS } from './limits.ts';
import { map, string } from './shape.ts';

/** The shape of a map of tags, on every action that has one. */
export const tagMap = map(string, { wire: 'Tag', key: 'Key', value: 'Value' });

const CHARACTERS = /^[\p{L}\p{N}\s_.:/=+\-@]*$/u;
const SYMBOLS = 'unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @';

/** Checks keys alone. @throws ServiceError InvalidParameterValue */
export function checkTagKeys(keys: string[]): void {
  for (const key of keys) {
    if (key.length < 1 || key.length > LIMITS.tagKeyLength) {
      throw invalidParameter(`Tag keys must be between 1 and ${LIMITS.tagKeyLength} characters in length.`);
    }
  }
  for (const key of keys) if (!CHARACTERS.test(key)) throw invalidParameter(`Tag keys may only contain ${SYMBOLS}`);
}

/**
 * The tags of a queue after `added` came to `current`.
 * @throws ServiceError InvalidParameterValue
 */
export function withTags(
  queueName: string,
  current: Record<string, string>,
  added: Record<string, string>,
): Record<string, string> {
  checkTagKeys(Object.keys(added));
  for (const value of Object.values(added)) {
    if (value.length > LIMITS.tagValueLength) {
      throw invalidParameter(`Tag values must be between 0 and ${LIMITS.tagValueLength} characters in length.`);
    }
    // The stray quote is AWS's.
    if (!CHARACTERS.test(value)) throw invalidParameter(`Tag values may only contain ${SYMBOLS}'`);
  }
  const tags = Object.fromEntries([...Object.entries(current), ...Object.entries(added)]);
  if (Object.keys(tags).length > LIMITS.tags) throw invalidParameter(`Too many tags added for queue ${queueName}.`);
  return tags;
}
