/** The checker and the load that feeds it, on a server without faults: what is taken away or slipped in must show. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../helpers/server.ts';
import { newChecker } from './checker.ts';
import { judge, openLoad, otherErrors, sqsOf, urlAt } from './load.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer('memory');
});
afterAll(() => server.stop());

describe('the checker', () => {
  it('finds nothing where nothing happened', async () => {
    const load = await openLoad([server.endpoint], 1);
    load.produce(4);
    load.consume(4);
    await pause(1000);
    await load.drain();
    judge('checker', load);
    expect(otherErrors(load.calls)).toEqual([]);
    expect(load.checker.verdict().acknowledged).toBeGreaterThan(20);
  });

  it('sees a message that is removed, and one that is invented', async () => {
    const load = await openLoad([server.endpoint], 1);
    load.produce(1);
    await pause(300);
    const sqs = sqsOf(server.endpoint, 1);
    const QueueUrl = urlAt(server.endpoint, 'load-0');
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'invented' }));
    sqs.destroy();
    load.consume(4);
    await load.drain();
    const { lost, unexpected, duplicates } = load.checker.verdict();
    expect({ lost: lost.length, unexpected, duplicates }).toEqual({
      lost: 1,
      unexpected: ['invented'],
      duplicates: [],
    });
    expect(lost[0]).toBe(Messages![0]!.Body!.slice(0, 40));
  });

  it('calls a body doubled that was stored twice, or comes again after its delete', () => {
    const checker = newChecker();
    for (const body of ['two ids', 'two times', 'came again', 'was on its way']) {
      checker.trying(body);
      checker.acknowledged(body, `id of ${body}`);
      checker.received(body, `id of ${body}`, '100', 1);
      checker.deleted(body, 2);
    }
    checker.received('two ids', 'another id', '100', 1);
    checker.received('two times', 'id of two times', '200', 1);
    checker.received('came again', 'id of came again', '100', 3);
    checker.received('was on its way', 'id of was on its way', '100', 1);
    expect(checker.verdict()).toMatchObject({
      lost: [],
      unexpected: [],
      duplicates: ['two ids', 'two times', 'came again'],
    });
  });

  it('counts what was delivered without an acknowledgement as recovered', () => {
    const checker = newChecker();
    checker.trying('answered by nobody');
    checker.received('answered by nobody', 'id', '100', 1);
    expect(checker.verdict()).toMatchObject({ acknowledged: 0, recovered: 1, lost: [], unexpected: [] });
  });
});
