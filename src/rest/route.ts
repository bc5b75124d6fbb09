/** A route of the REST API beside the queue endpoint: what it takes, what it answers. Mounted by app.ts. */
import { z } from 'zod';
import type { HttpRequest } from '../contract/face.ts';
import { type FieldProblem, InvalidFields } from './face.ts';

interface Call<C, B, Q> {
  request: HttpRequest;
  /** Who asks; undefined on routes that are open to everybody. */
  caller: C;
  /** The queue that the path names; '' when it names none. */
  name: string;
  /** The message that the path names; '' when it names none. */
  id: string;
  query: Q;
  body: B;
}

interface RouteOf<C, B, Q> {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** Of an answer; 200 unless given. */
  status?: number;
  /** What may stand after the question mark, names and texts. Undefined: it is not looked at. */
  query?: z.ZodType<Q>;
  /** Undefined: a body is not looked at. */
  body?: z.ZodType<B>;
  /** Takes a form as well as JSON. */
  form?: true;
  /** Undefined: the answer has no body. */
  run(call: Call<C, B, Q>): Promise<object | undefined>;
}

export type Route<C> = RouteOf<C, unknown, unknown>;

/** A route; the types of its query and body come from their schemas. */
export const route =
  <C>() =>
  <B = undefined, Q = undefined>(row: RouteOf<C, B, Q>): Route<C> => ({ ...row, run: row.run as never });

/**
 * The body, or the query, as `schema` has it.
 * @throws InvalidFields with every field that is wrong
 */
export function checked<B>(schema: z.ZodType<B>, body: unknown): B {
  const result = schema.safeParse(body, { error: sentence });
  if (result.success) return result.data;
  throw new InvalidFields(result.error.issues.flatMap((issue) => problemsOf(issue, schema)));
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ field: issue.path.join('.') || 'body', problem: issue.message }];
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : '';
  return issue.keys.map((field) => ({ field, problem: `is not known here: take ${known}` }));
}

/** What stands after the question mark of a URL. @throws InvalidFields for what is given twice */
export function queryOf(query: string): Record<string, string> {
  const given = new URLSearchParams(query);
  const names = [...given.keys()];
  const twice = new Set(names.filter((name, i) => names.indexOf(name) < i));
  const problem = 'is given more than once';
  if (twice.size > 0) throw new InvalidFields([...twice].map((field) => ({ field, problem })));
  return Object.fromEntries(given);
}

const KINDS: Record<string, string> = {
  string: 'a string',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  array: 'a list',
};

/** What there may be too few or too many of. */
const PARTS: Record<string, string> = { string: 'characters', array: 'entries' };

/** What is wrong with a field, as it stands after the field's name. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    const parts = PARTS[issue.origin];
    return parts === undefined ? `must be ${limit}` : `must have ${limit} ${parts}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? 'an object'}`;
  return undefined;
}
