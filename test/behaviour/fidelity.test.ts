/** FASTQUEUE_FIDELITY: AWS's two bans of 60 seconds hold where `strict` asks for them, and nowhere else. */
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
