/** Two servers on one Redis are one: what is done at one of them holds at the other at once. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../helpers/clients.ts';
import { STORES, type StoreName, startServer, type TestServer } from '../helpers/server.ts';
import type { Context } from './matrix.ts';
import { refusal } from './matrix.ts';
import { bodies, countsOf, noQueue, receive, receiveOne, send } from './messages.ts';

const SHARED = STORES.filter((store) => store.startsWith('redis'));

interface Side extends Context {
  server: TestServer;
  client: Client;
  /** The QueueUrl of a queue at this server. */
  urlOf(name: string): string;
}

describe.skipIf(SHARED.length === 0).each(SHARED)('two servers on %s', (store: StoreName) => {
  let a: Side;
  let b: Side;

  async function sideOf(server: TestServer): Promise<Side> {
    const client = await clientOf('json', server.endpoint);
    return { face: 'json', store, server, client, urlOf: (name) => `${server.endpoint}/000000000000/${name}` } as Side;
  }
  beforeAll(async () => {
    const server = await startServer(store);
    a = await sideOf(server);
    b = await sideOf(await server.another());
  });
  afterAll(async () => {
    for (const side of [a, b]) {
      side.client.close();
      await side.server.stop();
    }
  });

  /** A queue that both servers have used. */
  async function knownQueue(): Promise<string> {
    const name = randomUUID();
    await a.client.call('CreateQueue', { QueueName: name });
    await send(b, b.urlOf(name), 'first');
    await send(a, a.urlOf(name), 'second');
    return name;
  }

  it('share messages and receipt handles', async () => {
    const name = await knownQueue();
    const messages = await receive(a, a.urlOf(name));
    expect(bodies(messages)).toEqual(['first', 'second']);
    const [first, second] = messages;
    await b.client.call('DeleteMessage', { QueueUrl: b.urlOf(name), ReceiptHandle: first!.ReceiptHandle });
    const change = { ReceiptHandle: second!.ReceiptHandle, VisibilityTimeout: 0 };
    await b.client.call('ChangeMessageVisibility', { QueueUrl: b.urlOf(name), ...change });
    expect(bodies(await receive(a, a.urlOf(name)))).toEqual(['second']);
    expect(await countsOf(b, b.urlOf(name))).toEqual([0, 1, 0]);
  });

  it('wake each other’s long polls', async () => {
    const name = await knownQueue();
    await a.client.call('PurgeQueue', { QueueUrl: a.urlOf(name) });
    for (const [waiting, sending] of [[a, b] as const, [b, a] as const]) {
      const poll = receive(waiting, waiting.urlOf(name), { WaitTimeSeconds: 20 });
      await pause(200);
      const begin = performance.now();
      await send(sending, sending.urlOf(name), 'wake up');
      expect(bodies(await poll)).toEqual(['wake up']);
      expect(performance.now() - begin).toBeLessThan(1000);
    }
  });

  it('see each other’s changes of a queue at once', async () => {
    const name = await knownQueue();
    const Attributes = { VisibilityTimeout: '77', MaximumMessageSize: '2048' };
    await a.client.call('SetQueueAttributes', { QueueUrl: a.urlOf(name), Attributes });
    const read = { QueueUrl: b.urlOf(name), AttributeNames: ['All'] };
    expect((await b.client.call('GetQueueAttributes', read)).Attributes).toMatchObject(Attributes);
    const long = 'x'.repeat(3000);
    expect(await refusal(send(b, b.urlOf(name), long))).toMatchObject({ code: 'InvalidParameterValue' });
    await a.client.call('SetQueueAttributes', { QueueUrl: a.urlOf(name), Attributes: { MaximumMessageSize: '4096' } });
    await send(b, b.urlOf(name), long);
    await a.client.call('TagQueue', { QueueUrl: a.urlOf(name), Tags: { team: 'blue' } });
    expect(await b.client.call('ListQueueTags', { QueueUrl: b.urlOf(name) })).toEqual({ Tags: { team: 'blue' } });
  });

  it('see each other’s deletions and new queues of an old name', async () => {
    const name = await knownQueue();
    await a.client.call('DeleteQueue', { QueueUrl: a.urlOf(name) });
    expect(await refusal(send(b, b.urlOf(name), 'too late'))).toEqual(noQueue('json'));
    await a.client.call('CreateQueue', { QueueName: name });
    await send(b, b.urlOf(name), 'anew');
    expect(bodies(await receive(a, a.urlOf(name)))).toEqual(['anew']);
    await b.client.call('DeleteQueue', { QueueUrl: b.urlOf(name) });
    await b.client.call('CreateQueue', { QueueName: name });
    await send(a, a.urlOf(name), 'once more');
    expect((await receiveOne(b, b.urlOf(name))).Body).toBe('once more');
  });

  it('end a long poll on a queue that is deleted at the other', async () => {
    const name = randomUUID();
    await a.client.call('CreateQueue', { QueueName: name });
    const poll = receive(b, b.urlOf(name), { WaitTimeSeconds: 20 });
    const refused = refusal(poll);
    await pause(300);
    await a.client.call('DeleteQueue', { QueueUrl: a.urlOf(name) });
    expect(await refused).toEqual(noQueue('json'));
  });

  it('let one of many creators win, and answer all of them alike', async () => {
    const QueueName = randomUUID();
    const sides = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? a : b));
    await Promise.all(sides.map(({ client }) => client.call('CreateQueue', { QueueName })));
    await send(a, a.urlOf(QueueName), 'x');
    expect(bodies(await receive(b, b.urlOf(QueueName)))).toEqual(['x']);
  });

  it('know each other’s users, and end their tokens together', async () => {
    const post = (side: Side, path: string, body: object) =>
      fetch(`${side.server.endpoint}/v1/auth/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const username = randomUUID();
    const password = 'a long password';
    expect((await post(a, 'register', { username, password })).status).toBe(200);
    const pair = (await (await post(b, 'login', { username, password })).json()) as Record<string, string>;
    const list = (side: Side) =>
      fetch(`${side.server.endpoint}/v1/queues`, { headers: { authorization: `Bearer ${pair.access_token}` } });
    expect((await list(a)).status).toBe(200);
    const change = { username, old_password: password, new_password: 'another password' };
    expect((await post(b, 'change-password', change)).status).toBe(200);
    expect((await list(a)).status).toBe(401);
    expect((await post(a, 'refresh', { refresh_token: pair.refresh_token })).status).toBe(401);
  });
});
