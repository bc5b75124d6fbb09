/** A route of the REST API beside the queue endpoint: what it takes, what it answers. Mounted by app.ts. */
import type { z } from 'zod';
import type { HttpRequest } from '../contract/face.ts';
import { type FieldProblem, InvalidFields } from './face.ts';

interface Call<C, B> {
  request: HttpRequest;
  /** Who asks; undefined on routes that are open to everybody. */
  caller: C;
  /** The queue that the path names; '' when it names none. */
  name: string;
  body: B;
}

interface RouteOf<C, B> {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** Of an answer; 200 unless given. */
  status?: number;
  /** Undefined: a body is not looked at. */
  body?: z.ZodType<B>;
  /** Takes a form as well as JSON. */
  form?: true;
  /** Undefined: the answer has no body. */
  run(call: Call<C, B>): Promise<object | undefined>;
}

export type Route<C> = RouteOf<C, unknown>;

/** A route; the type of its body comes from the schema. */
export const route =
  <C>() =>
  <B = undefined>(row: RouteOf<C, B>): Route<C> => ({ ...row, run: row.run as never });

/**
 * The body as `schema` has it.
 * @throws InvalidFields with every field that is wrong
 */
export function checked<B>(schema: z.ZodType<B>, body: unknown): B {
  const result = schema.safeParse(body, { error: sentence });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }): FieldProblem => {
    return { field: path.join('.') || 'body', problem: message };
  });
  throw new InvalidFields(problems);
}

const KINDS: Record<string, string> = {
  string: 'a string',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
};

/** What is wrong with a field, as it stands after the field's name. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    return issue.origin === 'string' ? `must have ${limit} characters` : `must be ${limit}`;
  }
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? 'an object'}`;
  return undefined;
}
