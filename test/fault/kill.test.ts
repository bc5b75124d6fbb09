/**
 * T1: kill -9 under 40 writers, ten rounds on the same data. Nothing that was answered is lost, nothing is there that
 * was never sent, bodies are what was sent, and what was in flight keeps its receive count.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../helpers/clients.ts';
import { built, type ServerProcess, spawnServer } from '../helpers/process.ts';
import { until } from '../helpers/until.ts';

const ROUNDS = process.env.LONG ? 50 : 10;
const WRITERS = 40;

let dataDir: string;
beforeAll(() => {
  built();
  dataDir = mkdtempSync(join(tmpdir(), 'fastqueue-kill-'));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const start = () => spawnServer({ FASTQUEUE_STORE: 'embedded', FASTQUEUE_DATA_DIR: dataDir });

/** Writes until the server is gone; answers what was acknowledged, and what was tried. */
async function writeUntilDeath(
  client: Client,
  QueueUrl: string,
  name: string,
  acknowledged: Set<string>,
  tried: Set<string>,
) {
  for (let i = 0; ; i += 1) {
    const MessageBody = `${name}-${i}`;
    tried.add(MessageBody);
    try {
      await client.call('SendMessage', { QueueUrl, MessageBody });
    } catch {
      return;
    }
    acknowledged.add(MessageBody);
  }
}

async function drain(client: Client, QueueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages } = (await client.call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })) as {
      Messages?: { Body: string; ReceiptHandle: string }[];
    };
    if (Messages === undefined) return bodies;
    bodies.push(...Messages.map(({ Body }) => Body));
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
    await client.call('DeleteMessageBatch', { QueueUrl, Entries });
  }
}

describe('T1 kill -9', () => {
  it(`loses nothing that was answered, in ${ROUNDS} rounds under ${WRITERS} writers`, async () => {
    const acknowledged = new Set<string>();
    const tried = new Set<string>();
    const startUps: number[] = [];
    let server: ServerProcess | undefined;
    for (let round = 0; round < ROUNDS; round += 1) {
      const begin = performance.now();
      server = await start();
      startUps.push(performance.now() - begin);
      const client = await clientOf('json', server.endpoint);
      const { QueueUrl } = (await client.call('CreateQueue', { QueueName: 'survivors' })) as { QueueUrl: string };
      const before = acknowledged.size;
      const writers = Array.from({ length: WRITERS }, (_, w) =>
        writeUntilDeath(client, QueueUrl, `${round}-${w}`, acknowledged, tried),
      );
      await until('enough is written', () => acknowledged.size > before + 200 + round * 37, 20_000);
      await server.kill('SIGKILL');
      await Promise.all(writers);
      client.close();
    }
    server = await start();
    const client = await clientOf('json', server.endpoint);
    const found = await drain(client, `${server.endpoint}/000000000000/survivors`);
    const there = new Set(found);
    const lost = [...acknowledged].filter((body) => !there.has(body));
    const unexpected = found.filter((body) => !tried.has(body));
    console.log(
      `T1: ${acknowledged.size} answered, ${lost.length} lost, ${there.size - acknowledged.size + lost.length} recovered, ` +
        `${found.length - there.size} doubled, slowest start ${Math.max(...startUps).toFixed(0)} ms`,
    );
    expect({ lost, unexpected, doubled: found.length - there.size }).toEqual({ lost: [], unexpected: [], doubled: 0 });
    client.close();
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  it('keeps counts and due times of what was in flight', async () => {
    let server = await start();
    let client = await clientOf('json', server.endpoint);
    const { QueueUrl: url } = (await client.call('CreateQueue', { QueueName: 'held' })) as { QueueUrl: string };
    await client.call('SendMessage', { QueueUrl: url, MessageBody: 'held' });
    await client.call('SendMessage', { QueueUrl: url, MessageBody: 'delayed', DelaySeconds: 900 });
    await client.call('ReceiveMessage', { QueueUrl: url, VisibilityTimeout: 0 });
    await client.call('ReceiveMessage', { QueueUrl: url, VisibilityTimeout: 2 });
    const returnsAt = performance.now() + 2000;
    // A later answered write: everything before it in the queue is on disk too.
    await client.call('SendMessage', { QueueUrl: url, MessageBody: 'barrier', DelaySeconds: 900 });
    await server.kill('SIGKILL');
    client.close();

    server = await start();
    client = await clientOf('json', server.endpoint);
    const QueueUrl = `${server.endpoint}/000000000000/held`;
    const { Attributes } = (await client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })) as {
      Attributes: Record<string, string>;
    };
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '2',
    });
    const { Messages } = (await client.call('ReceiveMessage', {
      QueueUrl,
      WaitTimeSeconds: 10,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    })) as { Messages: { Body: string; Attributes: Record<string, string> }[] };
    expect(Messages).toMatchObject([{ Body: 'held', Attributes: { ApproximateReceiveCount: '3' } }]);
    expect(Math.abs(performance.now() - returnsAt)).toBeLessThan(1000);
    client.close();
    await server.kill('SIGTERM');
  });
});
