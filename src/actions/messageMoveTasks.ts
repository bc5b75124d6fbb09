/** StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask (sqs-wire.md §§3.2, 3.12, 3.21, 6.4). */
import { type ErrorName, invalidParameter, ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { arnParts } from '../contract/policies.ts';
import { integer, list, string, structure } from '../contract/shape.ts';
import type { Task } from '../engine/tasks.ts';
import { isFifo, type QueueRecord } from '../model/queue.ts';
import { type Call, defineAction } from './context.ts';
import { sourcesOf } from './listDeadLetterSourceQueues.ts';
import { settled } from './outcomes.ts';

type Calling = Pick<Call<object, ErrorName>, 'store' | 'caller'>;

const range = (name: string, most: number) =>
  invalidParameter(
    `Value for parameter ${name} is invalid. Reason: You must enter a number that's between 1 and ${most}.`,
  );

const noResource = (parameter: string) =>
  new ServiceError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );

/** The parts of a queue's ARN, or undefined. */
function queueParts(arn: string) {
  const parts = arnParts(arn);
  return parts?.service === 'sqs' ? parts : undefined;
}

/** The queue that an ARN names; only the caller's own are found. @throws ServiceError malformed, or no such queue */
async function queueOf({ store, caller }: Calling, arn: string, parameter: string): Promise<QueueRecord> {
  const parts = queueParts(arn);
  if (parts === undefined) {
    const form = 'arn:<partition>:<service>:<region>:<account-id>:<resource-id>';
    throw invalidParameter(`You must use this format to specify the ${parameter}: ${form}`);
  }
  const own = parts.account === caller.account;
  const queue = own ? await store.catalogue.find(parts.account, parts.region, parts.name) : undefined;
  if (queue !== undefined) return queue;
  throw noResource(parameter);
}

/** @throws ServiceError when messages of `source` cannot go there */
async function checkDestination(call: Calling, source: QueueRecord, arn: string): Promise<void> {
  const destination = await queueOf(call, arn, 'DestinationArn');
  if (destination.region !== source.region) throw noResource('DestinationArn');
  if (destination.id === source.id) {
    throw invalidParameter('Source queue arn and destination queue arn cannot be the same.');
  }
  if (isFifo(destination) !== isFifo(source)) {
    throw invalidParameter('The source queue and destination queue must be of the same queue type.');
  }
}

/** Opaque to clients; the id in it is random, so nobody can name a task that was not given to them. */
const handleOf = (task: Task, sourceArn: string): string =>
  Buffer.from(JSON.stringify({ taskId: task.id, sourceArn })).toString('base64');

function readHandle(handle: string): { taskId: string; sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString()) as Record<string, unknown>;
    if (typeof taskId === 'string' && typeof sourceArn === 'string' && queueParts(sourceArn))
      return { taskId, sourceArn };
  } catch {
    // Told below.
  }
  throw invalidParameter('Value for parameter TaskHandle is invalid.');
}

export const startMessageMoveTask = defineAction({
  name: 'StartMessageMoveTask',
  input: {
    SourceArn: string.nonEmpty().required(),
    DestinationArn: string,
    MaxNumberOfMessagesPerSecond: integer,
  },
  output: { TaskHandle: string },
  errors: ['ResourceNotFoundException', 'UnsupportedOperation'],
  run: async (call) => {
    const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = call.input;
    const source = await queueOf(call, SourceArn, 'SourceArn');
    if ((await sourcesOf(call.store.catalogue, source, '', 1)).length === 0) {
      throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    }
    if (DestinationArn) await checkDestination(call, source, DestinationArn);
    if (rate !== undefined && (rate < 1 || rate > LIMITS.moveRate)) {
      throw range('MaxNumberOfMessagesPerSecond', LIMITS.moveRate);
    }
    const task = settled(await call.tasks.start(source, { destination: DestinationArn || undefined, rate }));
    if (task !== undefined) return { TaskHandle: handleOf(task, SourceArn) };
    throw invalidParameter(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  },
});

const result = {
  TaskHandle: string,
  Status: string,
  SourceArn: string,
  DestinationArn: string,
  MaxNumberOfMessagesPerSecond: integer,
  ApproximateNumberOfMessagesMoved: integer,
  ApproximateNumberOfMessagesToMove: integer,
  FailureReason: string,
  StartedTimestamp: integer,
};

export const listMessageMoveTasks = defineAction({
  name: 'ListMessageMoveTasks',
  input: {
    SourceArn: string.nonEmpty().required(),
    MaxResults: integer,
  },
  output: { Results: list(structure(result), { wire: 'ListMessageMoveTasksResultEntry' }) },
  errors: ['ResourceNotFoundException', 'UnsupportedOperation'],
  run: async (call) => {
    const { SourceArn, MaxResults = 1 } = call.input;
    const source = await queueOf(call, SourceArn, 'SourceArn');
    if (MaxResults < 1 || MaxResults > LIMITS.moveTasks) throw range('MaxResults', LIMITS.moveTasks);
    const tasks = settled(await call.tasks.list(source));
    return { Results: tasks.slice(0, MaxResults).map((task) => entryOf(task, SourceArn)) };
  },
});

/** What is shown of a task, and when (§3.12). */
function entryOf(task: Task, SourceArn: string) {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: handleOf(task, SourceArn) }),
    Status: task.status,
    SourceArn,
    ...(task.destination !== undefined && { DestinationArn: task.destination }),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure !== undefined && { FailureReason: task.failure }),
    StartedTimestamp: task.startedAt,
  };
}

export const cancelMessageMoveTask = defineAction({
  name: 'CancelMessageMoveTask',
  input: { TaskHandle: string.nonEmpty().required() },
  output: { ApproximateNumberOfMessagesMoved: integer },
  errors: ['ResourceNotFoundException', 'UnsupportedOperation'],
  run: async (call) => {
    const { taskId, sourceArn } = readHandle(call.input.TaskHandle);
    const task = settled(await call.tasks.cancel(await queueOf(call, sourceArn, 'SourceArn'), taskId));
    if (task === undefined) throw new ServiceError('ResourceNotFoundException', 'Task does not exist.');
    if (task.status !== 'RUNNING') throw invalidParameter('Only active tasks can be cancelled.');
    return { ApproximateNumberOfMessagesMoved: task.moved };
  },
});
