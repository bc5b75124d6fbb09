/**
 * The requests of the benchmark, as AWS JSON with a Signature Version 4. Host, date and queue address are fixed, so
 * every server gets the very same text, whatever its port. Profile `dev` does not verify signatures, so a signature
 * is made once for each action, and stands over every body.
 */
import { createHash, randomUUID } from 'node:crypto';
import aws4 from 'aws4';

const HOST = '127.0.0.1:9080';
const DATE = '20260101T000000Z';
const CREDENTIALS = { accessKeyId: 'benchmark', secretAccessKey: 'benchmark' };

const BATCH = 10;

/** The address of a queue in requests. */
export const queueUrl = (queue) => `http://${HOST}/000000000000/${queue}`;

/**
 * The headers and the body of one request.
 * @param {string} action such as `SendMessage`
 * @param {object} input as in the AWS API
 * @returns {{ headers: Record<string, string>, body: string }} without Content-Length, which clients add themselves
 */
export function signed(action, input) {
  const body = JSON.stringify(input);
  const { headers } = aws4.sign(
    {
      service: 'sqs',
      region: 'us-east-1',
      method: 'POST',
      path: '/',
      headers: {
        Host: HOST,
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': `AmazonSQS.${action}`,
        'X-Amz-Date': DATE,
      },
      body,
    },
    CREDENTIALS,
  );
  const { 'Content-Length': _, ...rest } = headers;
  return { headers: rest, body };
}

/**
 * The text of requests of one action: a function from the body's text to the bytes that go over the wire.
 * Bodies are ASCII.
 */
export function textOf(action) {
  const { headers } = signed(action, {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST / HTTP/1.1\r\n${lines.join('')}Content-Length: `;
  return (body) => `${head}${body.length}\r\n\r\n${body}`;
}

/**
 * The benchmark's actions on one queue, with bodies of `bytes` bytes. `size` is how many messages one request is about;
 * `input` is what is sent, given the handles that the receive before it gave; `right` tells whether the text of an
 * answer is what it must be. `groups` makes it a FIFO queue's: messages go round over so many groups.
 */
export function actionsOn(queue, bytes, receiving = {}, groups = 0) {
  const QueueUrl = queueUrl(queue);
  const MessageBody = 'x'.repeat(bytes);
  const md5 = createHash('md5').update(MessageBody).digest('hex');
  const once = randomUUID();
  let number = 0;
  /** What a message of a FIFO queue has besides; no two have the same deduplication id. */
  const grouped = () => {
    if (groups === 0) return {};
    number += 1;
    return { MessageGroupId: `group-${number % groups}`, MessageDeduplicationId: `${once}-${number}` };
  };
  const ids = Array.from({ length: BATCH }, (_, i) => `m${i}`);
  const sent = ({ MessageId, MD5OfMessageBody }) => MessageId.length === 36 && MD5OfMessageBody === md5;
  const read = ({ ReceiptHandle, Body, MD5OfBody }) =>
    ReceiptHandle !== '' && Body === MessageBody && MD5OfBody === md5;
  const receive = (MaxNumberOfMessages) => ({
    action: 'ReceiveMessage',
    size: MaxNumberOfMessages,
    input: () => ({ QueueUrl, MaxNumberOfMessages, ...receiving }),
    right: (text) => (JSON.parse(text).Messages ?? []).every(read),
  });
  return {
    send: {
      action: 'SendMessage',
      size: 1,
      input: () => ({ QueueUrl, MessageBody, ...grouped() }),
      right: (text) => sent(JSON.parse(text)),
    },
    sendBatch: {
      action: 'SendMessageBatch',
      size: BATCH,
      input: () => ({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody, ...grouped() })) }),
      right: (text) => JSON.parse(text).Successful.filter(sent).length === BATCH,
    },
    receiveOne: receive(1),
    receiveTen: receive(BATCH),
    delete: {
      action: 'DeleteMessage',
      size: 1,
      input: ([ReceiptHandle]) => ({ QueueUrl, ReceiptHandle }),
      right: (text) => text === '' || text === '{}',
    },
    deleteBatch: {
      action: 'DeleteMessageBatch',
      size: BATCH,
      input: (handles) => ({ QueueUrl, Entries: handles.map((ReceiptHandle, i) => ({ Id: ids[i], ReceiptHandle })) }),
      right: (text, handles) => JSON.parse(text).Successful.length === handles.length,
    },
  };
}
