/** What the tests of message actions share: a message, the counts and an error in one form on every face; a time that moves only when told. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, type FaceName } from '../helpers/clients.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { STORES, startServer } from '../helpers/server.ts';
import { type Context, refusal } from './matrix.ts';

export interface AttributeValue {
  DataType?: string;
  StringValue?: string;
  BinaryValue?: Uint8Array;
}

export interface Message {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  MD5OfMessageAttributes?: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, AttributeValue>;
}

export interface BatchResult {
  Successful?: Record<string, string>[];
  Failed?: { Id: string; Code: string; Message: string; SenderFault: boolean }[];
}

type Wish = Record<string, unknown>;

/** How a face says an error: REST has no codes, and says what is wrong with a handle in its own words. */
export function errorOn(face: FaceName, code: string, message: string, status = 400) {
  if (face !== 'rest') return { code, status, message };
  return { code: '', status, message: code === 'ReceiptHandleIsInvalid' ? 'Message not found.' : message };
}

export const invalid = (face: FaceName, message: string) => errorOn(face, 'InvalidParameterValue', message);
export const missing = (face: FaceName, name: string) =>
  errorOn(face, 'MissingParameter', `The request must contain the parameter ${name}.`);
export const invalidValue = (face: FaceName, name: string, value: unknown, reason: string) =>
  invalid(face, `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
export const badHandle = (face: FaceName, handle: string) =>
  errorOn(face, 'ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`, 404);
/** An entry of Failed. */
export const failed = (Id: string, Code: string, Message: string) => ({ Id, Code, Message, SenderFault: true });
/** That a queue is not there. */
export const noQueue = (face: FaceName) =>
  ({
    json: errorOn(face, 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'),
    query: errorOn(
      face,
      'AWS.SimpleQueueService.NonExistentQueue',
      'The specified queue does not exist for this wsdl version.',
    ),
    rest: errorOn(face, '', 'Queue not found.', 404),
  })[face];

/** Sends one message and answers its MessageId. */
export async function send({ client }: Context, QueueUrl: string, MessageBody: string, more: Wish = {}) {
  return String((await client.call('SendMessage', { QueueUrl, MessageBody, ...more })).MessageId);
}

/** Receives up to ten messages; as AWS has them, on REST too. */
export async function receive(context: Context, QueueUrl: string, wish: Wish = {}, signal?: AbortSignal) {
  const { Messages = [] } = await context.client.call(
    'ReceiveMessage',
    { QueueUrl, MaxNumberOfMessages: 10, ...wish },
    signal,
  );
  return context.face === 'rest' ? (Messages as RestMessage[]).map(asAws) : (Messages as Message[]);
}

/** The one message that a receive must find. */
export async function receiveOne(context: Context, QueueUrl: string, wish: Wish = {}): Promise<Message> {
  const messages = await receive(context, QueueUrl, wish);
  if (messages.length !== 1) throw new Error(`received ${messages.length} messages where one was expected`);
  return messages[0]!;
}

export const bodies = (messages: Message[]) => messages.map(({ Body }) => Body);

interface RestMessage extends Message {
  SystemAttributes: Record<string, string>;
}

function asAws({ SystemAttributes, Attributes: _, MessageAttributes, ...message }: RestMessage): Message {
  const values = Object.entries(MessageAttributes ?? {}).map(([name, { BinaryValue, ...value }]) => {
    if (BinaryValue === undefined) return [name, value];
    return [name, { ...value, BinaryValue: new Uint8Array(Buffer.from(String(BinaryValue), 'base64')) }];
  });
  const attributes = values.length === 0 ? {} : { MessageAttributes: Object.fromEntries(values) };
  return { ...message, Attributes: SystemAttributes, ...attributes };
}

/** How many messages are visible, in flight and delayed. */
export async function countsOf({ client }: Context, QueueUrl: string): Promise<[number, number, number]> {
  const { Attributes = {} } = await client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
  const count = (suffix: string) =>
    Number((Attributes as Record<string, string>)[`ApproximateNumberOfMessages${suffix}`]);
  return [count(''), count('NotVisible'), count('Delayed')];
}

/** Declares what the three batch actions have in common; `entry` is one that is right but for its Id. */
export function batchRules(context: Context, action: string, entry: Record<string, unknown>): void {
  const call = (QueueUrl: string, Entries?: object[]) => context.client.call(action, { QueueUrl, Entries });
  const refused = async (Entries?: object[]) => refusal(call(await context.createQueue(), Entries));
  const batchError = (name: string, message: string) =>
    errorOn(context.face, `AWS.SimpleQueueService.${name}`, message);

  it('needs a queue before entries', async () => {
    const none = `${context.server.endpoint}/000000000000/no-queue`;
    expect(await refusal(call(none, [{ ...entry, Id: '' }]))).toEqual(noQueue(context.face));
  });

  it('needs entries', async () => {
    if (context.face === 'query') {
      // A Query request cannot tell an empty list from none.
      expect(await refused([])).toEqual(missing(context.face, `${action}RequestEntry`));
      return;
    }
    const noun = action === 'ChangeMessageVisibilityBatch' ? action : `${action}RequestEntry`;
    expect(await refused()).toEqual(missing(context.face, 'Entries'));
    expect(await refused([])).toEqual(
      batchError('EmptyBatchRequest', `There should be at least one ${noun} in the request.`),
    );
  });

  it('takes no more than ten', async () => {
    expect(await refused(Array.from({ length: 11 }, () => ({ ...entry, Id: 'same' })))).toEqual(
      batchError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10. You have sent 11.'),
    );
  });

  it.each(['', 'with space', 'invalid:id', 'é', 'x'.repeat(81), '__proto__.x', 'a\n'])('takes no id %j', async (Id) => {
    const good = { ...entry, Id: 'good' };
    expect(await refused([good, { ...entry, Id }, good])).toEqual(
      batchError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      ),
    );
  });

  it('takes any id of its alphabet', async () => {
    const ids = ['x'.repeat(80), '__proto__', 'constructor', '-', '_', '0', 'A-b_9'];
    const { Successful = [], Failed = [] } = (await call(
      await context.createQueue(),
      ids.map((Id) => ({ ...entry, Id })),
    )) as BatchResult;
    expect([...Successful, ...Failed].map(({ Id }) => Id)).toEqual(ids);
  });

  it('needs ids', async () => {
    expect(await refused([{ ...entry, Id: 'a' }, entry])).toEqual(missing(context.face, `${action}RequestEntry.2.Id`));
  });

  it('names the first id that comes again', async () => {
    const Entries = ['id_1', 'id_2', 'id_2', 'id_1'].map((Id) => ({ ...entry, Id }));
    expect(await refused(Entries)).toEqual(batchError('BatchEntryIdsNotDistinct', 'Id id_2 repeated.'));
  });
}

export interface TimedContext extends Context {
  /** Both times of the server. */
  clock: FakeClock;
  /** Moves the time on. */
  pass(seconds: number): void;
}

/** Declares the tests for the faces (the AWS SDK unless told) on each store, with a time that moves only when told. */
export function onFakeTime(
  title: string,
  tests: (context: TimedContext) => void,
  { faces = ['json'] as FaceName[] } = {},
): void {
  describe.each(STORES)(`${title}, store %s`, (store) => {
    describe.each(faces)('%s', (face) => {
      const context = { face, store } as TimedContext;
      beforeAll(async () => {
        context.clock = fakeClock();
        context.server = await startServer(store, { clock: context.clock });
        context.client = await clientOf(face, context.server.endpoint);
      });
      afterAll(async () => {
        context.client.close();
        await context.server.stop();
      });
      context.pass = (seconds) => context.clock.advance(seconds * 1000);
      context.createQueue = async (Attributes) => {
        const wish = { QueueName: randomUUID(), ...(Attributes && { Attributes }) };
        return String((await context.client.call('CreateQueue', wish)).QueueUrl);
      };
      tests(context);
    });
  });
}
