/**
 * Shapes: what an action takes and gives, as data. A face decodes a request by walking the input shape and encodes the
 * answer by walking the output shape; `check` turns a decoded tree into the typed input. Nothing here knows an action.
 *
 * `check` has two floors. First the types of everything, deep (sqs-wire.md §1.6); then, for the members of the input
 * itself and in the order in which they are declared, presence, range and pattern. What is inside lists (batch entries,
 * attributes) is left to the action, since AWS reports it per entry and with texts of its own.
 */
import { invalidParameter, ServiceError } from './errors.ts';

/** Wire facts of the Query protocol: the key that a flattened list or map has there, and of a map's key and value. */
interface Wire {
  wire?: string;
  key?: string;
  value?: string;
}

interface Traits extends Wire {
  required?: boolean;
  /** What is said when a required member is absent; the default names the member. */
  missing?: () => ServiceError;
  /** '' counts as absent. */
  nonEmpty?: boolean;
  /** Numbers and booleans become strings instead of failing. */
  coerced?: boolean;
  /** What is said of a list where this scalar should be; AWS has another text for queue attributes. */
  notList?: string;
  /** JSON writes it when it is empty too: AWS leaves empty lists and maps out, but for this one (sqs-wire.md §1.2). */
  evenEmpty?: boolean;
  /** Checks a value that is present. */
  test?: (value: never, name: string) => ServiceError | undefined;
}

export type Kind = 'string' | 'integer' | 'boolean' | 'blob' | 'list' | 'map' | 'structure';

/** A shape whose values are T; R says whether it is required as a member. Immutable: each method gives a new one. */
export class Shape<T, R extends boolean = boolean> {
  declare readonly type: T;
  declare readonly needed: R;
  readonly kind: Kind;
  readonly traits: Traits;
  /** The element of a list, the value of a map. */
  readonly element: Shape<unknown> | undefined;
  /** The members of a structure, in order; and the same as a list, for the walks. */
  readonly members: Members | undefined;
  readonly entries: readonly (readonly [string, Shape<unknown>])[];

  constructor(kind: Kind, traits: Traits = {}, element?: Shape<unknown>, members?: Members) {
    this.kind = kind;
    this.traits = traits;
    this.element = element;
    this.members = members;
    this.entries = Object.entries(members ?? {});
  }

  private with<Q extends boolean = R>(traits: Traits): Shape<T, Q> {
    return new Shape<T, Q>(this.kind, { ...this.traits, ...traits }, this.element, this.members);
  }

  required(missing?: () => ServiceError): Shape<T, true> {
    return this.with<true>(missing ? { required: true, missing } : { required: true });
  }

  nonEmpty(): Shape<T, R> {
    return this.with({ nonEmpty: true });
  }

  notList(text: string): Shape<T, R> {
    return this.with({ notList: text });
  }

  evenEmpty(): Shape<T, R> {
    return this.with({ evenEmpty: true });
  }

  coerced(): Shape<T, R> {
    return this.with({ coerced: true });
  }

  /** An integer range, inclusive. `reason` is AWS's wording, which differs from action to action. */
  between(least: number, most: number, reason: string): Shape<T, R> {
    return this.tested((value, name) => {
      const number = Number(value);
      return number >= least && number <= most ? undefined : invalidValue(name, String(value), reason);
    });
  }

  tested(test: (value: T, name: string) => ServiceError | undefined): Shape<T, R> {
    return this.with({ test: test as NonNullable<Traits['test']> });
  }
}

export type Members = Record<string, Shape<unknown>>;

/** The values a structure with these members has. */
export type Infer<M extends Members> = {
  [K in keyof M as M[K] extends Shape<unknown, true> ? K : never]: M[K]['type'];
} & {
  [K in keyof M as M[K] extends Shape<unknown, true> ? never : K]?: M[K]['type'] | undefined;
};

export const string = new Shape<string, false>('string');
export const integer = new Shape<number, false>('integer');
export const boolean = new Shape<boolean, false>('boolean');
export const blob = new Shape<Buffer, false>('blob');
export const list = <T>(element: Shape<T>, wire: Wire = {}) => new Shape<T[], false>('list', wire, element);
export const map = <T>(value: Shape<T>, wire: Wire = {}) => new Shape<Record<string, T>, false>('map', wire, value);
export const structure = <M extends Members>(members: M) =>
  new Shape<Infer<M>, false>('structure', {}, undefined, members);

/** `Value <v> for parameter <P> is invalid. Reason: <reason>` (sqs-wire.md §13). */
export const invalidValue = (name: string, value: string, reason: string) =>
  invalidParameter(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

/** `The request must contain the parameter <P>.` */
export const missing = (name: string) =>
  new ServiceError('MissingParameter', `The request must contain the parameter ${name}.`);

/**
 * The typed input of a decoded tree.
 * @throws ServiceError SerializationException for a wrong type, else what the first failing member says.
 */
export function check<M extends Members>(input: Shape<Infer<M>>, tree: unknown): Infer<M> {
  const typed = convert(input, tree) as Record<string, unknown>;
  for (const [name, member] of input.entries) constrain(name, member, typed[name]);
  return typed as Infer<M>;
}

function constrain(name: string, member: Shape<unknown>, value: unknown): void {
  const { required, nonEmpty, test, missing: whenMissing } = member.traits;
  if (value === undefined || (nonEmpty && value === '')) {
    if (required) throw whenMissing?.() ?? missing(name);
    return;
  }
  const error = test?.(value as never, name);
  if (error) throw error;
}

const serialization = (text: string) => new ServiceError('SerializationException', text);

/** Types alone, deep. Absent and null are undefined; members that the shape does not know are ignored. */
export function convert(shape: Shape<unknown>, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (shape.kind) {
    case 'string':
      return toText(shape, value);
    case 'integer':
      return toInteger(value);
    case 'boolean':
      return toBoolean(value);
    case 'blob':
      return toBlob(value);
    case 'list':
      return toList(shape, value);
    case 'map':
      return toMap(shape, value);
    case 'structure':
      return toStructure(shape, value);
  }
}

/** What AWS calls a JSON value of the wrong type, as it stands in its texts. */
function typeName(value: unknown): string {
  if (value === true) return 'TRUE_VALUE';
  if (value === false) return 'FALSE_VALUE';
  return typeof value === 'number' ? 'NUMBER_VALUE' : 'STRING_VALUE';
}

function notScalar(value: unknown): void {
  if (Array.isArray(value)) throw serialization('Start of list found where not expected');
  if (typeof value === 'object') throw serialization('Start of structure or map found where not expected.');
}

function toText(shape: Shape<unknown>, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && shape.traits.notList) throw serialization(shape.traits.notList);
  notScalar(value);
  if (shape.traits.coerced) return String(value);
  throw serialization(`${typeName(value)} can not be converted to a String`);
}

function toInteger(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  notScalar(value);
  if (typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value)) return Number(value);
  throw serialization(`${typeName(value)} can not be converted to an Integer`);
}

function toBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  notScalar(value);
  if (value === 'true' || value === 'false') return value === 'true';
  throw serialization(`${typeName(value)} can not be converted to a Boolean`);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function toBlob(value: unknown): Buffer {
  notScalar(value);
  if (typeof value !== 'string') throw serialization(`${typeName(value)} can not be converted to a Blob`);
  if (!BASE64.test(value)) throw serialization('Invalid base64 encoding found where a blob is expected');
  return Buffer.from(value, 'base64');
}

function toList(shape: Shape<unknown>, value: unknown): unknown[] {
  if (!Array.isArray(value)) {
    if (typeof value === 'object') throw serialization('Start of structure or map found where not expected.');
    throw serialization(`${typeName(value)} can not be converted to a List`);
  }
  const element = shape.element!;
  return value.map((item) => convert(element, item)).filter((item) => item !== undefined);
}

function toMap(shape: Shape<unknown>, value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) throw serialization('Start of list found where not expected');
  if (typeof value !== 'object') throw serialization(`${typeName(value)} can not be converted to a Map`);
  const typed: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value as object)) {
    const converted = convert(shape.element!, item);
    if (converted !== undefined) typed[key] = converted;
  }
  return typed;
}

function toStructure(shape: Shape<unknown>, value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) throw serialization('Start of list found where not expected');
  if (typeof value !== 'object') throw serialization(`${typeName(value)} can not be converted to a Structure`);
  const typed: Record<string, unknown> = {};
  for (const [name, member] of shape.entries) {
    // Members have AWS's names: none of them is on Object.prototype.
    const converted = convert(member, (value as Record<string, unknown>)[name]);
    if (converted !== undefined) typed[name] = converted;
  }
  return typed;
}
