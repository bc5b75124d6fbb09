/** Why a message is not received now: one sentence, and the same in fields. Without any effect. */
import { settled } from '../actions/outcomes.ts';
import type { QueueRecord } from '../model/queue.ts';
import type { Event } from '../queue/parts.ts';
import type { Messages } from '../store/store.ts';
import { lookAt, seek } from './look.ts';
import { receivesOf, type SeatState, type Sight, timeOf } from './seat.ts';

/** A message as a path or a body names it. */
export type Name = { number: number; id?: undefined } | { id: string; number?: undefined };

const NUMBER = /^[1-9]\d{0,15}$/;
const MESSAGE_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What a name must be, as it stands after a field's name. */
export const NAME_RULE = 'must be the number or the MessageId of a message: GET /v1/queues/{name}/messages shows both';

/** The message that a number, or a text, names; undefined for what is no name. */
export function nameOf(text: string | number): Name | undefined {
  if (NUMBER.test(String(text)) && Number.isSafeInteger(Number(text))) return { number: Number(text) };
  return MESSAGE_ID.test(String(text)) ? { id: String(text).toLowerCase() } : undefined;
}

interface Said {
  explanation: string;
  state: SeatState | Event['what'] | 'unknown';
  [fact: string]: unknown;
}

/** What is said of a name; `next` is where to go on looking, 0 when there is nothing more to look at. */
export async function explain(
  messages: Messages,
  queue: QueueRecord,
  name: Name,
  from: number,
): Promise<{ said: Said; next: number }> {
  const { sight, looked, next } = await seekOne(messages, queue, name, from);
  const events = settled(await messages.events(queue));
  if (sight !== undefined) {
    const said = await saidOfSight(messages, queue, sight);
    return { said: withDuplicates(said, events, sight.seat.held.message.id), next: 0 };
  }
  const known = ofEvents(events, name);
  if (known !== undefined) return { said: known, next: 0 };
  const { number = null, id = null } = name;
  const explanation = next > 0 ? notYet(looked) : UNKNOWN;
  return { said: { explanation, state: 'unknown', number, message_id: id }, next };
}

const UNKNOWN =
  'Nothing is known of it: it was deleted, purged or never sent here, or what became of it is not among the last 1,000 events of the queue.';
const notYet = (looked: number) =>
  `It is not among the ${looked} messages that were looked at: ask again with the cursor to look at the next ones.`;

async function seekOne(
  messages: Messages,
  queue: QueueRecord,
  name: Name,
  from: number,
): Promise<{ sight: Sight | undefined; looked: number; next: number }> {
  if (name.number !== undefined) {
    return { sight: await lookAt(messages, queue, name.number), looked: 1, next: 0 };
  }
  const { found, looked, next } = await seek(messages, queue, [name.id], from);
  return { sight: found.get(name.id), looked, next };
}

/** What is said of a message that is there. */
export async function saidOfSight(messages: Messages, queue: QueueRecord, sight: Sight): Promise<Said> {
  const { seat, state, dueAt } = sight;
  const { number, message } = seat.held;
  const who = { number, message_id: message.id };
  const { count, lastAt } = receivesOf(sight);
  const until = timeOf(dueAt);
  switch (state) {
    case 'expired': {
      const at = timeOf(sight.expiresAt);
      return { explanation: `It expired: its retention period ended at ${at}.`, state, ...who, at };
    }
    case 'leaving':
      return { explanation: 'It is on its way to another queue.', state, ...who };
    case 'delayed':
      return { explanation: `It is delayed until ${until}.`, state, ...who, until };
    case 'in_flight': {
      const since = timeOf(lastAt);
      const explanation = `It is in flight until ${until}, since its receive number ${count} at ${since}.`;
      return { explanation, state, ...who, until, since, receive_count: count };
    }
    case 'held':
      return { ...(await saidOfHeld(messages, queue, sight)), ...who };
    case 'ready': {
      const before = count === 0 ? '' : ` It was received ${count === 1 ? 'once' : `${count} times`} before.`;
      return { explanation: `It is ready: the next receives take it.${before}`, state, ...who, receive_count: count };
    }
  }
}

async function saidOfHeld(messages: Messages, queue: QueueRecord, { seat }: Sight): Promise<Said> {
  const { group } = seat.held.message;
  const holder = await lookAt(messages, queue, seat.heldBy);
  const id = holder?.seat.held.message.id;
  const until = holder === undefined ? null : timeOf(holder.dueAt);
  const by = `message ${seat.heldBy}${id === undefined ? '' : ` (MessageId ${id})`}`;
  const explanation = `Its group ${group} is held by ${by}, which is in flight${until === null ? '' : ` until ${until}`}.`;
  return { explanation, state: 'held', group, held_by: seat.heldBy, held_by_message_id: id ?? null, until };
}

/** Says, too, when the same was sent again. */
function withDuplicates(said: Said, events: Event[], id: string): Said {
  const last = events.findLast((event) => event.what === 'deduplicated' && event.id === id);
  if (last === undefined) return said;
  const at = timeOf(last.at);
  const more = `A message that was sent at ${at} repeated it, and was deduplicated against it.`;
  return { ...said, explanation: `${said.explanation} ${more}`, deduplicated_at: at };
}

const isAbout =
  ({ number, id }: Name) =>
  (event: Event): boolean =>
    number === undefined ? event.id === id : event.number === number;

/** What became of a message that is not there. */
function ofEvents(events: Event[], name: Name): Said | undefined {
  const own = events.filter(isAbout(name));
  const end = own.findLast(({ what }) => what !== 'deduplicated');
  const event = end ?? own.at(-1);
  if (event === undefined) return undefined;
  const { what: state, number, id } = event;
  const at = timeOf(event.at);
  const said = { explanation: ENDS[state](`${at}`, id), state, number: number || null, message_id: id, at };
  return end === undefined ? said : withDuplicates(said, events, id);
}

const ENDS: Record<Event['what'], (at: string, id: string) => string> = {
  moved: (at) => `It was moved to another queue at ${at}: to the dead letters, or where it was redriven to.`,
  expired: (at) => `It expired: its retention period had ended when it was removed at ${at}.`,
  deduplicated: (at, id) =>
    `A message that was sent at ${at} was deduplicated against the message with this MessageId, ${id}, which is not here any more.`,
};
