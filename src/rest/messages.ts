/**
 * /v1/queues/{name}/messages: a look into a queue without any effect, and what a person does with single messages that
 * are seen there. Receiving is not here: it is an action (face.ts).
 */
import { z } from 'zod';
import type { Caller } from '../actions/context.ts';
import { ServiceError } from '../contract/errors.ts';
import { shown } from '../contract/messageAttributes.ts';
import { unpack } from '../model/attribute.ts';
import { newId } from '../model/ids.ts';
import { textOf } from '../model/message.ts';
import { isFifo, type QueueRecord } from '../model/queue.ts';
import { explain, NAME_RULE, type Name, nameOf } from './explain.ts';
import { InvalidFields, viewsOf } from './face.ts';
import { LOOKS, look, lookAt, seek } from './look.ts';
import type { QueueOptions } from './queues.ts';
import { onRecord } from './record.ts';
import { redrive } from './redrive.ts';
import { type Route, route } from './route.ts';
import { isWhole, rowOf, type Sight, STATES } from './seat.ts';

const LIMIT = { byDefault: 50, most: 500 };
const IDS_MOST = 100;

const text = z.string().min(1);
const lookQuery = z.strictObject({
  state: z.enum(['all', ...STATES]).default('all'),
  group: text.optional(),
  attribute: z
    .string()
    .regex(/^[^=]/, 'must be the name of a message attribute, or name=value')
    .transform(attributeOf)
    .optional(),
  text: text.optional(),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(LIMIT.most))
    .default(LIMIT.byDefault),
  cursor: text.optional(),
});
const explainQuery = z.strictObject({ cursor: text.optional() });
const redriveBody = z.strictObject({
  ids: z
    .array(z.union([z.number(), z.string()], NAME_RULE).refine((id) => nameOf(id) !== undefined, NAME_RULE))
    .min(1)
    .max(IDS_MOST),
  destination: text.optional(),
});

/** `name` or `name=value`; names have no equals sign. */
function attributeOf(text: string): { name: string; value?: string } {
  const mark = text.indexOf('=');
  return mark < 0 ? { name: text } : { name: text.slice(0, mark), value: text.slice(mark + 1) };
}

/** Where to go on, for the queue it was given for. */
const cursorAt = ({ id }: QueueRecord, next: number): { cursor?: string } =>
  next === 0 ? {} : { cursor: Buffer.from(`${id} ${next}`).toString('base64url') };

function positionOf({ id }: QueueRecord, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [queueId, number = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const name = nameOf(number);
  if (queueId === id && rest.length === 0 && name?.number !== undefined) return name.number;
  const problem = 'must be one that an earlier answer about this queue gave: leave it out to begin anew';
  throw new InvalidFields([{ field: 'cursor', problem }]);
}

function named(id: string): Name {
  const name = nameOf(id);
  if (name === undefined) throw new InvalidFields([{ field: 'id', problem: NAME_RULE }]);
  return name;
}

/** The four routes. */
export function messageRoutes({ services, dispatch }: QueueOptions): Route<Caller>[] {
  const { catalogue, messages } = services.store;
  const signedIn = route<Caller>();

  /** The message with its body. @throws ServiceError when there is none */
  async function find(queue: QueueRecord, name: Name): Promise<Sight> {
    const number = name.number ?? (await seek(messages, queue, [name.id!], 0)).found.get(name.id!)?.seat.held.number;
    const sight = number === undefined ? undefined : await lookAt(messages, queue, number, true);
    if (sight !== undefined && sight.state !== 'expired') return sight;
    const where = name.number === undefined ? ` among its first ${LOOKS}: further back, name it by its number` : '';
    throw new ServiceError('ResourceNotFoundException', `The queue ${queue.name} has no such message${where}.`);
  }

  /** Sends what a message consists of once more, as anybody would send it. */
  async function resend(caller: Caller, queue: QueueRecord, sight: Sight): Promise<object> {
    const { number, message, body } = sight.seat.held;
    if (!isWhole(sight)) {
      const problem = `The body of message ${number} is damaged: it is not what was sent, and is not sent again.`;
      throw new ServiceError('UnsupportedOperation', problem);
    }
    const { group, traceHeader } = message;
    const trace = { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } };
    const sent = (await dispatch.invoke(
      'SendMessage',
      {
        QueueUrl: queue.name,
        MessageBody: textOf(body),
        MessageAttributes: viewsOf(shown(unpack(message.attributes))).full,
        ...(traceHeader !== '' && { MessageSystemAttributes: trace }),
        ...(group !== '' && { MessageGroupId: group }),
        ...(isFifo(queue) && { MessageDeduplicationId: newId() }),
      },
      caller,
    )) as { MessageId: string; SequenceNumber?: string };
    const sequence = sent.SequenceNumber === undefined ? {} : { sequence_number: sent.SequenceNumber };
    return { message_id: sent.MessageId, status: 'sent', ...sequence, copy_of: { number, message_id: message.id } };
  }

  return [
    signedIn({
      method: 'get',
      path: '/v1/queues/:name/messages',
      query: lookQuery,
      run: ({ caller, name, query: { cursor, limit, ...filter } }) =>
        onRecord(catalogue, caller, name, async (queue) => {
          const wish = { from: positionOf(queue, cursor), most: limit, filter };
          const { found, looked, next } = await look(messages, queue, wish);
          return { messages: found.map((sight) => rowOf(queue, sight)), looked, ...cursorAt(queue, next) };
        }),
    }),
    signedIn({
      method: 'get',
      path: '/v1/queues/:name/messages/:id/explain',
      query: explainQuery,
      run: ({ caller, name, id, query: { cursor } }) =>
        onRecord(catalogue, caller, name, async (queue) => {
          const { said, next } = await explain(messages, queue, named(id), positionOf(queue, cursor));
          return { ...said, ...cursorAt(queue, next) };
        }),
    }),
    signedIn({
      method: 'post',
      path: '/v1/queues/:name/messages/redrive',
      body: redriveBody,
      run: ({ caller, name, body }) => redrive(services, caller, name, body),
    }),
    signedIn({
      method: 'post',
      path: '/v1/queues/:name/messages/:id/resend',
      run: ({ caller, name, id }) =>
        onRecord(catalogue, caller, name, async (queue) => resend(caller, queue, await find(queue, named(id)))),
    }),
  ];
}
