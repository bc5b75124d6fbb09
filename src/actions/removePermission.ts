import { policyOf, statementsOf } from '../contract/policies.ts';
import { invalidValue } from '../contract/shape.ts';
import { label } from './addPermission.ts';
import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

/** A policy without the statements of that label; undefined when none is left, as then AWS has no policy at all (sqs-wire.md §3.17). */
function withoutLabel(attributes: Record<string, string>, Label: string): string | undefined {
  const policy = policyOf(attributes);
  if (policy === undefined) throw invalidValue('Label', Label, "can't find label.");
  const statements = statementsOf(policy);
  const left = statements.filter(({ Sid }) => Sid !== Label);
  if (left.length === statements.length) throw invalidValue('Label', Label, "can't find label on existing policy.");
  return left.length === 0 ? undefined : JSON.stringify({ ...policy, Statement: left });
}

export const removePermission = defineQueueAction({
  name: 'RemovePermission',
  input: { Label: label },
  output: {},
  errors: [],
  run: async ({ input, queue, store, clock }) => {
    const { Policy: _, ...others } = queue.attributes;
    const Policy = withoutLabel(queue.attributes, input.Label);
    const attributes = Policy === undefined ? others : { ...others, Policy };
    settled(await store.catalogue.update(queue, { attributes, modifiedAtMs: clock.now() }));
    return {};
  },
});
