/** A message attribute that has been checked: bytes when its type is Binary, else text. */
export interface MessageAttribute {
  name: string;
  /** `String`, `Number` or `Binary`, perhaps with a custom label after a dot. */
  type: string;
  value: string | Buffer;
}

/** Whether values of this type are bytes: the part before the dot decides. */
export const isBinary = (type: string): boolean => type === 'Binary' || type.startsWith('Binary.');

/** The attributes as a row keeps them: '' for none, else a JSON list of [name, type, value], bytes as base64. */
export function pack(attributes: readonly MessageAttribute[]): string {
  if (attributes.length === 0) return '';
  return JSON.stringify(
    attributes.map(({ name, type, value }) => [
      name,
      type,
      typeof value === 'string' ? value : value.toString('base64'),
    ]),
  );
}

/** The attributes of a row, in the order in which they were sent. */
export function unpack(packed: string): MessageAttribute[] {
  if (packed === '') return [];
  const rows = JSON.parse(packed) as [name: string, type: string, value: string][];
  return rows.map(([name, type, value]) => ({
    name,
    type,
    value: isBinary(type) ? Buffer.from(value, 'base64') : value,
  }));
}
