/** FASTQUEUE_FIDELITY: AWS's two bans of 60 seconds hold where `strict` asks for them, and errors say no more than AWS's. */
import { describe, expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { STORES, startServer } from '../helpers/server.ts';
import { refusal } from './matrix.ts';

const SECOND = 1000;

describe.each(STORES)('the bans of 60 seconds, store %s', (store) => {
  async function opened(FASTQUEUE_FIDELITY: string) {
    const clock = fakeClock();
    const server = await startServer(store, { clock, env: { FASTQUEUE_FIDELITY } });
    const client = await clientOf('json', server.endpoint);
    const { QueueUrl } = await client.call('CreateQueue', { QueueName: 'banned' });
    return { clock, server, client, QueueUrl };
  }

  it('hold in strict: PurgeQueue, and a queue with the name of a deleted one', async () => {
    const { clock, server, client, QueueUrl } = await opened('strict');
    await client.call('PurgeQueue', { QueueUrl });
    clock.advance(59 * SECOND);
    expect(await refusal(client.call('PurgeQueue', { QueueUrl }))).toEqual({
      code: 'AWS.SimpleQueueService.PurgeQueueInProgress',
      status: 403,
      message: 'Only one PurgeQueue operation on banned is allowed every 60 seconds.',
    });
    clock.advance(SECOND);
    await client.call('PurgeQueue', { QueueUrl });

    await client.call('DeleteQueue', { QueueUrl });
    clock.advance(59 * SECOND);
    expect(await refusal(client.call('CreateQueue', { QueueName: 'banned' }))).toEqual({
      code: 'AWS.SimpleQueueService.QueueDeletedRecently',
      status: 400,
      message: 'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
    });
    clock.advance(SECOND);
    await client.call('CreateQueue', { QueueName: 'banned' });
    client.close();
    await server.stop();
  });

  it('do not hold in relaxed', async () => {
    const { server, client, QueueUrl } = await opened('relaxed');
    for (let i = 0; i < 2; i += 1) await client.call('PurgeQueue', { QueueUrl });
    await client.call('DeleteQueue', { QueueUrl });
    await client.call('CreateQueue', { QueueName: 'banned' });
    client.close();
    await server.stop();
  });
});

describe('the error about a queue that is in another region', () => {
  const TEXT = 'The specified queue does not exist.';
  const asked = async (env: Record<string, string>) => {
    const server = await startServer('memory', { env });
    const client = await clientOf('json', server.endpoint);
    await client.call('CreateQueue', { QueueName: 'q' });
    const QueueUrl = `${server.endpoint}/eu-west-1/000000000000/q`;
    const { message } = await refusal(client.call('PurgeQueue', { QueueUrl }));
    const byName = await refusal(client.call('GetQueueUrl', { QueueName: 'absent' }));
    client.close();
    await server.stop();
    return [message, byName.message];
  };

  it('says where it is, in relaxed', async () => {
    const where = 'A queue of that name is in account 000000000000, region us-east-1;';
    const request = 'this request is for account 000000000000, region eu-west-1.';
    expect(await asked({})).toEqual([`${TEXT} ${where} ${request}`, TEXT]);
  });

  it('says what AWS says, in strict', async () => {
    expect(await asked({ FASTQUEUE_FIDELITY: 'strict' })).toEqual([TEXT, TEXT]);
  });
});
