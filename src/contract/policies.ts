/** The queue attributes that are JSON documents: Policy, RedrivePolicy, RedriveAllowPolicy (sqs-wire.md §§4.4–4.6). */
import { ServiceError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { invalidValue } from './shape.ts';

type Json = Record<string, unknown>;

function objectOf(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

const only = (value: Json, names: string[]) => Object.keys(value).every((name) => names.includes(name));

const POLICY = ['Version', 'Id', 'Statement'];
const STATEMENT = 'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' ');
const VERSIONS = ['2012-10-17', '2008-10-17'];

function isStatement(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const statement = value as Json;
  return only(statement, STATEMENT) && (statement.Effect === 'Allow' || statement.Effect === 'Deny');
}

/** Undefined when the text is a policy document; whether its principals exist is not looked at. */
export function policyProblem(text: string): ServiceError | undefined {
  const invalid = new ServiceError('InvalidAttributeValue', 'Invalid value for the parameter Policy.');
  const policy = objectOf(text);
  if (policy === undefined || Buffer.byteLength(text) > LIMITS.policyBytes || !only(policy, POLICY)) return invalid;
  if (policy.Version !== undefined && !VERSIONS.includes(policy.Version as string)) return invalid;
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  if (!statements.every(isStatement)) return invalid;
  if (statements.length <= LIMITS.policyStatements) return undefined;
  return new ServiceError(
    'OverLimit',
    `${statements.length} statements were found in the submitted policy, max allowed is ${LIMITS.policyStatements}`,
  );
}

/** A policy document, as far as it is edited. */
export type Policy = Json & { Statement?: unknown };

/** The Policy among a queue's attributes, or undefined. It was checked when it was set. */
export const policyOf = ({ Policy }: Record<string, string>): Policy | undefined =>
  Policy ? objectOf(Policy) : undefined;

/** The statements of a policy that has been checked; a single one stands for a list. */
export function statementsOf({ Statement }: Policy): Json[] {
  if (Statement === undefined) return [];
  return (Array.isArray(Statement) ? Statement : [Statement]) as Json[];
}

/** AddPermission's refusal of what would be too much (sqs-wire.md §3.1). */
export const overLimit = (count: number, noun: string, most: number) =>
  new ServiceError('OverLimit', `${count} ${noun} were found, maximum allowed is ${most}.`);

const ARN = /^arn:[\w-]+:([\w-]+):([\w-]*):(\d*):(.+)$/;

/** The parts of an ARN, or undefined. */
export function arnParts(arn: string): { service: string; region: string; account: string; name: string } | undefined {
  const [, service = '', region = '', account = '', name = ''] = ARN.exec(arn) ?? [];
  return service === '' ? undefined : { service, region, account, name };
}

/** The ARN of a RedrivePolicy that has been checked. */
export const deadLetterTarget = (text: string): string => String(objectOf(text)?.deadLetterTargetArn);

/** Undefined when the text is a redrive policy, as far as that can be told without looking at queues. */
export function redriveProblem(text: string): ServiceError | undefined {
  const policy = objectOf(text);
  if (policy === undefined) {
    return new ServiceError(
      'InvalidAttributeValue',
      'Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.',
    );
  }
  const reason = redriveReason(policy);
  return reason === undefined ? undefined : invalidValue('RedrivePolicy', text, reason);
}

function redriveReason(policy: Json): string | undefined {
  const { maxReceiveCount, deadLetterTargetArn } = policy;
  const lacks = (name: string) => `Redrive policy does not contain mandatory attribute: ${name}.`;
  if (maxReceiveCount === undefined || maxReceiveCount === null) return lacks('maxReceiveCount');
  if (deadLetterTargetArn === undefined || deadLetterTargetArn === null) return lacks('deadLetterTargetArn');
  const given = typeof maxReceiveCount === 'string' ? maxReceiveCount : JSON.stringify(maxReceiveCount);
  const count = /^\d{1,9}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > LIMITS.maxReceiveCount) {
    return `Invalid value for maxReceiveCount: ${given}, valid values are from 1 to ${LIMITS.maxReceiveCount} both inclusive.`;
  }
  const target = typeof deadLetterTargetArn === 'string' ? arnParts(deadLetterTargetArn) : undefined;
  if (target === undefined) return 'Dead-letter target ARN should be fully qualified ARN.';
  if (!only(policy, ['maxReceiveCount', 'deadLetterTargetArn'])) {
    return 'Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].';
  }
  return target.service === 'sqs' ? undefined : 'Only SQS queues are valid resources for deadLetterTargetArn.';
}

const PERMISSIONS = ['allowAll', 'denyAll', 'byQueue'];

/**
 * Whether the RedriveAllowPolicy among a queue's attributes lets `source` name the queue as its dead-letter queue; without
 * one every queue may (sqs-wire.md §4.5). A policy may have been written for any partition.
 */
export function allowsSource(
  { RedriveAllowPolicy }: Record<string, string>,
  source: { account: string; region: string; name: string },
): boolean {
  const policy = RedriveAllowPolicy ? objectOf(RedriveAllowPolicy) : undefined;
  if (policy === undefined || policy.redrivePermission === 'allowAll') return true;
  const arns = policy.redrivePermission === 'byQueue' ? (policy.sourceQueueArns as string[]) : [];
  return arns.map(arnParts).some((arn) => {
    return arn?.name === source.name && arn.account === source.account && arn.region === source.region;
  });
}

/** Undefined when the text is a redrive allow policy. */
export function redriveAllowProblem(text: string): ServiceError | undefined {
  const policy = objectOf(text);
  const arns = policy?.sourceQueueArns;
  const formed =
    policy !== undefined &&
    only(policy, ['redrivePermission', 'sourceQueueArns']) &&
    PERMISSIONS.includes(policy.redrivePermission as string) &&
    (arns === undefined || (Array.isArray(arns) && arns.every((arn) => typeof arn === 'string')));
  const cannot = "Amazon SQS can't create the redrive allow policy";
  if (!formed) {
    return new ServiceError(
      'InvalidAttributeValue',
      `Invalid value for the parameter RedriveAllowPolicy. Reason: ${cannot}, as it’s in an unsupported format.`,
    );
  }
  const reason = sourcesReason(policy.redrivePermission === 'byQueue', (arns ?? []) as string[]);
  return reason === undefined ? undefined : invalidValue('RedriveAllowPolicy', text, `${cannot}. ${reason}`);
}

function sourcesReason(byQueue: boolean, { length }: string[]): string | undefined {
  if (byQueue && length === 0) {
    return 'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.';
  }
  if (length > LIMITS.redriveSources) {
    return `The maximum number of source queue ARNs you can specify is ${LIMITS.redriveSources}.`;
  }
  return byQueue || length === 0
    ? undefined
    : 'To specify one or more source queue ARNs, you must set redrivePermission to byQueue.';
}
