import { LIMITS } from '../contract/limits.ts';
import { overLimit, type Policy, policyOf, statementsOf } from '../contract/policies.ts';
import { invalidValue, list, missing, string } from '../contract/shape.ts';
import { arnOf, type QueueRecord } from '../model/queue.ts';
import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

/** What others may be allowed to do, `*` for all of it (sqs-wire.md §3.1). */
const GRANTABLE = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
];

/** What only the owner may do (sqs-wire.md §§3.1, 10). */
const OWNERS = [
  'AddPermission',
  'CancelMessageMoveTask',
  'CreateQueue',
  'DeleteQueue',
  'ListMessageMoveTasks',
  'ListQueues',
  'ListQueueTags',
  'RemovePermission',
  'SetQueueAttributes',
  'StartMessageMoveTask',
  'TagQueue',
  'UntagQueue',
];

const LABEL = /^[A-Za-z0-9_-]{1,80}$/;
const ACCOUNT = /^\d{12}$/;

/** The label of a statement: its Sid. */
export const label = string.nonEmpty().required();

const noAccounts = () => missing('AWSAccountIds');
const noActions = () => missing('ActionName');

interface Grant {
  Label: string;
  AWSAccountIds: string[];
  Actions: string[];
}

/** AWS documents what a label may be, not what it says to another: the text is in the form of its others. */
function checkGrant({ Label, AWSAccountIds, Actions }: Grant): void {
  if (!LABEL.test(Label)) {
    const reason = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.';
    throw invalidValue('Label', Label, reason);
  }
  if (AWSAccountIds.length === 0) throw noAccounts();
  const strange = AWSAccountIds.filter((id) => !ACCOUNT.test(id));
  if (strange.length > 0) throw invalidValue('PrincipalId', `[${strange.join(', ')}]`, 'Unable to verify.');
  if (Actions.length === 0) throw noActions();
  if (Actions.length > LIMITS.statementActions) throw overLimit(Actions.length, 'Actions', LIMITS.statementActions);
  for (const action of Actions) checkAction(action);
}

function checkAction(action: string): void {
  if (GRANTABLE.includes(action)) return;
  const reason = OWNERS.includes(action)
    ? 'Only the queue owner is allowed to invoke this action.'
    : 'Please refer to the appropriate WSDL for a list of valid actions.';
  throw invalidValue('ActionName', `SQS:${action}`, reason);
}

/** One is written as itself, several as a list. */
const oneOrMore = (items: string[]) => (items.length === 1 ? items[0] : items);

/** The queue's policy with one statement more, as AWS writes it (sqs-wire.md §3.1). */
function withGrant(queue: QueueRecord, { Label, AWSAccountIds, Actions }: Grant): Policy {
  const Resource = arnOf(queue);
  const policy = policyOf(queue.attributes) ?? { Version: '2008-10-17', Id: `${Resource}/SQSDefaultPolicy` };
  const statements = statementsOf(policy);
  if (statements.some(({ Sid }) => Sid === Label)) throw invalidValue('Label', Label, 'Already exists.');
  const statement = {
    Sid: Label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMore(AWSAccountIds.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrMore(Actions.map((action) => `SQS:${action}`)),
    Resource,
  };
  return { ...policy, Statement: [...statements, statement] };
}

export const addPermission = defineQueueAction({
  name: 'AddPermission',
  input: {
    Label: label,
    AWSAccountIds: list(string, { wire: 'AWSAccountId' }).required(noAccounts),
    Actions: list(string, { wire: 'ActionName' }).required(noActions),
  },
  output: {},
  errors: ['OverLimit'],
  run: async ({ input, queue, store, clock }) => {
    checkGrant(input);
    const policy = withGrant(queue, input);
    const { length } = statementsOf(policy);
    if (length > LIMITS.policyStatements) throw overLimit(length, 'Statements', LIMITS.policyStatements);
    const Policy = JSON.stringify(policy);
    const bytes = Buffer.byteLength(Policy);
    if (bytes > LIMITS.policyBytes) throw overLimit(bytes, 'Bytes', LIMITS.policyBytes);
    const attributes = { ...queue.attributes, Policy };
    settled(await store.catalogue.update(queue, { attributes, modifiedAtMs: clock.now() }));
    return {};
  },
});
