/**
 * The measure beside which FastQueue is put: a bare node:http server that reads a request, parses its JSON and answers
 * the JSON that SQS would, and nothing else. With `--durable <directory>` each answer to a write comes after one LMDB
 * put that is flushed. It keeps no queue: a receive always finds as many messages as it asks for.
 */
import { createHash, randomUUID } from 'node:crypto';
import http from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { open } from 'lmdb';

const { values: options } = parseArgs({ options: { port: { type: 'string' }, durable: { type: 'string' } } });
const db = options.durable && open({ path: join(options.durable, 'bare.mdb'), encoding: 'binary' });
let puts = 0;

const BODY = 'x'.repeat(100);
const MD5 = createHash('md5').update(BODY).digest('hex');
/** As long as FastQueue's. */
const HANDLE = 'A'.repeat(64);

const message = () => ({ MessageId: randomUUID(), ReceiptHandle: HANDLE, MD5OfBody: MD5, Body: BODY });

/** What each action answers; undefined is an empty body. */
const answers = {
  CreateQueue: ({ QueueName }) => ({ QueueUrl: `http://127.0.0.1:9080/000000000000/${QueueName}` }),
  SendMessage: () => ({ MessageId: randomUUID(), MD5OfMessageBody: MD5 }),
  SendMessageBatch: ({ Entries }) => ({
    Successful: Entries.map(({ Id }) => ({ Id, MessageId: randomUUID(), MD5OfMessageBody: MD5 })),
  }),
  ReceiveMessage: ({ MaxNumberOfMessages = 1 }) => ({
    Messages: Array.from({ length: MaxNumberOfMessages }, message),
  }),
  DeleteMessage: () => undefined,
  DeleteMessageBatch: ({ Entries }) => ({ Successful: Entries.map(({ Id }) => ({ Id })) }),
};

function write(response, status, body) {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-RequestId': randomUUID(),
    'content-length': String(Buffer.byteLength(body)),
  });
  response.end(body);
}

async function answer(request, text, response) {
  const action = String(request.headers['x-amz-target']).slice('AmazonSQS.'.length);
  if (!Object.hasOwn(answers, action)) return write(response, 404, '{}');
  const result = answers[action](JSON.parse(text));
  if (db && action !== 'ReceiveMessage') {
    puts += 1;
    await db.put(puts, Buffer.from(text));
  }
  write(response, 200, result === undefined ? '' : JSON.stringify(result));
}

const server = http.createServer((request, response) => {
  if (request.url === '/health') return write(response, 200, '{}');
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const text = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString();
    answer(request, text, response).catch(() => write(response, 500, '{}'));
  });
});
server.listen({ port: Number(options.port), host: '127.0.0.1', backlog: 1024 });
process.on('SIGTERM', () => process.exit(0));
