import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, FACES, Refused } from '../helpers/clients.ts';
import { STORES, startServer, type TestServer } from '../helpers/server.ts';

for (const store of STORES) {
  describe(store, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer(store);
    });
    afterAll(() => server.stop());

    describe.each(FACES)('%s', (face) => {
      let client: Client;
      beforeAll(async () => {
        client = await clientOf(face, server.endpoint);
      });
      afterAll(() => client.close());
      const create = async () => (await client.call('CreateQueue', { QueueName: randomUUID() })).QueueUrl as string;

      it('sends, receives and deletes', async () => {
        const QueueUrl = await create();
        const sent = await client.call('SendMessage', { QueueUrl, MessageBody: 'hello' });
        expect(sent).toMatchObject({ MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' });
        const { Messages } = (await client.call('ReceiveMessage', { QueueUrl })) as {
          Messages: Record<string, string>[];
        };
        expect(Messages).toMatchObject([
          { MessageId: sent.MessageId, Body: 'hello', MD5OfBody: sent.MD5OfMessageBody },
        ]);
        const ReceiptHandle = Messages[0]!.ReceiptHandle;
        await client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
        const again = client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
        if (face === 'rest') await expect(again).rejects.toMatchObject({ status: 404, message: 'Message not found.' });
        else await again;
      });

      it('answers for a queue that is not there', async () => {
        const QueueUrl = `${server.endpoint}/000000000000/${randomUUID()}`;
        const error = await client.call('SendMessage', { QueueUrl, MessageBody: 'x' }).catch((e) => e);
        expect(error).toBeInstanceOf(Refused);
        const { code, status, message } = error as Refused;
        expect({ code, status, message }).toEqual(
          {
            json: {
              code: 'AWS.SimpleQueueService.NonExistentQueue',
              status: 400,
              message: 'The specified queue does not exist.',
            },
            query: {
              code: 'AWS.SimpleQueueService.NonExistentQueue',
              status: 400,
              message: 'The specified queue does not exist for this wsdl version.',
            },
            rest: { code: '', status: 404, message: 'Queue not found.' },
          }[face],
        );
      });
    });
  });
}
