/**
 * A way over: everything that one store holds is copied to another. Nothing may run on the source meanwhile; servers may
 * run on the target.
 *
 *   1. Whatever the target has under the same name and does not come from here is refused, before anything is written.
 *   2. Secrets, so that receipt handles and tokens stay good; users, each after their refresh families.
 *   3. Queues, page by page, under their ids but without their names: no server can see them.
 *   4. Every message is read again from both and compared.
 *   5. Only when all agree do the queues get their names.
 *
 * An interrupted copy goes on when it is started again: a user who is there is there with all families, a queue with a
 * name is whole, and one without a name says how many messages have come. If the source has changed since, that queue
 * is copied anew.
 */
import { isDeepStrictEqual } from 'node:util';
import { newSecret } from '../../model/ids.ts';
import { md5OfBody } from '../../model/md5.ts';
import type { QueueRecord } from '../../model/queue.ts';
import { type Held, isDelayed } from '../../queue/load.ts';
import type { Meta } from '../../queue/parts.ts';
import { type Looked, SECRET_NAMES, type Source, StartupError, type Store, type Target } from '../store.ts';

export type From = Store & { source: Source };
export type To = Store & { target: Target };

/** Told after every page: what was done, to how many messages, of how many. */
export type Report = (what: 'copied' | 'compared', done: number, total: number) => void;

export interface Copied {
  queues: number;
  messages: number;
  users: number;
  /** Messages that the source could not have delivered, and that were left out. */
  damaged: number;
  /** What is not as it is in the source, a sentence for each queue; when there is one, no queue has got its name. */
  differences: string[];
}

/**
 * Copies everything and compares it.
 * @throws StartupError 78 when the target has something else of the same name
 */
export async function copyStore(from: From, to: To, report: Report): Promise<Copied> {
  const queues: QueueRecord[] = [];
  for await (const queue of from.catalogue.all()) queues.push(queue);
  const named = await refuseOthers(from, to, queues);
  await copySecrets(from, to);
  const users = await copyPeople(from, to);
  const total = queues.reduce((sum, queue) => sum + from.source.meta(queue).total, 0);
  const copied = { queues: queues.length, messages: 0, users, damaged: 0, differences: [] as string[] };

  const copying = counter('copied', total, report);
  for (const queue of queues) await copyQueue(from, to, queue, named.has(queue.id), copied, copying);
  const comparing = counter('compared', total, report);
  for (const queue of queues) {
    const difference = await compare(from, to, queue, comparing);
    if (difference === undefined) continue;
    copied.differences.push(`${wordsFor(queue)}: ${difference}`);
    if (!named.has(queue.id)) await to.target.discard(queue);
  }
  if (copied.differences.length > 0) return copied;
  for (const queue of queues) {
    if (!named.has(queue.id) && (await to.target.enter(queue)).id !== queue.id) throw taken(wordsFor(queue));
  }
  return copied;
}

type Count = (messages: number, isNew?: boolean) => void;

/** What an earlier run has done is counted and not reported: it says nothing of the rate. */
function counter(what: 'copied' | 'compared', total: number, report: Report): Count {
  let done = 0;
  return (messages, isNew = true) => {
    done += messages;
    if (isNew) report(what, done, total);
  };
}

async function copyQueue(
  from: From,
  to: To,
  queue: QueueRecord,
  isNamed: boolean,
  copied: Copied,
  progress: Count,
): Promise<void> {
  const loaded = isNamed ? Number.POSITIVE_INFINITY : await begin(from, to, queue);
  let total = 0;
  for (const { rows, damaged } of from.source.pages(queue)) {
    total += rows.length;
    const isNew = total > loaded;
    if (isNew) await to.target.load(queue, { ...from.source.meta(queue), total }, rows);
    progress(rows.length + damaged, isNew);
    copied.damaged += damaged;
  }
  for (const rows of isNamed ? [] : from.source.seen(queue)) await to.target.loadSeen(queue, rows);
  copied.messages += total;
}

const wordsFor = ({ account, region, name }: QueueRecord): string => `queue ${name} (account ${account}, ${region})`;

const taken = (what: string): StartupError =>
  new StartupError(
    78,
    `The target has another ${what}: remove it there, or copy to another prefix (FASTQUEUE_REDIS_PREFIX).`,
  );

/** Answers the ids of the queues that an earlier run has brought to the end. */
async function refuseOthers(from: From, to: To, queues: QueueRecord[]): Promise<Set<string>> {
  const named = new Set<string>();
  for (const queue of queues) {
    const there = await to.catalogue.find(queue.account, queue.region, queue.name);
    if (there === undefined) continue;
    if (there.id !== queue.id) throw taken(wordsFor(queue));
    named.add(queue.id);
  }
  for (const { user } of from.source.people()) {
    const there = await to.users.find(user.username);
    if (there !== undefined && !isDeepStrictEqual(there, user)) throw taken(`user ${user.username}`);
  }
  for (const name of SECRET_NAMES) {
    const there = await to.target.secret(name);
    if (there !== undefined && !there.equals(await from.secrets.get(name, newSecret))) throw taken(`secret ${name}`);
  }
  return named;
}

async function copySecrets(from: From, to: To): Promise<void> {
  for (const name of SECRET_NAMES) {
    const secret = await from.secrets.get(name, newSecret);
    if (!secret.equals(await to.secrets.get(name, () => secret))) throw taken(`secret ${name}`);
  }
}

/** A user who is there may have used refresh tokens there since: they are not put back. */
async function copyPeople(from: From, to: To): Promise<number> {
  let users = 0;
  for (const { user, families } of from.source.people()) {
    users += 1;
    if ((await to.users.find(user.username)) !== undefined) continue;
    for (const family of families) await to.users.startFamily(family);
    if (!(await to.users.create(user))) throw taken(`user ${user.username}`);
  }
  return users;
}

/** Answers how many messages of a queue have come in an earlier run, as long as the source is what it was. */
async function begin(from: From, to: To, queue: QueueRecord): Promise<number> {
  const meta = from.source.meta(queue);
  const there = await to.target.look(queue, []);
  if (there !== undefined) {
    const isSame = isDeepStrictEqual(fieldsOf({ ...there.meta, total: meta.total }), fieldsOf(meta));
    if (isSame && there.meta.total <= meta.total) return there.meta.total;
    await to.target.discard(queue);
  }
  await to.target.load(queue, { ...meta, total: 0 }, []);
  return 0;
}

/** The first difference between a queue and its copy, in words. */
async function compare(
  { source }: From,
  { target }: To,
  queue: QueueRecord,
  progress: Count,
): Promise<string | undefined> {
  const meta = source.meta(queue);
  const expected = { meta: { ...meta, total: 0 }, inFlight: 0, delayed: 0 };
  for (const { rows, damaged } of source.pages(queue)) {
    const there = await target.look(
      queue,
      rows.map(({ number }) => number),
    );
    if (there === undefined) return 'it is missing';
    const copies = new Map(there.rows.map((copy) => [copy.number, copy]));
    for (const row of rows) {
      const what = differenceOf(row, copies.get(row.number));
      if (what !== undefined) return `message ${row.number} (${row.message.id}) ${what}`;
      expected.meta.total += 1;
      if (row.state.due <= meta.last) continue;
      expected[meta.fifo === 0 && isDelayed(row.number, row.state) ? 'delayed' : 'inFlight'] += 1;
    }
    progress(rows.length + damaged);
  }
  const there = await target.look(queue, []);
  return there === undefined ? 'it is missing' : differenceOfCounts(expected, there);
}

function differenceOf({ message, state }: Held, copy: Held | undefined): string | undefined {
  if (copy === undefined) return 'is missing';
  if (md5OfBody(Buffer.from(copy.body as string)) !== message.bodyMd5) return 'has another body';
  if (!isDeepStrictEqual(copy.message, message)) return 'has other attributes';
  return isDeepStrictEqual(copy.state, state) ? undefined : 'has another state';
}

function differenceOfCounts(expected: Omit<Looked, 'rows'>, { meta, inFlight, delayed }: Looked): string | undefined {
  const counts = { messages: meta.total, 'in flight': inFlight, delayed };
  const wanted = [expected.meta.total, expected.inFlight, expected.delayed];
  for (const [i, [what, count]] of Object.entries(counts).entries()) {
    if (count !== wanted[i]) return `it has ${count} ${what}, not ${wanted[i]}`;
  }
  return isDeepStrictEqual(fieldsOf(meta), fieldsOf(expected.meta)) ? undefined : 'it has other fields';
}

/** What both have alike: lanes stand in a line of their own, by age. */
const fieldsOf = ({ turn: _turn, laned: _laned, ...fields }: Meta) => fields;
