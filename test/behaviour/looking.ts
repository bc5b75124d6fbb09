/** What the tests of the look into a queue share: REST calls beside an SDK client, and queues filled past the client. */
import { randomUUID } from 'node:crypto';
import { draftOf } from '../../src/model/message.ts';
import type { Draft } from '../../src/queue/send.ts';
import type { Context } from './matrix.ts';

/** A row, an explanation, or an error. */
export interface Seen {
  [member: string]: unknown;
}

export interface Answered {
  status: number;
  json: Seen & { messages: Row[]; cursor?: string; looked: number; results: Seen[]; errors: Seen[] };
}

export interface Row extends Seen {
  number: number;
  message_id: string;
  state: string;
  body: string;
}

export const nameOf = (queueUrl: string): string => queueUrl.split('/').at(-1)!;

export interface Rest {
  /** Any call under /v1; null as the token sends none. */
  ask(method: string, path: string, body?: unknown, token?: string | null): Promise<Answered>;
  /** A page of a queue. */
  peek(queueUrl: string, query?: Record<string, string | number>): Promise<Answered['json']>;
  explain(queueUrl: string, id: string | number): Promise<Seen>;
  redrive(queueUrl: string, body: object): Promise<Answered>;
}

/** A person who is signed in on REST. */
export async function restOf({ server }: Context): Promise<Rest> {
  const credentials = { username: 'admin', password: 'password' };
  const login = await ask('POST', '/auth/login', credentials, null);
  const own = String(login.json.access_token);

  async function ask(method: string, path: string, body?: unknown, token: string | null = own): Promise<Answered> {
    const response = await fetch(`${server.endpoint}/v1${path}`, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Answered['json'] };
  }

  async function found(answer: Promise<Answered>): Promise<Answered['json']> {
    const { status, json } = await answer;
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
    return json;
  }

  return {
    ask,
    peek(queueUrl, query = {}) {
      const texts = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
      return found(ask('GET', `/queues/${nameOf(queueUrl)}/messages?${new URLSearchParams(texts)}`));
    },
    explain: (queueUrl, id) => found(ask('GET', `/queues/${nameOf(queueUrl)}/messages/${id}/explain`)),
    redrive: (queueUrl, body) => ask('POST', `/queues/${nameOf(queueUrl)}/messages/redrive`, body),
  };
}

const contentOf = (body: string, group: string) => ({
  body,
  attributes: [],
  senderId: 'AIDATEST',
  group,
  deduplicationId: '',
  traceHeader: '',
  delayMs: 0,
});

/** Puts messages with these bodies into a standard queue, past the client. */
export async function fill({ server: { store } }: Context, queueUrl: string, bodies: string[], group = '') {
  const queue = (await store.catalogue.find('000000000000', 'us-east-1', nameOf(queueUrl)))!;
  const rules = { maxLength: 0, requestId: '', perGroup: false };
  const drafts: Draft[] = bodies.map((body) => draftOf(contentOf(body, group)));
  for (let i = 0; i < drafts.length; i += 250) {
    const { refused } = await store.messages.send(queue, drafts.slice(i, i + 250), rules);
    if (refused) throw new Error(refused);
  }
}

/** A FIFO queue. */
export async function createFifo({ client }: Context, Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `${randomUUID()}.fifo`;
  const given = { FifoQueue: 'true', ContentBasedDeduplication: 'true', ...Attributes };
  return String((await client.call('CreateQueue', { QueueName, Attributes: given })).QueueUrl);
}

/** A queue whose messages become dead letters of another at their second receive. */
export async function createSource(context: Context, fifo = false): Promise<{ source: string; dead: string }> {
  const create = (attributes?: Record<string, string>) =>
    fifo ? createFifo(context, attributes) : context.createQueue(attributes);
  const dead = await create();
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${nameOf(dead)}`;
  const source = await create({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) });
  return { source, dead };
}
