/** The REST face and its routes through HTTP: exact texts and statuses (README, REST). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../helpers/server.ts';

interface Message {
  ReceiptHandle: string;
  Attributes: Record<string, string>;
  MessageAttributes: Record<string, object>;
  MD5OfMessageAttributes: string;
}

/** The members of answers that tests read one by one. */
interface Body {
  access_token: string;
  refresh_token: string;
  status: string;
  queues: { name: string }[];
  max_length: number | null;
  message_count: number;
  errors: object[];
  MessageId: string;
  MD5OfMessageBody: string;
  Attributes: Record<string, string>;
  Messages: [Message, ...Message[]];
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Body;
}

let server: TestServer;
let token: string;
let queue: string;

const fresh = () => `q-${randomUUID()}`;

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  const response = await fetch(server.endpoint + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) };
}
const authorized = () => ({ authorization: `Bearer ${token}` });
const call = (method: string, path: string, body?: unknown) => send(method, path, body, authorized());
const act = (body: unknown, name = queue) => call('POST', `/v1/queue/${name}`, body);
const login = (username: string, password: string) => send('POST', '/v1/auth/login', { username, password });

beforeAll(async () => {
  server = await startServer('memory');
  token = (await login('admin', 'password')).json.access_token;
  queue = fresh();
  await call('POST', '/v1/queues', { name: queue });
});
afterAll(() => server.stop());

describe('health', () => {
  it('tells how the server is', async () => {
    const { status, json } = await send('GET', '/health');
    expect(status).toBe(200);
    expect(json).toEqual({
      message: 'FastQueue is running!',
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      store: 'memory',
      durability: expect.stringContaining('none'),
      profile: 'dev',
    });
    expect(await send('GET', '/health/live')).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect(await send('GET', '/health/ready')).toMatchObject({ status: 200, json: { status: 'ok' } });
  });
});

describe('what is not there', () => {
  it.each(['/v1', '/v1/', '/v1/nothing', '/v1/auth/keys', '/v1/queue', '/v1/queue/', '/docs', '/openapi.json'])(
    '%s is 404',
    async (path) => {
      const { status, json } = await send('GET', path);
      expect({ status, json }).toEqual({ status: 404, json: { detail: 'Not Found' } });
    },
  );

  it.each([
    ['GET', '/v1/auth/login', 'POST'],
    ['OPTIONS', '/v1/auth/login', 'POST'],
    ['DELETE', '/v1/queues', 'POST, GET'],
    ['POST', '/health', 'GET'],
    ['PUT', '/v1/queues/x', 'GET, PATCH, DELETE'],
    ['GET', '/v1/queue/x', 'POST'],
  ])('%s %s is 405', async (method, path, allow) => {
    const { status, headers, json } = await call(method, path);
    expect({ status, json }).toEqual({ status: 405, json: { detail: 'Method Not Allowed' } });
    expect(headers.get('allow')).toBe(allow);
  });

  it('a percent sign that means nothing is 400', async () => {
    expect(await call('GET', '/v1/queues/%zz')).toMatchObject({
      status: 400,
      json: { detail: 'The request is malformed.' },
    });
  });

  it('says nothing of its making, and lets no other site in', async () => {
    const { headers } = await send('GET', '/health', undefined, { origin: 'http://evil.example' });
    for (const name of ['x-powered-by', 'access-control-allow-origin', 'set-cookie'])
      expect(headers.get(name)).toBeNull();
  });
});

describe('accounts', () => {
  const credentials = () => ({ username: `u-${randomUUID()}`, password: 'testpass123' });

  it('register, log in, refresh, change the password, leave', async () => {
    const ada = credentials();
    const { username } = ada;
    expect(await send('POST', '/v1/auth/register', ada)).toMatchObject({ status: 200, json: { username } });
    const taken = await send('POST', '/v1/auth/register', ada);
    expect(taken).toMatchObject({ status: 400, json: { detail: 'Username already exists' } });
    const first = (await login(username, ada.password)).json;
    expect(first).toMatchObject({ token_type: 'bearer', expires_in: 900 });
    const { status, json: second } = await send('POST', '/v1/auth/refresh', { refresh_token: first.refresh_token });
    expect(status).toBe(200);
    expect(Object.keys(second).sort()).toEqual(['access_token', 'expires_in', 'refresh_token', 'token_type']);
    const reused = await send('POST', '/v1/auth/refresh', { refresh_token: first.refresh_token });
    expect(reused).toMatchObject({ status: 401, json: { detail: 'Invalid or expired refresh token' } });
    const change = { username, old_password: ada.password, new_password: 'another one' };
    expect(await send('POST', '/v1/auth/change-password', change)).toMatchObject({ status: 200, json: { username } });
    const again = await send('POST', '/v1/auth/change-password', change);
    expect(again).toMatchObject({ status: 401, json: { detail: 'Invalid credentials' } });
    const wrong = await send('POST', '/v1/auth/delete', ada);
    expect(wrong).toMatchObject({ status: 401, json: { detail: 'Invalid credentials' } });
    const gone = await send('POST', '/v1/auth/delete', { username, password: 'another one' });
    expect(gone).toMatchObject({ status: 200, json: { message: 'User deleted successfully' } });
  });

  it('see the same queues', async () => {
    const ada = credentials();
    await send('POST', '/v1/auth/register', ada);
    const { access_token } = (await login(ada.username, ada.password)).json;
    const { status } = await send('GET', `/v1/queues/${queue}`, undefined, { authorization: `Bearer ${access_token}` });
    expect(status).toBe(200);
  });

  it('log in by a form, as OAuth2 clients do, and by JSON that curl calls a form', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'grant_type=password&username=admin&password=password';
    expect(await send('POST', '/v1/auth/login', body, form)).toMatchObject({ status: 200 });
    const json = JSON.stringify({ username: 'admin', password: 'password' });
    expect(await send('POST', '/v1/auth/login', json, form)).toMatchObject({ status: 200 });
    expect(await send('POST', '/v1/auth/register', body, form)).toMatchObject({ status: 400 });
  });

  it('a wrong password and an unknown user are answered with the same bytes', async () => {
    const [wrong, unknown] = [await login('admin', 'wrong'), await login('nobody', 'wrong')];
    expect([wrong.status, wrong.text]).toEqual([401, '{"detail":"Invalid credentials"}']);
    expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text]);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    expect((await login('admin', 'password')).status).toBe(200);
  });

  it.each([
    [{}, 'username is required'],
    [{ username: 'x' }, 'password is required'],
    [{ username: 5, password: 'x' }, 'username must be a string'],
    [{ username: '', password: 'x' }, 'username must have 1 to 64 characters, none of them a control character'],
    [{ username: 'a\u0000', password: 'x' }, 'username must have 1 to 64 characters, none of them a control character'],
    [
      { username: 'x'.repeat(65), password: 'x' },
      'username must have 1 to 64 characters, none of them a control character',
    ],
    [{ username: 'x', password: '' }, 'password must have at least 1 characters'],
    [{ username: 'x', password: 'p'.repeat(129) }, 'password must have at most 128 characters'],
    ['{', 'The body is not valid JSON.'],
    ['', 'The body is not valid JSON.'],
    ['[]', 'The body must be a JSON object.'],
    ['null', 'The body must be a JSON object.'],
    ['"x"', 'The body must be a JSON object.'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'The body is not valid JSON.'],
  ])('refuse wrong input (%#)', async (body, detail) => {
    for (const path of ['/v1/auth/register', '/v1/auth/login']) {
      expect(await send('POST', path, body)).toMatchObject({ status: 400, json: { detail } });
    }
  });

  it('name every field that is wrong', async () => {
    const { json } = await send('POST', '/v1/auth/change-password', { username: 'x', old_password: 1 });
    expect(json.errors).toEqual([
      { field: 'old_password', problem: 'must be a string' },
      { field: 'new_password', problem: 'is required' },
    ]);
  });

  it('take no body above 2 MiB', async () => {
    const detail = 'The request is larger than 2097152 bytes.';
    const body = JSON.stringify({ username: 'x', password: 'p'.repeat(2 * 1024 * 1024) });
    expect(await send('POST', '/v1/auth/login', body)).toMatchObject({ status: 413, json: { detail } });
  });
});

describe('tokens', () => {
  it.each(['', 'Bearer x', 'Bearer a.b.c', 'Basic YWRtaW46cGFzc3dvcmQ='])('%j opens nothing', async (authorization) => {
    const headers: Record<string, string> = authorization === '' ? {} : { authorization };
    for (const [method, path] of [
      ['GET', '/v1/queues'],
      ['POST', '/v1/queues'],
      ['DELETE', `/v1/queues/${queue}`],
      ['POST', `/v1/queue/${queue}`],
      ['POST', '/v1/queue/none'],
    ] as const) {
      const answer = await send(method, path, method === 'POST' ? '{' : undefined, headers);
      expect(answer).toMatchObject({ status: 401, text: '{"detail":"Could not validate credentials"}' });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('queues', () => {
  it('are created, shown, changed and deleted', async () => {
    const name = fresh();
    const shown = { name, message_count: 0, max_length: 1000, visibility_timeout: 30 };
    const created = await call('POST', '/v1/queues', { name, max_length: 1000, visibility_timeout: 30 });
    expect(created).toMatchObject({ status: 201, json: shown });
    const taken = await call('POST', '/v1/queues', { name, max_length: 1000, visibility_timeout: 30 });
    const { status, text } = taken;
    expect({ status, text }).toEqual({
      status: 409,
      text: '{"detail":"Queue with the given name already exists."}',
    });
    expect((await call('GET', `/v1/queues/${name}`)).json).toEqual(shown);
    const changed = await call('PATCH', `/v1/queues/${name}`, { max_length: 5, visibility_timeout: 0 });
    expect(changed).toMatchObject({ status: 200, json: { ...shown, max_length: 5, visibility_timeout: 0 } });
    const unlimited = await call('PATCH', `/v1/queues/${name}`, { max_length: null });
    expect(unlimited.json).toEqual({ ...shown, max_length: null, visibility_timeout: 0 });
    expect((await call('PATCH', `/v1/queues/${name}`, {})).json).toEqual(unlimited.json);
    expect(await call('DELETE', `/v1/queues/${name}`)).toMatchObject({ status: 204, text: '' });
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const gone = await call(method, `/v1/queues/${name}`, method === 'PATCH' ? {} : undefined);
      expect(gone).toMatchObject({ status: 404, text: '{"detail":"Queue not found."}' });
    }
  });

  it('hold 10000 messages unless they say otherwise', async () => {
    const [name, unlimited] = [fresh(), fresh()];
    const shown = { name, message_count: 0, max_length: 10_000, visibility_timeout: 30 };
    expect((await call('POST', '/v1/queues', { name })).json).toEqual(shown);
    expect((await call('POST', '/v1/queues', { name: unlimited, max_length: null })).json.max_length).toBeNull();
  });

  it('take attributes and tags by their AWS names', async () => {
    const name = fresh();
    const attributes = { DelaySeconds: 7, MaximumMessageSize: '2048' };
    expect((await call('POST', '/v1/queues', { name, attributes, tags: { team: 'a' } })).status).toBe(201);
    await call('PATCH', `/v1/queues/${name}`, { attributes: { DelaySeconds: '8' }, tags: { cost: 'b' } });
    const { Attributes } = (await act({ Action: 'GetQueueAttributes', AttributeNames: ['All'] }, name)).json;
    expect(Attributes).toMatchObject({ DelaySeconds: '8', MaximumMessageSize: '2048' });
    expect((await act({ Action: 'ListQueueTags' }, name)).json).toEqual({ Tags: { team: 'a', cost: 'b' } });
  });

  it('are listed by name', async () => {
    const names = ['b', 'a', 'c'].map((letter) => `${letter}-${randomUUID()}`);
    for (const name of names) await call('POST', '/v1/queues', { name });
    const { queues } = (await call('GET', '/v1/queues')).json;
    const listed = queues.map(({ name }) => name);
    expect(listed).toEqual([...listed].sort());
    expect(listed.filter((name) => names.includes(name))).toEqual([...names].sort());
  });

  it('count what is visible, in flight and delayed', async () => {
    const name = fresh();
    await call('POST', '/v1/queues', { name });
    for (const DelaySeconds of [0, 0, 60]) await act({ MessageBody: 'x', DelaySeconds }, name);
    await act({ Action: 'ReceiveMessage' }, name);
    expect((await call('GET', `/v1/queues/${name}`)).json.message_count).toBe(3);
  });

  it('are FIFO queues when their names say so', async () => {
    const name = `${fresh()}.fifo`;
    const shown = { name, message_count: 0, max_length: 10_000, visibility_timeout: 7 };
    const attributes = { ContentBasedDeduplication: true };
    const made = await call('POST', '/v1/queues', { name, visibility_timeout: 7, attributes });
    expect(made).toMatchObject({ status: 201, json: shown });
    expect((await call('POST', '/v1/queues', { name })).status).toBe(409);
    const all = await act({ Action: 'GetQueueAttributes', AttributeNames: ['All'] }, name);
    expect(all.json.Attributes).toMatchObject({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    expect(await act({ MessageBody: 'x' }, name)).toMatchObject({
      status: 400,
      json: { detail: 'The request must contain the parameter MessageGroupId.' },
    });
    const sent = await act({ MessageBody: 'x', MessageGroupId: 'g' }, name);
    expect(sent.json).toEqual({
      MessageId: expect.any(String),
      status: 'sent',
      MD5OfMessageBody: '9dd4e461268c8034f5c8564e155c67a6',
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
    });
    expect((await act({ MessageBody: 'x', MessageGroupId: 'g' }, name)).json).toEqual(sent.json);
    expect((await call('GET', `/v1/queues/${name}`)).json.message_count).toBe(1);
    const high = { DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' };
    expect((await call('PATCH', `/v1/queues/${name}`, { attributes: high })).status).toBe(200);
    expect(await call('PATCH', `/v1/queues/${name}`, { attributes: { FifoQueue: false } })).toMatchObject({
      status: 400,
      json: {
        detail: 'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
      },
    });
    expect((await call('DELETE', `/v1/queues/${name}`)).status).toBe(204);
  });

  const NAME = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
  const FIFO_NAME =
    'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.';
  it.each([
    [{}, 'name is required'],
    [{ name: 5 }, 'name must be a string'],
    [{ name: 'a b' }, NAME],
    [{ name: 'x'.repeat(81) }, NAME],
    [{ name: '../x' }, NAME],
    [{ name: `${'x'.repeat(76)}.fifo` }, FIFO_NAME],
    [{ name: 'a b.fifo' }, FIFO_NAME],
    [{ name: 'x', attributes: { FifoQueue: true } }, FIFO_NAME],
    [{ name: 'x.fifo', attributes: { FifoQueue: false } }, 'Unknown Attribute FifoQueue.'],
    [{ name: 'x', max_length: 0 }, 'max_length must be at least 1'],
    [{ name: 'x', max_length: 1.5 }, 'max_length must be a whole number'],
    [{ name: 'x', max_length: '5' }, 'max_length must be a number'],
    [{ name: 'x', visibility_timeout: -1 }, 'visibility_timeout must be at least 0'],
    [{ name: 'x', visibility_timeout: 43201 }, 'visibility_timeout must be at most 43200'],
    [{ name: 'x', attributes: [] }, 'attributes must be an object'],
    [{ name: 'x', attributes: { DelaySeconds: {} } }, 'attributes.DelaySeconds must be a string'],
    [{ name: 'x', attributes: { Nonsense: '1' } }, 'Unknown Attribute Nonsense.'],
    [{ name: 'x', tags: { a: 1 } }, 'tags.a must be a string'],
  ])('refuse wrong input (%#)', async (body, detail) => {
    expect(await call('POST', '/v1/queues', body)).toMatchObject({ status: 400, json: { detail } });
    expect((await call('GET', '/v1/queues/x')).status).toBe(404);
  });

  it('change nothing when a part of the change is wrong', async () => {
    const name = fresh();
    const before = (await call('POST', '/v1/queues', { name })).json;
    for (const wrong of [{ tags: { '': 'x' } }, { attributes: { Nonsense: '1' } }, { visibility_timeout: 'x' }]) {
      const { status } = await call('PATCH', `/v1/queues/${name}`, { max_length: 7, ...wrong });
      expect(status).toBe(400);
      expect((await call('GET', `/v1/queues/${name}`)).json).toEqual(before);
    }
  });
});

describe('messages', () => {
  const make = async (settings: object = {}) => {
    const name = fresh();
    await call('POST', '/v1/queues', { name, ...settings });
    return name;
  };

  it('are sent, received and deleted as the quick start does', async () => {
    const name = await make();
    const MessageAttributes = { priority: 'high', type: 'test' };
    const sent = await act({ Action: 'SendMessage', MessageBody: 'Hello!', MessageAttributes }, name);
    expect(sent.status).toBe(200);
    expect(sent.json).toMatchObject({ MessageId: expect.stringMatching(/^[\w-]{36}$/), status: 'sent' });
    expect(sent.json.MD5OfMessageBody).toBe('952d2c56d0485958336747bcdd98590d');
    const { Messages } = (await act({ Action: 'ReceiveMessage', MaxNumberOfMessages: 1 }, name)).json;
    expect(Messages).toHaveLength(1);
    expect(Messages[0]).toMatchObject({
      MessageId: sent.json.MessageId,
      Body: 'Hello!',
      Attributes: MessageAttributes,
      MessageAttributes: { priority: { DataType: 'String', StringValue: 'high' } },
      SystemAttributes: { ApproximateReceiveCount: '1', SenderId: expect.stringMatching(/^AIDA/) },
      MD5OfBody: '952d2c56d0485958336747bcdd98590d',
    });
    const { ReceiptHandle } = Messages[0];
    const deleted = await act({ Action: 'DeleteMessage', ReceiptHandle }, name);
    expect(deleted).toMatchObject({ status: 200, text: '{"message":"Message deleted successfully"}' });
    const again = await act({ Action: 'DeleteMessage', ReceiptHandle }, name);
    expect(again).toMatchObject({ status: 404, text: '{"detail":"Message not found."}' });
    const forged = await act({ Action: 'DeleteMessage', ReceiptHandle: 'forged' }, name);
    expect(forged).toMatchObject({ status: 404, text: '{"detail":"Message not found."}' });
    expect((await act({ Action: 'ReceiveMessage' }, name)).text).toBe('{"Messages":[]}');
  });

  it('an old handle still deletes', async () => {
    const name = await make({ visibility_timeout: 0 });
    await act({ MessageBody: 'x' }, name);
    const { Messages } = (await act({ Action: 'ReceiveMessage' }, name)).json;
    await act({ Action: 'ReceiveMessage' }, name);
    const { status } = await act({ Action: 'DeleteMessage', ReceiptHandle: Messages[0].ReceiptHandle }, name);
    expect(status).toBe(200);
  });

  it('are sent without an Action when there is a body', async () => {
    expect((await act({ MessageBody: 'x' })).json).toMatchObject({ status: 'sent' });
    const neither = await act({});
    expect(neither).toMatchObject({ status: 400, json: { detail: 'The request must contain the parameter Action.' } });
  });

  it('have attributes in both spellings', async () => {
    const name = await make();
    const MessageAttributes = {
      text: 'a',
      number: 3.5,
      typed: { DataType: 'Number', StringValue: '3' },
      bytes: { DataType: 'Binary', BinaryValue: 'AAEC' },
      __proto: 'x',
      ['__proto__']: 'y',
    };
    await act({ MessageBody: 'x', MessageAttributes }, name);
    const [message] = (await act({ Action: 'ReceiveMessage' }, name)).json.Messages;
    const plain = { text: 'a', number: '3.5', typed: '3', bytes: 'AAEC', __proto: 'x', ['__proto__']: 'y' };
    expect(message.Attributes).toEqual(plain);
    expect(Object.keys(message.Attributes).sort()).toEqual(Object.keys(plain).sort());
    expect(message.MessageAttributes.number).toEqual({ DataType: 'Number', StringValue: '3.5' });
    expect(message.MessageAttributes.bytes).toEqual({ DataType: 'Binary', BinaryValue: 'AAEC' });
    expect(message.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([[true], [null], [[]], [[1]]])('have no attribute of another type (%#)', async (value) => {
    const problem = 'must be a string, a number, or an object with a DataType';
    const alone = await act({ MessageBody: 'x', MessageAttributes: { a: value } });
    const field = 'MessageAttributes.a';
    expect(alone).toMatchObject({ status: 400, json: { detail: `${field} ${problem}`, errors: [{ field, problem }] } });
    const Entries = [{ Id: '1', MessageBody: 'x', MessageAttributes: { a: value } }];
    const batch = await act({ Action: 'SendMessageBatch', Entries });
    expect(batch).toMatchObject({ status: 400, json: { errors: [{ field: `Entries.0.${field}`, problem }] } });
  });

  it('go in batches, with plain attributes too', async () => {
    const name = await make();
    const Entries = [
      { Id: 'a', MessageBody: '1', MessageAttributes: { p: 'q' } },
      { Id: 'b', MessageBody: '' },
    ];
    const { status, json } = await act({ Action: 'SendMessageBatch', Entries }, name);
    expect(status).toBe(200);
    expect(json).toMatchObject({ Successful: [{ Id: 'a' }], Failed: [{ Id: 'b', SenderFault: true }] });
    const [message] = (await act({ Action: 'ReceiveMessage', VisibilityTimeout: 30 }, name)).json.Messages;
    expect(message.Attributes).toEqual({ p: 'q' });
    const { ReceiptHandle } = message;
    expect(await act({ Action: 'ChangeMessageVisibility', ReceiptHandle, VisibilityTimeout: 0 }, name)).toMatchObject({
      status: 200,
      text: '{}',
    });
    expect((await act({ Action: 'ReceiveMessage' }, name)).json.Messages).toHaveLength(1);
    expect(await act({ Action: 'PurgeQueue' }, name)).toMatchObject({ status: 200, text: '{}' });
    expect((await call('GET', `/v1/queues/${name}`)).json.message_count).toBe(0);
  });

  it('do not fit into a full queue', async () => {
    const name = await make({ max_length: 1 });
    expect((await act({ MessageBody: 'x' }, name)).status).toBe(200);
    expect(await act({ MessageBody: 'x' }, name)).toMatchObject({ status: 409, text: '{"detail":"Queue is full."}' });
  });

  it('are read as JSON whatever the content type says', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/x-amz-json-1.0']) {
      const headers = { ...authorized(), 'content-type': type };
      const { status, json } = await send('POST', `/v1/queue/${queue}`, { MessageBody: 'x' }, headers);
      expect({ type, status, said: json.status }).toEqual({ type, status: 200, said: 'sent' });
    }
  });

  it('wait to be sent', async () => {
    const name = await make();
    const waiting = act({ Action: 'ReceiveMessage', WaitTimeSeconds: 10 }, name);
    await act({ MessageBody: 'x' }, name);
    expect((await waiting).json.Messages).toHaveLength(1);
  });

  it.each([
    ['{', 'The body is not valid JSON.'],
    ['', 'The body is not valid JSON.'],
    ['[]', 'The body must be a JSON object.'],
    ['['.repeat(1_000_000), 'The body is not valid JSON.'],
    [`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`, 'The request must contain the parameter Action.'],
    [{ Action: 'Nonsense' }, 'The action Nonsense is not valid for this endpoint.'],
    [{ Action: '__proto__' }, 'The action __proto__ is not valid for this endpoint.'],
    [{ Action: 5 }, 'Action must be a string'],
    [{ Action: 'ListQueues' }, 'ListQueues does not act on a queue. /v1/queues creates and lists queues.'],
    [{ Action: 'SendMessage' }, 'The request must contain the parameter MessageBody.'],
    [{ Action: 'SendMessage', MessageBody: {} }, 'Start of structure or map found where not expected.'],
    [{ Action: 'DeleteMessage' }, 'The request must contain the parameter ReceiptHandle.'],
    [
      { Action: 'ReceiveMessage', MaxNumberOfMessages: 11 },
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ],
  ])('refuse wrong input (%#)', async (body, detail) => {
    expect(await act(body)).toMatchObject({ status: 400, json: { detail } });
  });

  it.each(['none', 'a%20b', 'a%2Fb', '%F0%9F%A6%84', 'constructor', '__proto__'])('need a queue: %s', async (name) => {
    expect(await act({ MessageBody: 'x' }, name)).toMatchObject({ status: 404, text: '{"detail":"Queue not found."}' });
  });

  it('go to the queue of the path, whatever QueueUrl the body names', async () => {
    const name = await make();
    await act({ MessageBody: 'x', QueueUrl: `/000000000000/${queue}` }, name);
    expect((await call('GET', `/v1/queues/${name}`)).json.message_count).toBe(1);
  });
});

describe('production', () => {
  let production: TestServer;
  const env = { FASTQUEUE_PROFILE: 'production', default_password: 'set by the owner' };
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(production.endpoint + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: (await response.json()) as Body };
  };
  beforeAll(async () => {
    production = await startServer('memory', { env });
  });
  afterAll(() => production.stop());

  it('knows no admin / password, and answers no AWS request', async () => {
    expect(await post('/v1/auth/login', { username: 'admin', password: 'password' })).toMatchObject({ status: 401 });
    const aws = await fetch(`${production.endpoint}/?Action=ListQueues`);
    expect([aws.status, await aws.text()]).toEqual([
      403,
      expect.stringContaining('Access to the resource / is denied.'),
    ]);
  });

  it('lets an administrator register people, and nobody else', async () => {
    const ada = { username: 'ada', password: 'testpass123' };
    const detail = "Registration takes an administrator's token, or FASTQUEUE_REGISTRATION=open on the server.";
    expect(await post('/v1/auth/register', ada)).toEqual({ status: 403, json: { detail } });
    const admin = (await post('/v1/auth/login', { username: 'admin', password: 'set by the owner' })).json;
    const authorization = `Bearer ${admin.access_token}`;
    const weak = await post('/v1/auth/register', { ...ada, password: 'short' }, { authorization });
    expect(weak).toMatchObject({ status: 400, json: { detail: 'password must have at least 8 characters' } });
    expect(await post('/v1/auth/register', ada, { authorization })).toMatchObject({ status: 200 });
    const member = (await post('/v1/auth/login', ada)).json;
    const another = { ...ada, username: 'another' };
    const byMember = await post('/v1/auth/register', another, { authorization: `Bearer ${member.access_token}` });
    expect(byMember).toEqual({ status: 403, json: { detail } });
    expect(await post('/v1/auth/register', another, { authorization: 'Bearer x' })).toMatchObject({ status: 401 });
  });
});

describe('our own faults', () => {
  it('are 500 with a request id and nothing else, on routes and on the queue endpoint', async () => {
    const faulty = await startServer('memory');
    const body = JSON.stringify({ username: 'admin', password: 'password' });
    const signedIn = await fetch(`${faulty.endpoint}/v1/auth/login`, { method: 'POST', body });
    const { access_token } = (await signedIn.json()) as Body;
    const headers = { authorization: `Bearer ${access_token}` };
    faulty.store.catalogue.find = () => Promise.reject(new Error('/secret/path'));
    const answers = await Promise.all([
      fetch(`${faulty.endpoint}/v1/queues/x`, { headers }),
      fetch(`${faulty.endpoint}/v1/queue/x`, { method: 'POST', headers, body: '{"MessageBody":"x"}' }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(500);
      expect(await answer.json()).toEqual({
        detail: 'The request processing has failed because of an unknown error.',
        request_id: expect.stringMatching(/^[\w-]{36}$/),
      });
    }
    await faulty.stop();
  });

  it('a store that cannot work is 503, with Retry-After, and not ready', async () => {
    const faulty = await startServer('memory');
    faulty.store.problem = () => 'The disk is full.';
    const ready = await fetch(`${faulty.endpoint}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { detail: 'The disk is full.' }]);
    expect(ready.headers.get('retry-after')).toBe('1');
    await faulty.stop();
  });
});
