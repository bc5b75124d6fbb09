/**
 * Sends some messages of a queue, named one by one, to another queue or back to where they are dead letters of.
 *
 *   1. The destination is checked, the messages are looked up.
 *   2. Those that are ready are to go. One that would have nowhere to go refuses the whole call; nothing was moved yet.
 *   3. Each is put on its way in a call of its own, so that it is known which of them went, and then they are moved.
 *   4. For each id it is said what happened. Whatever still stands in its place after the move came back.
 */
import type { Caller, Services } from '../actions/context.ts';
import { settled } from '../actions/outcomes.ts';
import { ServiceError } from '../contract/errors.ts';
import { newGeneration } from '../model/ids.ts';
import { isFifo, nameInArn, type QueueRecord, settingsOf } from '../model/queue.ts';
import { type Name, nameOf, saidOfSight } from './explain.ts';
import { type FieldProblem, InvalidFields } from './face.ts';
import { LOOKS, lookAt, seek } from './look.ts';
import { onRecord } from './record.ts';
import type { Sight } from './seat.ts';

type Id = string | number;

export interface RedriveWish {
  /** Numbers and MessageIds, as the body has them. */
  ids: Id[];
  /** The name of a queue; without, each message goes back to its own source. */
  destination?: string | undefined;
}

/** What became of one id. */
interface Fate {
  id: Id;
  result: 'moved' | 'not_found' | 'no_source' | 'no_destination' | 'changed' | Sight['state'];
  number?: number;
  message_id?: string;
  /** The name of the queue that it was moved to. */
  destination?: string;
  detail?: string;
}

/** A redrive under way. */
interface Course extends Pick<Services, 'store' | 'moves'> {
  caller: Caller;
  queue: QueueRecord;
  ids: Id[];
  destination: string | undefined;
}

/** Moves what can be moved, and says for each id what happened. */
export async function redrive(
  { store, moves }: Pick<Services, 'store' | 'moves'>,
  caller: Caller,
  name: string,
  { ids, destination }: RedriveWish,
): Promise<object> {
  return onRecord(store.catalogue, caller, name, async (queue) => {
    const course = { store, moves, caller, queue, ids, destination };
    await checkDestination(course);
    const sights = await find(course);
    const targets = await targetsOf(course, sights);
    const left = await send(course, targets);
    return answer(course, sights, targets, left);
  });
}

async function checkDestination({ store, queue, destination }: Course): Promise<void> {
  if (destination === undefined) return;
  const refuse = (problem: string) => new InvalidFields([{ field: 'destination', problem }]);
  const target = await store.catalogue.find(queue.account, queue.region, destination);
  if (target === undefined) {
    throw refuse(`${destination} is no queue: create it, or name one that GET /v1/queues lists`);
  }
  if (target.id === queue.id) throw refuse('is the queue itself: name another one');
  if (isFifo(target) === isFifo(queue)) return;
  const [own, other] = isFifo(queue) ? ['FIFO', 'standard'] : ['standard', 'FIFO'];
  throw refuse(`${destination} is a ${other} queue, and ${queue.name} a ${own} queue: name one of the same type`);
}

/** The messages that are named, in the order of the ids. */
async function find({ store: { messages }, queue, ids }: Course): Promise<(Sight | undefined)[]> {
  const names = ids.map(nameOf) as Name[];
  const sought = names.flatMap(({ id }) => id ?? []);
  const { found } = await seek(messages, queue, sought, 0);
  return Promise.all(
    names.map(({ number, id }) => (number === undefined ? found.get(id!) : lookAt(messages, queue, number))),
  );
}

/** The names of the queues that the messages go to, by number. @throws InvalidFields when one has nowhere to go */
async function targetsOf(course: Course, sights: (Sight | undefined)[]): Promise<Map<number, string>> {
  const { store, queue, ids, destination } = course;
  const targets = new Map<number, string>();
  const problems: FieldProblem[] = [];
  for (const [i, sight] of sights.entries()) {
    if (sight?.state !== 'ready') continue;
    const { number, message } = sight.seat.held;
    const to = destination ?? nameInArn(message.deadLetterSource);
    const isThere = to !== '' && (await store.catalogue.find(queue.account, queue.region, to)) !== undefined;
    if (isThere) targets.set(number, to);
    else problems.push({ field: `ids.${i}`, problem: `(${ids[i]}) ${nowhere(to)}. Nothing was moved.` });
  }
  if (problems.length > 0) throw new InvalidFields(problems);
  return targets;
}

const nowhere = (source: string) =>
  source === ''
    ? 'is not a dead letter and has no queue to go back to: give a destination'
    : `came from the queue ${source}, which is not there any more: give a destination`;

/** Puts the messages on their way and moves them; answers the numbers of those that went. */
async function send(course: Course, targets: Map<number, string>): Promise<Set<number>> {
  const left = new Set<number>();
  const leave = async (number: number) => {
    if (await leaveOne(course, number)) left.add(number);
  };
  // Should this break off between leaving and arriving, the agenda goes on.
  await course.store.agenda.soon(course.queue);
  await Promise.all([...targets.keys()].map(leave));
  if (left.size > 0) await course.moves.drain(course.queue);
  return left;
}

/** False when it cannot go any more. */
function leaveOne({ store, caller, queue, destination = '' }: Course, number: number): Promise<boolean> {
  return onRecord(store.catalogue, caller, queue.name, async (record) => {
    if (record.id !== queue.id) throw new ServiceError('QueueDoesNotExist');
    const { retentionMs, delayMs } = settingsOf(record);
    const leaving = { numbers: [number], most: 1, to: destination, id: newGeneration(), retentionMs, delayMs };
    return settled(await store.messages.leave(record, leaving)).left > 0;
  });
}

async function answer(
  course: Course,
  sights: (Sight | undefined)[],
  targets: Map<number, string>,
  left: Set<number>,
): Promise<object> {
  const { store, caller, queue, ids } = course;
  // The record may be another by now, but what was moved must not be moved again.
  const results = await onRecord(store.catalogue, caller, queue.name, (record) => {
    const after = { ...course, queue: record };
    return Promise.all(ids.map((id, i) => fateOf(after, id, sights[i], targets, left)));
  });
  const moved = new Set(results.flatMap(({ result, number }) => (result === 'moved' ? number! : [])));
  return { moved: moved.size, results };
}

async function fateOf(
  { store: { messages }, queue, destination }: Course,
  id: Id,
  sight: Sight | undefined,
  targets: Map<number, string>,
  left: Set<number>,
): Promise<Fate> {
  if (sight === undefined) return { id, result: 'not_found', detail: notFound(id) };
  const { number, message } = sight.seat.held;
  const who = { id, number, message_id: message.id };
  const to = targets.get(number);
  if (to === undefined) {
    const { explanation } = await saidOfSight(messages, queue, sight);
    return { ...who, result: sight.state, detail: `It was not moved. ${explanation}` };
  }
  if (!left.has(number)) {
    return { ...who, result: 'changed', detail: 'It was received, deleted or moved by somebody else in this moment.' };
  }
  const after = await lookAt(messages, queue, number);
  if (after?.seat.held.message.id !== message.id) return { ...who, result: 'moved', destination: to };
  const result = destination === undefined ? 'no_source' : 'no_destination';
  return { ...who, result, detail: `The queue ${to} was deleted in this moment: the message is back in its place.` };
}

const notFound = (id: Id): string =>
  nameOf(id)?.number !== undefined
    ? 'There is no such message in the queue.'
    : `There is no such message among the first ${LOOKS} of the queue: name one further back by its number.`;
