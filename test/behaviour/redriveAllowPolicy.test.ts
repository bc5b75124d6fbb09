/** Where dead letters may go: a RedrivePolicy against its target and the target's RedriveAllowPolicy (sqs-wire.md §§4.4, 4.5). */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { ACCOUNT, arnOf, arrived, fail, pair, redriveTo, set } from './dead.ts';
import { fifoQueue } from './fifo.ts';
import { AWS, onEvery, refusal } from './matrix.ts';
import { invalidValue, receive, send } from './messages.ts';

onEvery(
  'where dead letters may go',
  (context) => {
    const refused = async (QueueUrl: string, Attributes: Record<string, string>, reason: string) => {
      const expected = invalidValue(context.face, 'RedrivePolicy', Attributes.RedrivePolicy, reason);
      expect(await refusal(set(context, QueueUrl, Attributes))).toEqual(expected);
      const shown = await context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['RedrivePolicy'] });
      expect(shown).toEqual({});
    };
    const denied = (dead: string, source: string) =>
      `The RedriveAllowPolicy of ${arnOf(dead)} does not allow ${arnOf(source)} as a source queue.`;
    const allow = (redrivePermission: string, ...sources: string[]) => ({
      RedriveAllowPolicy: JSON.stringify({
        redrivePermission,
        ...(sources.length > 0 && { sourceQueueArns: sources.map(arnOf) }),
      }),
    });
    const SELF = 'Dead-letter queue must be another queue than the source.';
    const TYPE = 'Dead-letter queue must be same type of queue as the source..';

    it('is not the queue itself', async () => {
      const QueueUrl = await context.createQueue();
      await refused(QueueUrl, redriveTo(QueueUrl, 1), SELF);
      const fifo = await fifoQueue(context);
      await refused(fifo, redriveTo(fifo, 1), SELF);
      const QueueName = randomUUID();
      const Attributes = redriveTo(QueueName, 1);
      expect(await refusal(context.client.call('CreateQueue', { QueueName, Attributes }))).toEqual(
        invalidValue(context.face, 'RedrivePolicy', Attributes.RedrivePolicy, SELF),
      );
    });

    it('is a queue of the same type', async () => {
      const [standard, fifo] = [await context.createQueue(), await fifoQueue(context)];
      await refused(standard, redriveTo(fifo, 1), TYPE);
      await refused(fifo, redriveTo(standard, 1), TYPE);
      // The type is in the name: whether the queue exists comes after it.
      await refused(standard, redriveTo('no-queue.fifo', 1), TYPE);
      await refused(fifo, redriveTo('no-queue.fifo', 1), 'Dead letter target does not exist.');
      const other = await fifoQueue(context);
      await set(context, fifo, redriveTo(other, 1));
      const { queueUrls } = await context.client.call('ListDeadLetterSourceQueues', { QueueUrl: other });
      expect(queueUrls).toEqual([fifo]);
    });

    it('is a queue of the same account and region', async () => {
      const source = await context.createQueue();
      const stranger = await clientOf(context.face, context.server.endpoint, '123456789012');
      const QueueName = randomUUID();
      await stranger.call('CreateQueue', { QueueName });
      stranger.close();
      const target = (region: string, account: string) => ({
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:${QueueName}`,
          maxReceiveCount: 1,
        }),
      });
      await refused(
        source,
        target('us-east-1', '123456789012'),
        'Dead-letter target owner should be same as the source.',
      );
      await refused(source, target('eu-west-1', ACCOUNT), 'Dead letter target does not exist.');
    });

    it('is a queue that allows it', async () => {
      const dead = await context.createQueue(allow('denyAll'));
      const [source, other] = [await context.createQueue(), await context.createQueue()];
      const Attributes = redriveTo(dead, 1);
      await refused(source, Attributes, denied(dead, source));
      const QueueName = randomUUID();
      expect(await refusal(context.client.call('CreateQueue', { QueueName, Attributes }))).toEqual(
        invalidValue(context.face, 'RedrivePolicy', Attributes.RedrivePolicy, denied(dead, QueueName)),
      );
      await set(context, dead, allow('byQueue', other));
      await refused(source, Attributes, denied(dead, source));
      await set(context, other, Attributes);
      await set(context, dead, allow('byQueue', other, source));
      await set(context, source, Attributes);
      await set(context, source, { RedrivePolicy: '' });
      await set(context, dead, allow('allowAll'));
      await set(context, source, Attributes);
      await set(context, source, { RedrivePolicy: '' });
      await set(context, dead, { RedriveAllowPolicy: '' });
      await set(context, source, Attributes);
    });

    it('may have been written for another partition', async () => {
      const source = await context.createQueue();
      const RedriveAllowPolicy = JSON.stringify({
        redrivePermission: 'byQueue',
        sourceQueueArns: ['no arn', arnOf(source).replace('aws', 'aws-cn')],
      });
      const dead = await context.createQueue({ RedriveAllowPolicy });
      await set(context, source, redriveTo(dead, 1));
    });

    it('stays allowed to whoever had it before', async () => {
      const { dead, source } = await pair(context, 1);
      await set(context, dead, allow('denyAll'));
      await set(context, source, { DelaySeconds: '0' });
      await send(context, source, 'x');
      await fail(context, source);
      expect(await receive(context, source)).toEqual([]);
      await arrived(context, dead, 1);
    });
  },
  { faces: AWS },
);
