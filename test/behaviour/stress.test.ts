/** The stress program of the first FastQueue: 200 producers at once, 20 consumers, 10,000 messages. */
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Asked, ask, jsonAsking } from '../helpers/ask.ts';
import { STORES, startServer, type TestServer } from '../helpers/server.ts';

const MESSAGES = 10_000;
const PRODUCERS = 200;
const CONSUMERS = 20;

describe.each(STORES)('10,000 messages, store %s', (store) => {
  it('all arrive once, and nothing is left', async () => {
    const server = await startServer(store);
    const agent = new http.Agent({ keepAlive: true });
    const asking = (action: string, body: object) => ask(server.endpoint, { ...jsonAsking(action, body), agent });
    const QueueUrl = memberOf(await asking('CreateQueue', { QueueName: 'stress' }), 'QueueUrl');
    const seen = new Map<string, number>();
    const producers = Array.from({ length: PRODUCERS }, (_, i) => produce(asking, QueueUrl, i));
    const consumers = Array.from({ length: CONSUMERS }, () => consume(asking, QueueUrl, seen));
    await Promise.all([...producers, ...consumers]);
    expect(seen.size).toBe(MESSAGES);
    expect([...seen.values()].every((times) => times === 1)).toBe(true);
    await nothingLeft(server, asking, QueueUrl);
    agent.destroy();
    await server.stop();
  });
});

type Asking = (action: string, body: object) => Promise<Asked>;

function memberOf({ status, text }: Asked, member: string): string {
  if (status !== 200) throw new Error(`${status} ${text}`);
  return text === '' ? '' : JSON.parse(text)[member];
}

async function produce(asking: Asking, QueueUrl: string, producer: number): Promise<void> {
  for (let i = producer; i < MESSAGES; i += PRODUCERS) {
    memberOf(await asking('SendMessage', { QueueUrl, MessageBody: `message ${i}` }), 'MessageId');
  }
}

async function consume(asking: Asking, QueueUrl: string, seen: Map<string, number>): Promise<void> {
  while (seen.size < MESSAGES) {
    const wish = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
    const { Messages = [] } = JSON.parse((await asking('ReceiveMessage', wish)).text);
    for (const { Body } of Messages) seen.set(Body, (seen.get(Body) ?? 0) + 1);
    const Entries = Messages.map(({ ReceiptHandle }: { ReceiptHandle: string }, i: number) => ({
      Id: String(i),
      ReceiptHandle,
    }));
    if (Entries.length === 0) continue;
    const deleted = JSON.parse((await asking('DeleteMessageBatch', { QueueUrl, Entries })).text);
    expect(deleted.Successful).toHaveLength(Entries.length);
  }
}

async function nothingLeft(server: TestServer, asking: Asking, QueueUrl: string): Promise<void> {
  const answer = await asking('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
  expect(memberOf(answer, 'Attributes')).toMatchObject({
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
  });
  expect(server.store.problem()).toBeUndefined();
}
