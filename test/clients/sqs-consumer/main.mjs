/** sqs-consumer: handlers for one message and for batches, one that fails until the message is a dead letter. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { SQS } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { step, until } from '../steps.mjs';

const sqs = new SQS({});

const create = async (QueueName, Attributes = {}) => (await sqs.createQueue({ QueueName, Attributes })).QueueUrl;
const attributesOf = async (QueueUrl) =>
  (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes;
const send = (QueueUrl, ...bodies) =>
  sqs.sendMessageBatch({ QueueUrl, Entries: bodies.map((MessageBody, i) => ({ Id: `${i}`, MessageBody })) });
const isEmpty = async (url) => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await attributesOf(url);
  return ApproximateNumberOfMessages === '0' && ApproximateNumberOfMessagesNotVisible === '0';
};

/** Starts a consumer; `events` are the names of those that it has emitted. */
function consume(queueUrl, options) {
  const consumer = Consumer.create({
    queueUrl,
    sqs,
    waitTimeSeconds: 5,
    messageSystemAttributeNames: ['All'],
    messageAttributeNames: ['All'],
    ...options,
  });
  const events = [];
  for (const name of ['error', 'processing_error', 'timeout_error', 'message_processed', 'stopped', 'aborted']) {
    consumer.on(name, () => events.push(name));
  }
  consumer.start();
  const stop = async () => {
    consumer.stop({ abort: true });
    await until('the consumer has stopped', () => events.includes('stopped'));
    assert.ok(!events.includes('error'));
  };
  return { events, stop };
}

await step('a handler is given each message, which is deleted then', async () => {
  const queue = await create('consumer-one');
  const seen = [];
  const { events, stop } = consume(queue, {
    handleMessage: async (message) => {
      seen.push([message.Body, message.MessageAttributes.Colour.StringValue]);
      return message;
    },
  });
  const Colour = { DataType: 'String', StringValue: 'red' };
  await sqs.sendMessage({ QueueUrl: queue, MessageBody: 'one', MessageAttributes: { Colour } });
  await until('it is handled', () => events.includes('message_processed'));
  assert.deepEqual(seen, [['one', 'red']]);
  await until('the queue is empty', () => isEmpty(queue));
  await stop();
});

await step('a handler of batches is given many; what it does not answer comes back', async () => {
  const queue = await create('consumer-batch', { VisibilityTimeout: '1' });
  const bodies = Array.from({ length: 10 }, (_, i) => `m${i}`);
  await send(queue, ...bodies);
  const batches = [];
  const { stop } = consume(queue, {
    batchSize: 10,
    handleMessageBatch: async (messages) => {
      batches.push(messages.map(({ Body }) => Body));
      return batches.length === 1 ? messages.filter(({ Body }) => Body !== 'm5') : messages;
    },
  });
  await until('the rest has come back', () => batches.length === 2);
  assert.deepEqual(batches[0].toSorted(), bodies);
  assert.deepEqual(batches[1], ['m5']);
  await until('the queue is empty', () => isEmpty(queue));
  await stop();
});

await step('a heartbeat keeps a message from others for longer than its timeout', async () => {
  const queue = await create('consumer-heartbeat');
  await send(queue, 'slow');
  let handled = 0;
  const { stop } = consume(queue, {
    visibilityTimeout: 3,
    heartbeatInterval: 1,
    handleMessage: async (message) => {
      handled += 1;
      await pause(4500);
      return message;
    },
  });
  await until('it is being handled', () => handled === 1);
  const { Messages } = await sqs.receiveMessage({ QueueUrl: queue, WaitTimeSeconds: 4 });
  assert.equal(Messages, undefined);
  await until('it is done', () => isEmpty(queue));
  assert.equal(handled, 1);
  await stop();
});

await step('a handler that fails gets the message again, until it is a dead letter', async () => {
  const dead = await create('consumer-dead');
  const { QueueArn: deadLetterTargetArn } = await attributesOf(dead);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
  const queue = await create('consumer-failing', { RedrivePolicy });
  const counts = [];
  const failing = consume(queue, {
    terminateVisibilityTimeout: true,
    handleMessage: async (message) => {
      if (message.Body !== 'poison') return message;
      counts.push(message.Attributes.ApproximateReceiveCount);
      throw new Error('poison');
    },
  });
  await send(queue, 'good', 'poison');
  const letters = [];
  const burying = consume(dead, {
    handleMessage: async (message) => {
      letters.push(message);
      return message;
    },
  });
  await until('it is a dead letter', () => letters.length === 1);
  assert.deepEqual(counts, ['1', '2']);
  assert.equal(failing.events.filter((name) => name === 'processing_error').length, 2);
  const [{ Body, Attributes }] = letters;
  assert.equal(Body, 'poison');
  assert.equal(Attributes.ApproximateReceiveCount, '3');
  assert.equal(Attributes.DeadLetterQueueSourceArn, (await attributesOf(queue)).QueueArn);
  await failing.stop();
  await burying.stop();
  assert.ok(await isEmpty(queue));
});

await step('FIFO: a handler that fails holds up its group and no other', async () => {
  const queue = await create('consumer.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  await sqs.sendMessageBatch({
    QueueUrl: queue,
    Entries: ['a1', 'a2', 'b1', 'b2'].map((id) => ({ Id: id, MessageBody: id, MessageGroupId: id[0] })),
  });
  const handled = [];
  let failed = false;
  const { stop } = consume(queue, {
    suppressFifoWarning: true,
    terminateVisibilityTimeout: true,
    handleMessage: async (message) => {
      if (message.Body === 'a1' && !failed) {
        failed = true;
        throw new Error('not yet');
      }
      handled.push(message.Body);
      return message;
    },
  });
  await until('everything is handled', () => handled.length === 4);
  for (const group of ['a', 'b']) {
    assert.deepEqual(
      handled.filter((body) => body.startsWith(group)),
      [`${group}1`, `${group}2`],
    );
  }
  await stop();
});
