/** HTTP itself, byte by byte: what is refused before any face sees it, and what a server that closes still answers. */
import http from 'node:http';
import net from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StorageUnavailable } from '../../src/store/store.ts';
import { ask, formAsking, jsonAsking } from '../helpers/ask.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';

const MIB = 1024 * 1024;
const BODY_LIMIT = 6.5 * MIB;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server: TestServer;
let QueueUrl: string;
let path: string;
let token: string;

const asking = (action: string, body: object) => ask(server.endpoint, jsonAsking(action, body));
const memberOf = async (action: string, body: object, member: string) =>
  JSON.parse((await asking(action, body)).text)[member];

beforeAll(async () => {
  server = await startServer('memory');
  QueueUrl = await memberOf('CreateQueue', { QueueName: 'http' }, 'QueueUrl');
  path = new URL(QueueUrl).pathname;
  token = await login(server);
});
afterAll(() => server.stop());

async function login({ endpoint }: TestServer): Promise<string> {
  const credentials = JSON.stringify({ username: 'admin', password: 'password' });
  const { text } = await ask(endpoint, { path: '/v1/auth/login', body: credentials });
  return JSON.parse(text).access_token;
}

interface Wire {
  socket: net.Socket;
  /** Everything that has come so far. */
  text(): string;
  closed: Promise<string>;
}

function connected({ endpoint }: TestServer = server): Promise<Wire> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    const closed = new Promise<string>((close) => {
      socket.once('close', () => close(text));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.on('error', () => undefined);
      resolve({ socket, text: () => text, closed });
    });
  });
}

/** Writes `bytes` and resolves with all that is answered until the server closes. */
async function exchange(bytes: string): Promise<string> {
  const wire = await connected();
  wire.socket.write(bytes, 'latin1');
  return wire.closed;
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const HOST = 'Host: 127.0.0.1\r\n';
const post = (headers: string, body = '') => `POST ${path}?Action=PurgeQueue HTTP/1.1\r\n${headers}\r\n${body}`;

describe('a request that could be read in two ways', () => {
  const smuggled = () => `POST ${path}?Action=SendMessage&MessageBody=smuggled HTTP/1.1\r\n${HOST}\r\n`;
  it.each<[string, number, () => string]>([
    [
      'two lengths of two kinds',
      400,
      () => post(`${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled()}`),
    ],
    [
      'the same, the other way round',
      400,
      () => post(`${HOST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`, `0\r\n\r\n${smuggled()}`),
    ],
    ['two lengths', 400, () => post(`${HOST}Content-Length: 0\r\nContent-Length: 5\r\n`, smuggled())],
    ['a length that is no number', 400, () => post(`${HOST}Content-Length: 0x5\r\n`, smuggled())],
    ['a length with a sign', 400, () => post(`${HOST}Content-Length: +5\r\n`, smuggled())],
    ['a negative length', 400, () => post(`${HOST}Content-Length: -1\r\n`, smuggled())],
    ['an unknown transfer coding', 400, () => post(`${HOST}Transfer-Encoding: xchunked\r\n`, smuggled())],
    ['chunked not last', 400, () => post(`${HOST}Transfer-Encoding: chunked, identity\r\n`, smuggled())],
    ['a blank before the colon', 400, () => post(`${HOST}Content-Length : 5\r\n`, smuggled())],
    ['bare line feeds', 400, () => `POST ${path} HTTP/1.1\nHost: a\n\n${smuggled()}`],
    ['a folded header', 400, () => post(`${HOST}X-Folded: a\r\n b\r\n`, smuggled())],
    [
      'a line feed in a chunk extension',
      400,
      () => post(`${HOST}Transfer-Encoding: chunked\r\n`, `0;a\nb\r\n\r\n${smuggled()}`),
    ],
    ['a chunk size that is none', 400, () => post(`${HOST}Transfer-Encoding: chunked\r\n`, `zz\r\n\r\n${smuggled()}`)],
    ['no Host', 400, () => post('Connection: close\r\n')],
    ['a NUL in a header', 400, () => post(`${HOST}X-Nul: a\0b\r\n`, smuggled())],
    ['a method that is none', 400, () => `PO ST / HTTP/1.1\r\n${HOST}\r\n${smuggled()}`],
    ['another protocol', 400, () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['headers of 17 KB', 431, () => post(`${HOST}X-Long: ${'x'.repeat(17 * 1024)}\r\n`, smuggled())],
  ])('is refused and its connection closed: %s', async (_, status, bytes) => {
    await asking('PurgeQueue', { QueueUrl });
    expect(statuses(await exchange(bytes()))).toEqual([status]);
    expect(await memberOf('ReceiveMessage', { QueueUrl }, 'Messages')).toBeUndefined();
  });

  it.each<[string, string]>([
    ['Host', `${HOST}host: other\r\n`],
    ['Authorization', `${HOST}Authorization: a\r\nauthorization: b\r\n`],
    ['X-Amz-Date', `${HOST}X-Amz-Date: 20260101T000000Z\r\nX-Amz-Date: 20260101T000001Z\r\n`],
  ])('is refused: two headers %s', async (_, headers) => {
    const answer = await exchange(post(`${headers}Connection: close\r\n`));
    expect(statuses(answer)).toEqual([400]);
    expect(answer).toContain('The headers Host, Authorization and X-Amz-Date may be sent only once.');
    const rest = await exchange(`GET /v1/queues HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
    expect(statuses(rest)).toEqual([400]);
    expect(rest).toContain('{"detail":"The headers Host, Authorization and X-Amz-Date may be sent only once."}');
  });

  it.each(['http://other.example/', 'http://127.0.0.1/v1/queues', '*'])('is refused: target %s', async (target) => {
    const json = 'X-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 0\r\n';
    const answer = await exchange(`POST ${target} HTTP/1.1\r\n${HOST}${json}Connection: close\r\n\r\n`);
    expect(statuses(answer)).toEqual([400]);
    expect(answer).toContain('"message":"The request target must be a path."');
  });

  it('is refused: Expect other than 100-continue', async () => {
    const answer = await exchange(post(`${HOST}Expect: 200-ok\r\nConnection: close\r\nContent-Length: 0\r\n`));
    expect(statuses(answer)).toEqual([417]);
  });
});

describe('a body', () => {
  it('is asked for with 100-continue', async () => {
    const body = `Action=SendMessage&MessageBody=continued`;
    const wire = await connected();
    const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
    const length = `Content-Length: ${body.length}\r\n`;
    wire.socket.write(
      `POST ${path} HTTP/1.1\r\n${HOST}${form}Expect: 100-continue\r\nConnection: close\r\n${length}\r\n`,
    );
    await until('the server asks for the body', () => wire.text().startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    wire.socket.write(body);
    expect(statuses(await wire.closed)).toEqual([100, 200]);
  });

  const json = 'X-Amz-Target: AmazonSQS.SendMessage\r\nContent-Type: application/x-amz-json-1.0\r\n';
  const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
  const faces: [string, string, string, () => string][] = [
    ['JSON', 'POST / HTTP/1.1', '"__type":"com.amazon.coral.service#SerializationException"', () => json],
    ['Query', 'POST / HTTP/1.1', '<Code>MalformedInput</Code>', () => form],
    ['REST', 'POST /v1/queue/http HTTP/1.1', '"detail":', () => `Authorization: Bearer ${token}\r\n`],
  ];

  it.each(faces)('that is declared too large is not read: %s', async (_, line, says, headers) => {
    const answer = await exchange(`${line}\r\n${HOST}${headers()}Content-Length: ${BODY_LIMIT + 1}\r\n\r\n`);
    expect(statuses(answer)).toEqual([413]);
    expect(answer).toContain('The request is larger than 6815744 bytes.');
    expect(answer).toContain(says);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  });

  it.each(faces)('that becomes too large is not read to its end: %s', async (_, line, says, headers) => {
    const wire = await connected();
    wire.socket.write(`${line}\r\n${HOST}${headers()}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    for (let sent = 0; sent <= BODY_LIMIT + MIB && !wire.socket.destroyed; sent += 64 * 1024) wire.socket.write(chunk);
    const answer = await wire.closed;
    expect(statuses(answer)).toEqual([413]);
    expect(answer).toContain(says);
  });

  it('may have six mebibytes', async () => {
    const text = `Action=SendMessage&QueueUrl=http&MessageBody=${'%41'.repeat(MIB)}`;
    const body = `${text}&Filler=${'x'.repeat(BODY_LIMIT - text.length - '&Filler='.length)}`;
    expect(Buffer.byteLength(body)).toBe(BODY_LIMIT);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask(server.endpoint, { headers, body })).status).toBe(200);
  });

  it('of the other routes may have two', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'x'.repeat(2 * MIB) });
    const { status, text } = await ask(server.endpoint, { path: '/v1/queues', headers, body });
    expect(status).toBe(413);
    expect(JSON.parse(text)).toEqual({ detail: 'The request is larger than 2097152 bytes.' });
  });

  it.each([...faces, ['REST queues', 'POST /v1/queues HTTP/1.1', '"detail":', () => ''] as (typeof faces)[0]])(
    'is taken in no encoding: %s',
    async (_, line, says, headers) => {
      for (const encoding of ['gzip', 'br', 'identity, gzip']) {
        const encoded = `Content-Encoding: ${encoding}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`;
        const answer = await exchange(`${line}\r\n${HOST}${headers()}${encoded}`);
        expect(statuses(answer)).toEqual([415]);
        expect(answer).toContain(says);
      }
    },
  );

  it('that never comes to its end harms nobody', async () => {
    const wire = await connected();
    wire.socket.write(`POST / HTTP/1.1\r\n${HOST}${json}Content-Length: 100\r\n\r\n{"Queue`);
    wire.socket.destroy();
    await wire.closed;
    expect((await asking('ListQueues', {})).status).toBe(200);
  });
});

describe('a connection', () => {
  it('answers pipelined requests in order', async () => {
    await asking('PurgeQueue', { QueueUrl });
    const get = (query: string, last = false) =>
      `GET ${path}?${query} HTTP/1.1\r\n${HOST}${last ? 'Connection: close\r\n' : ''}\r\n`;
    const answer = await exchange(
      get('Action=ReceiveMessage&WaitTimeSeconds=20') +
        get('Action=SendMessage&MessageBody=woken') +
        get('Action=GetQueueUrl&QueueName=http') +
        get('Action=Nonsense', true),
    );
    expect(statuses(answer)).toEqual([200, 200, 200, 400]);
    const roots = [...answer.matchAll(/<(\w+) xmlns/g)].map(([, root]) => root);
    expect(roots).toEqual(['ReceiveMessageResponse', 'SendMessageResponse', 'GetQueueUrlResponse', 'ErrorResponse']);
    expect(answer).toContain('<Body>woken</Body>');
  });

  it('is read up to 64 headers', async () => {
    const fillers = (count: number) => Array.from({ length: count }, (_, i) => `X-Filler-${i}: x\r\n`).join('');
    const list = (count: number) =>
      exchange(
        `POST / HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: 2\r\n${fillers(count)}X-Amz-Target: AmazonSQS.ListQueues\r\n\r\n{}`,
      );
    expect(statuses(await list(60))).toEqual([200]);
    expect(statuses(await list(61))).not.toEqual([200]);
  });

  it('has limits for time, size and number', async () => {
    const made = vi.spyOn(http, 'createServer');
    const other = await startServer('memory');
    const [options] = made.mock.calls[0]!;
    const listener = made.mock.results[0]!.value as http.Server;
    expect(options).toMatchObject({ maxHeaderSize: 16_384, connectionsCheckingInterval: 5000 });
    expect(options).not.toHaveProperty('insecureHTTPParser');
    expect(listener).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      maxHeadersCount: 64,
      maxConnections: 20_000,
      maxRequestsPerSocket: 0,
    });
    made.mockRestore();
    await other.stop();
  });
});

describe('names of the language', () => {
  const clean = () => {
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  };
  const before = Reflect.ownKeys(Object.prototype);

  it('reach no prototype through parameters', async () => {
    for (const parameters of [
      '__proto__.polluted=yes',
      '__proto__=yes',
      'constructor.prototype.polluted=yes',
      'Attribute.__proto__.isAdmin=1',
      'Attribute.constructor.prototype.polluted=1',
      'Attribute.1.__proto__.polluted=yes',
      'MessageAttribute.1.Name=__proto__&MessageAttribute.1.Value.polluted=yes&MessageAttribute.1.Value.DataType=String',
      'MessageAttribute.1.Name=a&MessageAttribute.1.Value.__proto__.polluted=yes',
      'Entries.__proto__.polluted=yes',
    ]) {
      for (const action of ['CreateQueue', 'SendMessage', 'SendMessageBatch', 'SetQueueAttributes', 'toString']) {
        const query = `Action=${action}&QueueName=polluted&QueueUrl=http&MessageBody=x&${parameters}`;
        expect((await ask(server.endpoint, { method: 'GET', path: `/?${query}` })).status).toBeLessThan(500);
        clean();
      }
    }
  });

  it('reach no prototype through JSON', async () => {
    const polluting = '"__proto__":{"polluted":"yes","isAdmin":true},"constructor":{"prototype":{"polluted":"yes"}}';
    const body = `{"QueueUrl":"http","QueueName":"polluted","MessageBody":"x",${polluting},"Attributes":{${polluting}}}`;
    for (const action of ['CreateQueue', 'SendMessage', 'SetQueueAttributes', 'ReceiveMessage']) {
      expect((await ask(server.endpoint, jsonAsking(action, body))).status).toBeLessThan(500);
      clean();
    }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (const place of ['/v1/queue/http', '/v1/queues', '/v1/auth/login']) {
      expect((await ask(server.endpoint, { path: place, headers, body })).status).toBeLessThan(500);
      clean();
    }
  });

  it('are kept as names of attributes', async () => {
    await asking('PurgeQueue', { QueueUrl });
    const attribute = '{"StringValue":"x","DataType":"String"}';
    const names = ['__proto__', 'constructor', 'toString'];
    const attributes = `{${names.map((name) => `"${name}":${attribute}`).join(',')}}`;
    await ask(
      server.endpoint,
      jsonAsking('SendMessage', `{"QueueUrl":"http","MessageBody":"x","MessageAttributes":${attributes}}`),
    );
    const { text } = await asking('ReceiveMessage', { QueueUrl, MessageAttributeNames: ['All'] });
    for (const name of names) expect(text).toContain(`"${name}":${attribute}`);
    const query = { Action: 'SendMessage', QueueUrl, MessageBody: 'y', 'MessageAttribute.1.Name': '__proto__' };
    await ask(
      server.endpoint,
      formAsking({
        ...query,
        'MessageAttribute.1.Value.DataType': 'String',
        'MessageAttribute.1.Value.StringValue': 'x',
      }),
    );
    const { text: second } = await asking('ReceiveMessage', { QueueUrl, MessageAttributeNames: ['__proto__'] });
    expect(second).toContain(`"__proto__":${attribute}`);
    clean();
  });
});

describe('x-amzn-RequestId', () => {
  it('is on every answer of the AWS faces, another each time', async () => {
    const answers = [
      await asking('ListQueues', {}),
      await asking('DeleteMessage', { QueueUrl, ReceiptHandle: 'garbage' }),
      await asking('Nonsense', {}),
      await ask(server.endpoint, jsonAsking('ListQueues', 'no json')),
      await ask(server.endpoint, formAsking({ Action: 'ListQueues' })),
      await ask(server.endpoint, formAsking({ Action: 'Nonsense' })),
      await ask(server.endpoint, { method: 'GET', path }),
    ];
    const ids = answers.map(({ headers }) => String(headers['x-amzn-requestid']));
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(ids.length);
    expect(answers[4]!.text).toContain(`<RequestId>${ids[4]}</RequestId>`);
    expect(answers[5]!.text).toContain(`<RequestId>${ids[5]}</RequestId>`);
  });
});

describe('a store that fails', () => {
  const SECRET = 'Error at /var/secret/path: canary';
  const rest = (body: object) =>
    ask(server.endpoint, {
      path: '/v1/queue/http',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  const send = { QueueUrl: 'http', MessageBody: 'x' };

  async function failing<T>(error: Error, then: () => Promise<T>): Promise<T> {
    const { messages, catalogue } = server.store;
    const spies = [vi.spyOn(messages, 'send'), vi.spyOn(messages, 'receive'), vi.spyOn(catalogue, 'list')];
    for (const spy of spies) spy.mockRejectedValue(error);
    const answer = await then();
    for (const spy of spies) spy.mockRestore();
    return answer;
  }

  it('is a 500 with a request id and nothing else', async () => {
    const text = 'The request processing has failed because of an unknown error.';
    const answers = await failing(new Error(SECRET), async () => ({
      json: await asking('SendMessage', send),
      query: await ask(server.endpoint, formAsking({ Action: 'ReceiveMessage', QueueUrl })),
      rest: await rest({ Action: 'SendMessage', MessageBody: 'x' }),
      list: await ask(server.endpoint, {
        method: 'GET',
        path: '/v1/queues',
        headers: { authorization: `Bearer ${token}` },
      }),
    }));
    expect(Object.values(answers).map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    expect(JSON.parse(answers.json.text)).toEqual({
      __type: 'com.amazon.coral.service#InternalFailure',
      Message: text,
      message: text,
    });
    expect(answers.json.headers['x-amzn-query-error']).toBe('InternalFailure;Receiver');
    expect(answers.query.text).toContain('<Type>Receiver</Type><Code>InternalFailure</Code>');
    for (const answer of [answers.rest, answers.list]) {
      expect(JSON.parse(answer.text)).toEqual({ detail: text, request_id: expect.stringMatching(UUID) });
    }
    expect(JSON.stringify(answers)).not.toMatch(/secret|canary|\.ts:/);
    expect((await asking('SendMessage', send)).status).toBe(200);
  });

  it.each([
    ['down', 'The storage is not available. Try again later.'],
    ['full', 'The storage is full: sending is not possible until space is freed. Receiving and deleting go on.'],
  ] as const)('is a 503 to come again when it is %s', async (reason, message) => {
    const answers = await failing(new StorageUnavailable(reason, SECRET), async () => [
      await asking('SendMessage', send),
      await ask(server.endpoint, formAsking({ Action: 'SendMessage', ...send })),
      await rest({ Action: 'SendMessage', MessageBody: 'x' }),
    ]);
    for (const { status, headers, text } of answers) {
      expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '1' });
      expect(text).toContain(message);
    }
    expect(JSON.stringify(answers)).not.toMatch(/secret|canary/);
  });
});

describe('the log', () => {
  it('holds no secret, body, attribute or handle, and no line that somebody else wrote', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace', base: null }, { write: (line: string) => lines.push(line) });
    const CANARY = 'c4n4ry';
    const other = await startServer('memory', {
      log,
      env: {
        debug: 'true',
        JWT_SECRET_KEY: `${CANARY}-access-key-of-more-than-32-bytes`,
        JWT_REFRESH_SECRET_KEY: `${CANARY}-refresh-key-of-more-than-32-bytes`,
        api_key: `${CANARY}-api-key`,
        default_password: `${CANARY}-password`,
      },
    });
    const handles = await talk(other, CANARY);
    vi.spyOn(other.store.messages, 'send').mockRejectedValue(new Error('provoked'));
    await ask(other.endpoint, jsonAsking('SendMessage', { QueueUrl: 'canary', MessageBody: CANARY }));
    await other.stop();
    const text = lines.join('');
    expect(lines.some((line) => line.includes('"action":"SendMessage"') && line.includes('"status":200'))).toBe(true);
    expect(lines.some((line) => line.includes('a request failed') && line.includes('provoked'))).toBe(true);
    expect(text).not.toContain(CANARY);
    expect(handles.every((handle) => handle.length > 60)).toBe(true);
    for (const handle of handles) expect(text).not.toContain(handle);
    for (const line of lines) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line).forged).toBeUndefined();
    }
  });

  /** Says every kind of secret to a server, rightly and wrongly; answers what it was given to keep. */
  async function talk({ endpoint }: TestServer, canary: string): Promise<string[]> {
    const rest = (place: string, body: unknown, authorization = `Bearer ${canary}-api-key`) =>
      ask(endpoint, { path: place, headers: { authorization }, body: JSON.stringify(body) });
    const call = (action: string, body: object) =>
      ask(
        endpoint,
        jsonAsking(action, body, { authorization: `AWS4-HMAC-SHA256 Credential=${canary}/x/y/sqs/aws4_request` }),
      );
    const right = `${canary}-password`;
    await rest('/v1/auth/login', { username: 'admin', password: `${canary}-wrong` });
    await rest('/v1/auth/change-password', { username: 'admin', old_password: right, new_password: right });
    const signedIn = await rest('/v1/auth/login', { username: 'admin', password: right });
    const { access_token, refresh_token } = JSON.parse(signedIn.text);
    await rest('/v1/queues', { name: 'by token' }, `Bearer ${access_token}`);
    await rest('/v1/auth/refresh', { refresh_token });
    await rest('/v1/queues', { name: 'canary' });
    await rest('/v1/queues', { name: 'canary' }, `Bearer ${canary}-forged`);
    const MessageAttributes = { [canary]: { DataType: `String.${canary}`, StringValue: canary } };
    await call('SendMessage', { QueueUrl: 'canary', MessageBody: `${canary} body`, MessageAttributes });
    await call('SendMessage', { QueueUrl: 'canary', MessageBody: `${canary} \u0000` });
    await ask(endpoint, formAsking({ Action: 'a\n{"forged":1}\n', MessageBody: canary }));
    await rest('/v1/queue/canary', { Action: 'b\n{"forged":1}\n', MessageBody: canary });
    const received = await call('ReceiveMessage', { QueueUrl: 'canary' });
    const [{ ReceiptHandle }] = JSON.parse(received.text).Messages;
    await call('ChangeMessageVisibility', { QueueUrl: 'canary', ReceiptHandle, VisibilityTimeout: -1 });
    await call('DeleteMessage', { QueueUrl: 'canary', ReceiptHandle: `${ReceiptHandle}x` });
    await call('DeleteMessage', { QueueUrl: 'canary', ReceiptHandle });
    return [access_token, refresh_token, ReceiptHandle];
  }
});

describe('a server that closes', () => {
  it('ends idle connections at once, answers what is under way, and takes nothing new', async () => {
    const other = await startServer('memory');
    const created = await ask(other.endpoint, jsonAsking('CreateQueue', { QueueName: 'closing' }));
    expect(created.status).toBe(200);
    const idle = await connected(other);
    idle.socket.write(`GET /health HTTP/1.1\r\n${HOST}\r\n`);
    await until('the first request is answered', () => idle.text().includes('FastQueue is running!'));
    const body = '{"QueueUrl":"closing","MessageBody":"late"}';
    const busy = await connected(other);
    busy.socket.write(
      `POST / HTTP/1.1\r\n${HOST}X-Amz-Target: AmazonSQS.SendMessage\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await until('the second request is under way', () => busy.text().includes('100 Continue'));
    const closing = other.stop();
    await idle.closed;
    await expect(connected(other)).rejects.toThrow('ECONNREFUSED');
    busy.socket.write(body);
    const answer = await busy.closed;
    expect(statuses(answer)).toEqual([100, 200]);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    await closing;
  });

  it('cuts after nine seconds what does not come to an end', async () => {
    const other = await startServer('memory');
    const half = await connected(other);
    half.socket.write(`POST / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 100\r\n\r\n`);
    await until('the request is under way', () => half.text().includes('100 Continue'));
    const begun = performance.now();
    await other.stop();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(statuses(await half.closed)).toEqual([100]);
  }, 20_000);
});
