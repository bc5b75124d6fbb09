/** What the tests of message move tasks share: dead letters, tasks, and turns of the agenda. */
import { until } from '../helpers/until.ts';
import { arnOf, fail, pair } from './dead.ts';
import type { Context } from './matrix.ts';
import { countsOf, send, type TimedContext } from './messages.ts';

/** An entry of Results. */
export interface Entry {
  TaskHandle?: string;
  Status: string;
  SourceArn: string;
  DestinationArn?: string;
  MaxNumberOfMessagesPerSecond?: number;
  ApproximateNumberOfMessagesMoved: number;
  ApproximateNumberOfMessagesToMove: number;
  FailureReason?: string;
  StartedTimestamp: number;
}

/** A queue for dead letters, and a source whose messages are received once. */
export const pairOf = (context: Context) => pair(context, 1);

/** How many messages of a queue can be received. */
export const visibleIn = async (context: Context, QueueUrl: string): Promise<number> =>
  (await countsOf(context, QueueUrl))[0];

/** Receives what a source has as often as it allows; resolves when `count` more messages are in `dead`. */
export async function bury(context: Context, source: string, dead: string, count: number): Promise<void> {
  const before = await visibleIn(context, dead);
  // With a visibility of 0 they are back at once; the receive that finds nothing has found them to be dead letters.
  while ((await fail(context, source)).length > 0);
  await until('the dead letters are there', async () => (await visibleIn(context, dead)) === before + count);
}

/** Makes dead letters of a source. */
export async function die(context: Context, source: string, dead: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await send(context, source, body);
  await bury(context, source, dead, bodies.length);
}

/** Starts a task and answers its handle. */
export async function start({ client }: Context, source: string, wish: Record<string, unknown> = {}): Promise<string> {
  const { TaskHandle } = await client.call('StartMessageMoveTask', { SourceArn: arnOf(source), ...wish });
  return String(TaskHandle);
}

/** The tasks of a queue, the newest first. */
export async function tasksOf({ client }: Context, source: string, MaxResults?: number): Promise<Entry[]> {
  const wish = { SourceArn: arnOf(source), ...(MaxResults !== undefined && { MaxResults }) };
  return ((await client.call('ListMessageMoveTasks', wish)).Results ?? []) as Entry[];
}

/** The newest task. */
export const taskOf = async (context: Context, source: string): Promise<Entry> => (await tasksOf(context, source))[0]!;

export const cancel = ({ client }: Context, TaskHandle: string) => client.call('CancelMessageMoveTask', { TaskHandle });

const TURN_MS = 1000;

/** Lets a second pass, and with it the server's turn: every task has done its slice when this resolves. */
export async function turn({ clock }: Pick<TimedContext, 'clock'>, turns = 1): Promise<void> {
  for (let done = 0; done < turns; done += 1) {
    clock.advance(TURN_MS);
    // A turn plans the next one when it has ended.
    await until('the turn has ended', () => clock.plannedAt(clock.now() + TURN_MS) > 0);
  }
}

/** Turns until the newest task has ended; answers it. */
export async function ended(context: TimedContext, source: string): Promise<Entry> {
  for (let turns = 0; turns < 20; turns += 1) {
    await turn(context);
    const task = await taskOf(context, source);
    if (!/ING$/.test(task.Status)) return task;
  }
  throw new Error('the task does not end');
}
