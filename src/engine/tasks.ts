/**
 * Message move tasks (sqs-wire.md §6.4). A queue's tasks, the newest first, are a note that is kept with it, so that any
 * server can go on with one: the agenda gives the queue to one server at a time, about once a second, and each time a
 * slice of the work is done.
 *
 * A slice sends messages off, a few at a time, and moves them; between two of these it looks whether the task was
 * cancelled. What a server leaves in the outbox when it dies is moved by the next. The count of what was moved is
 * written after the move, so a crash may leave it a few short.
 */
import type { Clock } from '../model/clock.ts';
import { newGeneration, newId } from '../model/ids.ts';
import { nameInArn, type QueueRecord, settingsOf } from '../model/queue.ts';
import type { Outcome, Store } from '../store/store.ts';
import type { Moved, Moves } from './moves.ts';

/** How many tasks of a queue are remembered (§3.12). */
const REMEMBERED = 10;
const LONGEST_MS = 36 * 3_600_000;
/** The longest that a slice works, and the pace of a task without a rate. */
const SLICE_MS = 800;
const MOST_PER_SECOND = 500;
const AT_A_TIME = 10;

export type TaskStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';

export interface Task {
  id: string;
  status: TaskStatus;
  /** ARN as it was given; absent: each message goes to its own source. */
  destination?: string;
  /** Messages a second, as it was given. */
  rate?: number;
  moved: number;
  /** How many were visible at the start. */
  toMove: number;
  startedAt: number;
  failure?: string;
}

export interface TaskWish {
  destination?: string | undefined;
  rate?: number | undefined;
}

export interface Tasks {
  /** The tasks of a queue, the newest first. */
  list(source: QueueRecord): Promise<Outcome<Task[]>>;
  /** Undefined when one is active already. */
  start(source: QueueRecord, wish: TaskWish): Promise<Outcome<Task | undefined>>;
  /** The task as it was found: unless it is RUNNING it was not cancelled; undefined when there is none of that id. */
  cancel(source: QueueRecord, id: string): Promise<Outcome<Task | undefined>>;
  /** Does a slice of the active task; true while there is more to do. */
  work(source: QueueRecord): Promise<boolean>;
}

const isActive = ({ status }: Task): boolean => status === 'RUNNING' || status === 'CANCELLING';

export function tasksOver(store: Store, moves: Moves, clock: Clock): Tasks {
  const { messages } = store;

  async function list(source: QueueRecord): Promise<Outcome<Task[]>> {
    const outcome = await messages.note(source, 'tasks');
    return outcome.refused === undefined ? { value: read(outcome.value) } : outcome;
  }

  /** Writes what `change` makes of the tasks; it is asked again when somebody else has changed them meanwhile. */
  async function change(source: QueueRecord, edit: (tasks: Task[]) => Task[] | undefined): Promise<Outcome<Task[]>> {
    for (;;) {
      const before = await messages.note(source, 'tasks');
      if (before.refused !== undefined) return before;
      const tasks = read(before.value);
      const after = edit(tasks);
      if (after === undefined) return { value: tasks };
      const written = await messages.setNote(source, 'tasks', before.value, JSON.stringify(after));
      if (written.refused !== undefined) return written;
      if (written.value) return { value: after };
    }
  }

  const edit = (source: QueueRecord, id: string, what: (task: Task) => Partial<Task>) =>
    change(source, (tasks) => tasks.map((task) => (task.id === id ? { ...task, ...what(task) } : task)));

  async function start(source: QueueRecord, wish: TaskWish): Promise<Outcome<Task | undefined>> {
    const counts = await messages.counts(source);
    if (counts.refused !== undefined) return counts;
    const task: Task = {
      id: newId(),
      status: 'RUNNING',
      moved: 0,
      toMove: counts.value.visible,
      startedAt: clock.now(),
    };
    if (wish.destination !== undefined) task.destination = wish.destination;
    if (wish.rate !== undefined) task.rate = wish.rate;
    const outcome = await change(source, (tasks) =>
      tasks.some(isActive) ? undefined : [task, ...tasks].slice(0, REMEMBERED),
    );
    if (outcome.refused !== undefined) return outcome;
    if (outcome.value[0]?.id !== task.id) return { value: undefined };
    await store.agenda.soon(source);
    return { value: task };
  }

  async function cancel(source: QueueRecord, id: string): Promise<Outcome<Task | undefined>> {
    let found: Task | undefined;
    const outcome = await change(source, (tasks) => {
      found = tasks.find((task) => task.id === id);
      if (found?.status !== 'RUNNING') return undefined;
      return tasks.map((task) => (task.id === id ? { ...task, status: 'CANCELLING' } : task));
    });
    if (outcome.refused !== undefined) return outcome;
    await store.agenda.soon(source);
    return { value: found };
  }

  async function end(source: QueueRecord, { id }: Task, status: TaskStatus, failure?: string): Promise<false> {
    const ending = failure === undefined ? { status } : { status, failure };
    await edit(source, id, (one) => {
      // Another server may have ended it, or somebody has cancelled it meanwhile and was told so.
      if (!isActive(one)) return {};
      return one.status === 'CANCELLING' ? { status: 'CANCELLED' } : ending;
    });
    return false;
  }

  /** Sends up to `most` off and moves them, with what an earlier server may have left in the outbox. */
  async function moveSome(
    source: QueueRecord,
    task: Task,
    most: number,
  ): Promise<(Moved & { more: boolean }) | undefined> {
    const { retentionMs, delayMs } = settingsOf(source);
    const to = nameInArn(task.destination ?? '');
    const left = await messages.leave(source, { numbers: [], most, to, id: newGeneration(), retentionMs, delayMs });
    if (left.refused !== undefined) return undefined;
    const moved = await moves.drain(source);
    if (moved.moved > 0) await edit(source, task.id, (one) => ({ moved: one.moved + moved.moved }));
    return { ...moved, more: left.value.left > 0 || left.value.more };
  }

  async function work(source: QueueRecord): Promise<boolean> {
    const until = clock.now() + SLICE_MS;
    for (let budget: number | undefined; budget !== 0; ) {
      const tasks = await list(source);
      const task = tasks.value?.find(isActive);
      if (task === undefined) return false;
      if (task.status === 'CANCELLING') return end(source, task, 'CANCELLED');
      if (clock.now() > task.startedAt + LONGEST_MS) return end(source, task, 'FAILED', 'The task ran for 36 hours.');
      budget ??= task.rate ?? MOST_PER_SECOND;
      const some = await moveSome(source, task, Math.min(AT_A_TIME, budget));
      // Refused: the queue is changed or removed in this moment.
      if (some === undefined) return true;
      if (some.failure !== undefined) return end(source, task, 'FAILED', some.failure);
      if (!some.more) return end(source, task, 'COMPLETED');
      budget = Math.max(0, budget - Math.min(AT_A_TIME, budget));
      if (clock.now() > until) break;
    }
    return true;
  }

  return { list, start, cancel, work };
}

const read = (note: string): Task[] => (note === '' ? [] : (JSON.parse(note) as Task[]));
