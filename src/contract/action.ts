/** What the faces know of an action: its name and its shapes. What it does is in actions/. */
import type { ErrorName } from './errors.ts';
import { missing, type Shape, string } from './shape.ts';

export interface Operation {
  /** AWS's name, `SendMessage`. */
  readonly name: string;
  readonly input: Shape<object>;
  /** A structure; without members the action answers nothing but success. */
  readonly output: Shape<object>;
  readonly errors: readonly ErrorName[];
  /** Acts on the queue that QueueUrl names. */
  readonly onQueue: boolean;
}

/** The member that every queue action takes first. Dispatch reads it before anything else is checked. */
export const QueueUrl = string.nonEmpty().required(() => missing('QueueUrl'));
