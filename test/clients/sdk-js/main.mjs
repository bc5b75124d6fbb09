/** The AWS SDK for JavaScript v3. It checks the digests of bodies itself, when it sends and when it receives. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  BatchEntryIdsNotDistinct,
  BatchRequestTooLong,
  EmptyBatchRequest,
  InvalidAttributeName,
  InvalidAttributeValue,
  InvalidBatchEntryId,
  InvalidMessageContents,
  PurgeQueueInProgress,
  paginateListQueues,
  QueueDeletedRecently,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiptHandleIsInvalid,
  ResourceNotFoundException,
  SQS,
  SQSServiceException,
  TooManyEntriesInBatchRequest,
} from '@aws-sdk/client-sqs';
import { step, until } from '../steps.mjs';

const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const BYTES = Uint8Array.of(0, 1, 127, 128, 255);
/** Digests of the attributes that are sent here, as AWS documents their making. */
const ATTRIBUTES_MD5 = '2ad4da5f1aa9afcd66edbaf2b936de78';
const TRACE_MD5 = '5ae4d5d7636402d80f4eb6d213245a88';
const ILLEGAL = 'a control character: \u0001';

const sqs = new SQS({});

const create = async (QueueName, Attributes = {}) => (await sqs.createQueue({ QueueName, Attributes })).QueueUrl;
const attributesOf = async (QueueUrl) =>
  (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes;
const arnOf = async (QueueUrl) => (await attributesOf(QueueUrl)).QueueArn;
const receive = async (QueueUrl, options = {}) => {
  const { Messages = [] } = await sqs.receiveMessage({
    QueueUrl,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
    ...options,
  });
  return Messages;
};
const remove = (QueueUrl, { ReceiptHandle }) => sqs.deleteMessage({ QueueUrl, ReceiptHandle });
const bodies = (messages) => messages.map(({ Body }) => Body);

/** The call is refused with this exception of the SDK, and with the code that the Query protocol has for it. */
async function refused(call, exception, code, status = 400) {
  const error = await call.then(
    () => assert.fail(`not refused: ${code}`),
    (refusal) => refusal,
  );
  assert.ok(error instanceof exception, `${error.name} is no ${exception.name}: ${error.message}`);
  assert.equal(error.Error?.Code, code);
  assert.equal(error.$metadata.httpStatusCode, status);
  return error.message;
}

const dead = await create('js-dead');
const deadArn = await arnOf(dead);
let every;

const settings = {
  DelaySeconds: '5',
  MaximumMessageSize: '2048',
  MessageRetentionPeriod: '3600',
  ReceiveMessageWaitTimeSeconds: '3',
  VisibilityTimeout: '45',
  SqsManagedSseEnabled: 'false',
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 3 }),
  RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'denyAll' }),
  Policy: JSON.stringify({
    Version: '2012-10-17',
    Id: 'team',
    Statement: [
      {
        Sid: 'send',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'SQS:SendMessage',
        Resource: deadArn.replace('js-dead', 'js-every'),
      },
    ],
  }),
};

await step('a queue with every attribute and tags is read back', async () => {
  const tags = { team: 'ältere', empty: '' };
  every = (await sqs.createQueue({ QueueName: 'js-every', Attributes: settings, tags })).QueueUrl;
  const { QueueArn, CreatedTimestamp, LastModifiedTimestamp, ...attributes } = await attributesOf(every);
  assert.deepEqual(attributes, {
    ...settings,
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
  });
  assert.match(QueueArn, /^arn:aws:sqs:us-east-1:\d{12}:js-every$/);
  assert.ok(Math.abs(Number(CreatedTimestamp) - Date.now() / 1000) < 60);
  assert.ok(LastModifiedTimestamp >= CreatedTimestamp);
  assert.deepEqual((await sqs.listQueueTags({ QueueUrl: every })).Tags, tags);
});

await step('an equal queue is the same one, a different one QueueNameExists', async () => {
  assert.equal(await create('js-every', { DelaySeconds: '5' }), every);
  await refused(create('js-every', { DelaySeconds: '6' }), QueueNameExists, 'QueueAlreadyExists');
});

await step('attributes are set; a KMS key turns the encryption by SQS off', async () => {
  await sqs.setQueueAttributes({
    QueueUrl: every,
    Attributes: { SqsManagedSseEnabled: 'true', Policy: '', RedrivePolicy: '', VisibilityTimeout: '46' },
  });
  const managed = await attributesOf(every);
  assert.equal(managed.SqsManagedSseEnabled, 'true');
  assert.equal(managed.VisibilityTimeout, '46');
  assert.deepEqual([managed.Policy, managed.RedrivePolicy], [undefined, undefined]);
  const kms = { KmsMasterKeyId: 'alias/aws/sqs', KmsDataKeyReusePeriodSeconds: '600' };
  await sqs.setQueueAttributes({ QueueUrl: every, Attributes: kms });
  const keyed = await attributesOf(every);
  assert.equal(keyed.SqsManagedSseEnabled, 'false');
  assert.equal(keyed.KmsMasterKeyId, kms.KmsMasterKeyId);
  assert.equal(keyed.KmsDataKeyReusePeriodSeconds, kms.KmsDataKeyReusePeriodSeconds);
});

await step('queues are found by name, by prefix, page by page', async () => {
  assert.equal((await sqs.getQueueUrl({ QueueName: 'js-every' })).QueueUrl, every);
  const pages = [];
  for await (const page of paginateListQueues({ client: sqs, pageSize: 1 }, { QueueNamePrefix: 'js-' })) {
    pages.push(page.QueueUrls);
  }
  assert.deepEqual(pages.flat().sort(), [dead, every]);
  assert.ok(pages.length >= 2);
  assert.equal((await sqs.listQueues({ QueueNamePrefix: 'nobody-' })).QueueUrls, undefined);
});

await step('tags are added, replaced and removed', async () => {
  await sqs.tagQueue({ QueueUrl: every, Tags: { team: 'new', stage: 'test' } });
  await sqs.untagQueue({ QueueUrl: every, TagKeys: ['empty', 'unknown'] });
  assert.deepEqual((await sqs.listQueueTags({ QueueUrl: every })).Tags, { team: 'new', stage: 'test' });
});

const work = await create('js-work', { MaximumMessageSize: '1024' });

await step('a permission becomes a statement of the policy and goes again', async () => {
  const permission = { AWSAccountIds: ['111122223333'], Actions: ['SendMessage', 'ReceiveMessage'] };
  await sqs.addPermission({ QueueUrl: work, Label: 'neighbours', ...permission });
  const [statement] = JSON.parse((await attributesOf(work)).Policy).Statement;
  assert.equal(statement.Sid, 'neighbours');
  assert.deepEqual(statement.Principal, { AWS: 'arn:aws:iam::111122223333:root' });
  assert.deepEqual(statement.Action, ['SQS:SendMessage', 'SQS:ReceiveMessage']);
  await sqs.removePermission({ QueueUrl: work, Label: 'neighbours' });
  assert.equal((await attributesOf(work)).Policy, undefined);
});

const body = 'Grüße 🚀 & <b>"quotes"</b>\r\n\ttab';
const attributes = {
  Text: { DataType: 'String', StringValue: 'Grüße' },
  Count: { DataType: 'Number.int', StringValue: '42' },
  Bytes: { DataType: 'Binary', BinaryValue: BYTES },
};
let sent;

await step('a message is sent with attributes of each type and a trace header', async () => {
  sent = await sqs.sendMessage({
    QueueUrl: work,
    MessageBody: body,
    MessageAttributes: attributes,
    MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: TRACE } },
  });
  assert.equal(sent.MD5OfMessageAttributes, ATTRIBUTES_MD5);
  assert.equal(sent.MD5OfMessageSystemAttributes, TRACE_MD5);
  assert.equal(sent.SequenceNumber, undefined);
});

let message;

await step('it is received byte by byte, with everything that SQS says of it', async () => {
  [message] = await receive(work);
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.Body, body);
  assert.deepEqual(message.MessageAttributes, attributes);
  assert.equal(message.MD5OfMessageAttributes, ATTRIBUTES_MD5);
  const { SenderId, SentTimestamp, ApproximateFirstReceiveTimestamp, ...rest } = message.Attributes;
  assert.deepEqual(rest, { ApproximateReceiveCount: '1', AWSTraceHeader: TRACE });
  assert.ok(SenderId);
  assert.ok(Number(ApproximateFirstReceiveTimestamp) >= Number(SentTimestamp));
});

await step('its invisibility is extended and ended; attributes are chosen by prefix', async () => {
  const times = (VisibilityTimeout) =>
    sqs.changeMessageVisibility({ QueueUrl: work, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout });
  await times(1);
  await times(60);
  assert.deepEqual(await receive(work, { WaitTimeSeconds: 2 }), []);
  await times(0);
  [message] = await receive(work, { MessageAttributeNames: ['Te.*'] });
  assert.equal(message.Attributes.ApproximateReceiveCount, '2');
  assert.deepEqual(Object.keys(message.MessageAttributes), ['Text']);
});

await step('it is deleted, once and again', async () => {
  await remove(work, message);
  await remove(work, message);
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await attributesOf(work);
  assert.deepEqual([ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible], ['0', '0']);
});

await step('a delayed message wakes a long poll when it is due', async () => {
  await sqs.sendMessage({ QueueUrl: work, MessageBody: 'later', DelaySeconds: 2 });
  assert.deepEqual(await receive(work), []);
  const begin = performance.now();
  const [late] = await receive(work, { WaitTimeSeconds: 20 });
  assert.equal(late.Body, 'later');
  assert.ok(performance.now() - begin < 10_000);
  await remove(work, late);
});

await step('of a batch, the entries that SQS refuses fail alone', async () => {
  const { Successful, Failed } = await sqs.sendMessageBatch({
    QueueUrl: work,
    Entries: [
      { Id: 'good', MessageBody: 'good', MessageAttributes: attributes },
      { Id: 'illegal', MessageBody: ILLEGAL },
      { Id: 'large', MessageBody: 'x'.repeat(1025) },
      { Id: 'limit', MessageBody: 'x'.repeat(1024) },
    ],
  });
  assert.deepEqual(
    Successful.map(({ Id }) => Id),
    ['good', 'limit'],
  );
  assert.equal(Successful[0].MD5OfMessageAttributes, ATTRIBUTES_MD5);
  assert.deepEqual(
    Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [
      ['illegal', 'InvalidMessageContents', true],
      ['large', 'InvalidParameterValue', true],
    ],
  );
});

await step('visibility is changed and messages are deleted in batches', async () => {
  const messages = await receive(work, { MaxNumberOfMessages: 10 });
  assert.equal(messages.length, 2);
  const entries = messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
  const bad = { Id: 'bad', ReceiptHandle: 'garbage' };
  const changed = await sqs.changeMessageVisibilityBatch({
    QueueUrl: work,
    Entries: [...entries, bad].map((entry) => ({ ...entry, VisibilityTimeout: 60 })),
  });
  const deleted = await sqs.deleteMessageBatch({ QueueUrl: work, Entries: [...entries, bad] });
  for (const { Successful, Failed } of [changed, deleted]) {
    assert.equal(Successful.length, 2);
    assert.deepEqual([Failed.length, Failed[0].Id, Failed[0].Code], [1, 'bad', 'ReceiptHandleIsInvalid']);
  }
});

await step('what is refused is refused by its own exception', async () => {
  const PREFIX = 'AWS.SimpleQueueService.';
  const batch = (Entries) => sqs.sendMessageBatch({ QueueUrl: work, Entries });
  const entry = (Id, MessageBody = 'x') => ({ Id, MessageBody });
  await refused(sqs.getQueueUrl({ QueueName: 'js-nobody' }), QueueDoesNotExist, `${PREFIX}NonExistentQueue`);
  await refused(attributesOf(`${work}-not`), QueueDoesNotExist, `${PREFIX}NonExistentQueue`);
  await refused(remove(work, { ReceiptHandle: 'garbage' }), ReceiptHandleIsInvalid, 'ReceiptHandleIsInvalid', 404);
  await refused(batch([]), EmptyBatchRequest, `${PREFIX}EmptyBatchRequest`);
  const eleven = Array.from({ length: 11 }, (_, i) => entry(`${i}`));
  await refused(batch(eleven), TooManyEntriesInBatchRequest, `${PREFIX}TooManyEntriesInBatchRequest`);
  await refused(batch([entry('a'), entry('a')]), BatchEntryIdsNotDistinct, `${PREFIX}BatchEntryIdsNotDistinct`);
  await refused(batch([entry('a b')]), InvalidBatchEntryId, `${PREFIX}InvalidBatchEntryId`);
  const huge = entry('a', 'x'.repeat(1_048_577));
  await refused(batch([huge]), BatchRequestTooLong, `${PREFIX}BatchRequestTooLong`);
  const send = (MessageBody, more = {}) => sqs.sendMessage({ QueueUrl: work, MessageBody, ...more });
  await refused(send(ILLEGAL), InvalidMessageContents, 'InvalidMessageContents');
  await refused(send('x'.repeat(1025)), SQSServiceException, 'InvalidParameterValue');
  await refused(send(''), SQSServiceException, 'MissingParameter');
  const set = (Attributes) => sqs.setQueueAttributes({ QueueUrl: work, Attributes });
  await refused(set({ Colour: 'red' }), InvalidAttributeName, 'InvalidAttributeName');
  await refused(set({ DelaySeconds: '901' }), InvalidAttributeValue, 'InvalidAttributeValue');
});

let fifo;

await step('FIFO: sequence numbers grow, a duplicate is answered as the first', async () => {
  const settings = {
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  };
  fifo = await create('js.fifo', settings);
  const attributes = await attributesOf(fifo);
  for (const [name, value] of Object.entries(settings)) assert.equal(attributes[name], value, name);
  const send = (MessageBody) => sqs.sendMessage({ QueueUrl: fifo, MessageBody, MessageGroupId: 'a' });
  const answers = [await send('a1'), await send('a2'), await send('a3')];
  const { Successful } = await sqs.sendMessageBatch({
    QueueUrl: fifo,
    Entries: ['b1', 'b2'].map((id) => ({
      Id: id,
      MessageBody: id,
      MessageGroupId: 'b',
      MessageDeduplicationId: `id of ${id}`.replaceAll(' ', '-'),
    })),
  });
  const numbers = [...answers, ...Successful].map(({ SequenceNumber }) => SequenceNumber);
  for (const number of numbers) assert.match(number, /^\d{20}$/);
  assert.deepEqual(numbers.toSorted(), numbers);
  assert.equal(new Set(numbers).size, 5);
  const again = await send('a1');
  assert.equal(again.MessageId, answers[0].MessageId);
  assert.equal(again.SequenceNumber, answers[0].SequenceNumber);
});

await step('FIFO: a message in flight locks its group, the other goes on, in order', async () => {
  const [first, ...more] = await receive(fifo);
  assert.equal(more.length, 0);
  const { MessageGroupId: group, MessageDeduplicationId, SequenceNumber } = first.Attributes;
  const orders = { a: ['a1', 'a2', 'a3'], b: ['b1', 'b2'] };
  assert.equal(first.Body, orders[group][0]);
  assert.match(SequenceNumber, /^\d{20}$/);
  const hash = createHash('sha256').update(first.Body).digest('hex');
  assert.equal(MessageDeduplicationId, group === 'a' ? hash : 'id-of-b1');
  const others = await receive(fifo, { MaxNumberOfMessages: 10 });
  assert.deepEqual(bodies(others), orders[group === 'a' ? 'b' : 'a']);
  for (const other of others) await remove(fifo, other);
  assert.deepEqual(await receive(fifo), []);
  await remove(fifo, first);
  const rest = await receive(fifo, { MaxNumberOfMessages: 10 });
  assert.deepEqual(bodies(rest), orders[group].slice(1));
  for (const other of rest) await remove(fifo, other);
});

await step('FIFO: a receive that is repeated answers the same handles', async () => {
  await sqs.sendMessage({ QueueUrl: fifo, MessageBody: 'again', MessageGroupId: 'c' });
  const attempt = { ReceiveRequestAttemptId: 'attempt-1' };
  const [one] = await receive(fifo, attempt);
  const [two] = await receive(fifo, attempt);
  assert.equal(two.ReceiptHandle, one.ReceiptHandle);
  await remove(fifo, two);
});

await step('FIFO: what such a queue needs is demanded', async () => {
  const send = (more) => sqs.sendMessage({ QueueUrl: fifo, MessageBody: 'x', ...more });
  await refused(send({}), SQSServiceException, 'MissingParameter');
  await refused(send({ MessageGroupId: 'a', DelaySeconds: 1 }), SQSServiceException, 'InvalidParameterValue');
  await refused(create('js-no-suffix', { FifoQueue: 'true' }), SQSServiceException, 'InvalidParameterValue');
});

const source = await create('js-source');
const sourceArn = await arnOf(source);

await step('a message that was received too often is in the dead-letter queue', async () => {
  const policy = JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 1 });
  await sqs.setQueueAttributes({ QueueUrl: source, Attributes: { RedrivePolicy: policy } });
  const { MessageId } = await sqs.sendMessage({ QueueUrl: source, MessageBody: 'poison' });
  const [once] = await receive(source, { VisibilityTimeout: 0 });
  assert.equal(once.Attributes.ApproximateReceiveCount, '1');
  assert.deepEqual(await receive(source), []);
  const [moved] = await receive(dead, { VisibilityTimeout: 0, WaitTimeSeconds: 5 });
  assert.deepEqual([moved.MessageId, moved.Body], [MessageId, 'poison']);
  assert.equal(moved.Attributes.DeadLetterQueueSourceArn, sourceArn);
  assert.equal(moved.Attributes.ApproximateReceiveCount, '2');
  assert.deepEqual((await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).queueUrls, [source]);
});

const newestTask = async () => (await sqs.listMessageMoveTasks({ SourceArn: deadArn })).Results?.[0];

await step('a move task brings it back to where it came from', async () => {
  assert.ok((await sqs.startMessageMoveTask({ SourceArn: deadArn })).TaskHandle);
  const { StartedTimestamp, ...task } = await until('the task is done', async () => {
    const task = await newestTask();
    return task?.Status === 'RUNNING' ? undefined : task;
  });
  assert.deepEqual(task, {
    Status: 'COMPLETED',
    SourceArn: deadArn,
    ApproximateNumberOfMessagesMoved: 1,
    ApproximateNumberOfMessagesToMove: 1,
  });
  assert.ok(Math.abs(StartedTimestamp - Date.now()) < 60_000);
  const [back] = await receive(source, { WaitTimeSeconds: 5 });
  assert.equal(back.Body, 'poison');
  await remove(source, back);
});

await step('a move task is cancelled; what it cannot do is refused', async () => {
  for (const MessageBody of ['1', '2', '3']) await sqs.sendMessage({ QueueUrl: dead, MessageBody });
  const task = { SourceArn: deadArn, DestinationArn: await arnOf(work), MaxNumberOfMessagesPerSecond: 1 };
  const { TaskHandle } = await sqs.startMessageMoveTask(task);
  const running = await newestTask();
  assert.deepEqual([running.Status, running.TaskHandle], ['RUNNING', TaskHandle]);
  assert.equal(running.MaxNumberOfMessagesPerSecond, 1);
  await refused(sqs.startMessageMoveTask(task), SQSServiceException, 'InvalidParameterValue');
  const { ApproximateNumberOfMessagesMoved } = await sqs.cancelMessageMoveTask({ TaskHandle });
  assert.ok(ApproximateNumberOfMessagesMoved < 3);
  await until('it is cancelled', async () => (await newestTask()).Status === 'CANCELLED');
  const missing = { SourceArn: `${deadArn}-not` };
  await refused(sqs.startMessageMoveTask(missing), ResourceNotFoundException, 'ResourceNotFoundException', 404);
  await refused(sqs.listMessageMoveTasks(missing), ResourceNotFoundException, 'ResourceNotFoundException', 404);
  const noDead = sqs.startMessageMoveTask({ SourceArn: sourceArn });
  const text = await refused(noDead, SQSServiceException, 'InvalidParameterValue');
  assert.equal(text, 'Source queue must be configured as a Dead Letter Queue.');
});

await step('a purge removes everything, once a minute', async () => {
  await sqs.sendMessage({ QueueUrl: work, MessageBody: 'visible' });
  await sqs.sendMessage({ QueueUrl: work, MessageBody: 'delayed', DelaySeconds: 60 });
  await sqs.purgeQueue({ QueueUrl: work });
  const attributes = await attributesOf(work);
  assert.deepEqual([attributes.ApproximateNumberOfMessages, attributes.ApproximateNumberOfMessagesDelayed], ['0', '0']);
  const code = 'AWS.SimpleQueueService.PurgeQueueInProgress';
  await refused(sqs.purgeQueue({ QueueUrl: work }), PurgeQueueInProgress, code, 403);
});

await step('a deleted queue is gone, and its name is not free for a minute', async () => {
  for (const QueueUrl of [every, work, fifo, source, dead]) await sqs.deleteQueue({ QueueUrl });
  const gone = 'AWS.SimpleQueueService.NonExistentQueue';
  await refused(sqs.sendMessage({ QueueUrl: work, MessageBody: 'x' }), QueueDoesNotExist, gone);
  await refused(create('js-work'), QueueDeletedRecently, 'AWS.SimpleQueueService.QueueDeletedRecently');
});
