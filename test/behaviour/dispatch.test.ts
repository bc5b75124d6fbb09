/** Requests that no client library would send, and how each protocol says things on the wire (sqs-wire.md §1). */
import http from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseStringPromise } from 'xml2js';
import { actions } from '../../src/actions/index.ts';
import { type Asking, ask, formAsking, jsonAsking } from '../helpers/ask.ts';
import { startServer, type TestServer } from '../helpers/server.ts';

const QUEUE = '/000000000000/dispatched';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let server: TestServer;
const asked = (asking: Asking) => ask(server.endpoint, asking);
const form = (parameters: Record<string, string>, path = '/', headers = {}) =>
  asked({ ...formAsking(parameters, headers), path });
const json = (action: string, body: unknown, path = '/') => asked({ ...jsonAsking(action, body), path });
const get = (path: string, headers = {}) => asked({ method: 'GET', path, headers });

beforeAll(async () => {
  server = await startServer('memory');
  await form({ Action: 'CreateQueue', QueueName: 'dispatched' });
  await form({ Action: 'CreateQueue', QueueName: 'other' });
});
afterAll(() => server.stop());

/** What an XML error says; fails when it is no error document. */
async function xmlError({ status, text, headers }: Awaited<ReturnType<typeof ask>>) {
  const { ErrorResponse } = (await parseStringPromise(text, { explicitArray: false })) as {
    ErrorResponse: { $: object; Error: Record<string, string>; RequestId: string };
  };
  expect(headers['content-type']).toBe('text/xml');
  expect(ErrorResponse.$).toEqual({ xmlns: 'http://queue.amazonaws.com/doc/2012-11-05/' });
  expect(ErrorResponse.RequestId).toBe(headers['x-amzn-requestid']);
  expect(ErrorResponse.RequestId).toMatch(UUID);
  const { Type, Code, Message, Detail } = ErrorResponse.Error;
  expect(Detail).toBe('');
  return { status, Type, Code, Message };
}
const sender = (Code: string, Message: string) => ({ status: 400, Type: 'Sender', Code, Message });
const invalidAction = (name: string) => sender('InvalidAction', `The action ${name} is not valid for this endpoint.`);

describe('Query', () => {
  it.each(['FooBar', 'sendMessage', '__proto__', 'constructor', 'toString', ''])('has no action %j', async (Action) => {
    const expected =
      Action === '' ? sender('MissingAction', 'The request must contain the parameter Action.') : invalidAction(Action);
    expect(await xmlError(await form({ Action }))).toEqual(expected);
    expect(await xmlError(await get(`/?Action=${Action}`))).toEqual(expected);
    if (Action !== '') expect(await xmlError(await form({ Action }, QUEUE))).toEqual(expected);
  });

  it('escapes what it repeats', async () => {
    expect(await xmlError(await form({ Action: '<&"\u0008>' }))).toEqual(invalidAction('<&"\ufffd>'));
  });

  it('needs an action at the root', async () => {
    const missing = sender('MissingAction', 'The request must contain the parameter Action.');
    expect(await xmlError(await get('/'))).toEqual(missing);
    expect(await xmlError(await form({ QueueName: 'x' }))).toEqual(missing);
    expect(await xmlError(await get('/?QueueName=x'))).toEqual(missing);
  });

  it('answers a plain GET of a queue with 404', async () => {
    for (const headers of [{}, { accept: 'application/json' }]) {
      const { status, text } = await get(QUEUE, headers);
      expect(status).toBe(404);
      expect(Object.keys(await parseStringPromise(text))).toEqual(['UnknownOperationException']);
    }
  });

  it('creates and lists no queues at a queue, but finds others there', async () => {
    for (const Action of ['CreateQueue', 'ListQueues']) {
      expect(await xmlError(await form({ Action, QueueName: 'x' }, QUEUE))).toEqual(invalidAction(Action));
      expect(await xmlError(await get(`${QUEUE}?Action=${Action}`))).toEqual(invalidAction(Action));
    }
    const { status, text } = await get(`${QUEUE}?Action=GetQueueUrl&QueueName=other`);
    expect(status).toBe(200);
    expect(text).toContain(`<QueueUrl>${server.endpoint}/000000000000/other</QueueUrl>`);
  });

  it('takes the queue from the path, and a QueueUrl before it', async () => {
    const arn = async (query: string) =>
      /<Value>(.*)<\/Value>/.exec(
        (await get(`${QUEUE}?Action=GetQueueAttributes&AttributeName=QueueArn${query}`)).text,
      );
    expect((await arn(''))?.[1]).toBe('arn:aws:sqs:us-east-1:000000000000:dispatched');
    expect((await arn('&QueueUrl=other'))?.[1]).toBe('arn:aws:sqs:us-east-1:000000000000:other');
    expect((await arn('&QueueUrl=other&Version=2012-11-05'))?.[1]).toBe('arn:aws:sqs:us-east-1:000000000000:other');
  });

  it('says what is missing', async () => {
    const missing = (name: string) => sender('MissingParameter', `The request must contain the parameter ${name}.`);
    expect(await xmlError(await form({ Action: 'SendMessage' }))).toEqual(missing('QueueUrl'));
    expect(await xmlError(await form({ Action: 'SendMessage' }, QUEUE))).toEqual(missing('MessageBody'));
    const set = { Action: 'SetQueueAttributes', 'Attribute.1.Name': 'DelaySeconds' };
    expect(await xmlError(await form(set, QUEUE))).toEqual(missing('Attribute.Value'));
  });

  it('reads lists and maps in every spelling, sorted by index', async () => {
    const set = (parameters: Record<string, string>) => form({ Action: 'SetQueueAttributes', ...parameters }, QUEUE);
    const shown = async (name: string) =>
      /<Value>(.*)<\/Value>/.exec((await get(`${QUEUE}?Action=GetQueueAttributes&AttributeName=${name}`)).text)?.[1];
    for (const [spelling, value] of [
      ['Attribute.1', '1'],
      ['Attribute', '2'],
      ['Attributes.1', '3'],
      ['Attribute.77', '4'],
    ]) {
      const { status } = await set({ [`${spelling}.Name`]: 'DelaySeconds', [`${spelling}.Value`]: value! });
      expect(status).toBe(200);
      expect(await shown('DelaySeconds')).toBe(value);
    }
    const twice = {
      'Attribute.10.Name': 'DelaySeconds',
      'Attribute.10.Value': '10',
      'Attribute.9.Name': 'DelaySeconds',
      'Attribute.9.Value': '9',
    };
    expect((await set(twice)).status).toBe(200);
    expect(await shown('DelaySeconds')).toBe('10');
    await form({ Action: 'TagQueue', 'Tag.Key': 'a', 'Tag.Value': 'b' }, QUEUE);
    await form({ Action: 'TagQueue', 'Tags.1.Key': 'c', 'Tags.1.Value': 'd' }, QUEUE);
    expect((await form({ Action: 'ListQueueTags' }, QUEUE)).text).toContain(
      '<ListQueueTagsResult><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value>d</Value></Tag></ListQueueTagsResult>',
    );
    const names = { 'AttributeName.2': 'VisibilityTimeout', 'AttributeName.1': 'DelaySeconds' };
    const { text } = await form({ Action: 'GetQueueAttributes', ...names }, QUEUE);
    expect(text.match(/<Name>/g)).toHaveLength(2);
  });

  it('gives XML as AWS does', async () => {
    const silent = await form({ Action: 'UntagQueue', 'TagKey.1': 'none' }, QUEUE);
    const id = String(silent.headers['x-amzn-requestid']);
    expect(id).toMatch(UUID);
    expect(silent).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml' } });
    expect(silent.text).toBe(
      '<?xml version="1.0"?>\n<UntagQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
        `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></UntagQueueResponse>`,
    );
    const empty = await form({ Action: 'ReceiveMessage' }, QUEUE);
    expect(empty.text).toContain('<ReceiveMessageResult/>');
  });

  it('answers in JSON where that is accepted', async () => {
    const accept = { accept: 'application/json' };
    const answer = async (parameters: Record<string, string>) => {
      const reply = await form(parameters, QUEUE, accept);
      expect(reply.headers['content-type']).toBe('application/json');
      return { status: reply.status, body: JSON.parse(reply.text), id: reply.headers['x-amzn-requestid'] };
    };
    const empty = await answer({ Action: 'ReceiveMessage' });
    expect(empty).toEqual({
      status: 200,
      id: empty.id,
      body: {
        ReceiveMessageResponse: { ReceiveMessageResult: { messages: null }, ResponseMetadata: { RequestId: empty.id } },
      },
    });
    const sent = await answer({ Action: 'SendMessage', MessageBody: 'hello', DelaySeconds: '0' });
    expect(sent.body.SendMessageResponse.SendMessageResult).toEqual({
      MD5OfMessageAttributes: null,
      MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592',
      MD5OfMessageSystemAttributes: null,
      MessageId: expect.stringMatching(UUID),
      SequenceNumber: null,
    });
    const received = await answer({ Action: 'ReceiveMessage' });
    expect(received.body.ReceiveMessageResponse.ReceiveMessageResult.messages).toEqual([
      {
        Attributes: null,
        Body: 'hello',
        MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
        MD5OfMessageAttributes: null,
        MessageAttributes: null,
        MessageId: sent.body.SendMessageResponse.SendMessageResult.MessageId,
        ReceiptHandle: expect.any(String),
      },
    ]);
    const attributes = await answer({ Action: 'GetQueueAttributes', AttributeName: 'VisibilityTimeout' });
    expect(attributes.body.GetQueueAttributesResponse.GetQueueAttributesResult).toEqual({
      Attributes: [{ Name: 'VisibilityTimeout', Value: '30' }],
    });
    const silent = await answer({ Action: 'PurgeQueue' });
    expect(silent.body).toEqual({ PurgeQueueResponse: { ResponseMetadata: { RequestId: silent.id } } });
    const unknown = await answer({ Action: 'FooBar' });
    expect(unknown).toEqual({
      status: 400,
      id: unknown.id,
      body: {
        Error: {
          Code: 'InvalidAction',
          Message: 'The action FooBar is not valid for this endpoint.',
          Type: 'Sender',
        },
        RequestId: unknown.id,
      },
    });
  });
});

describe('JSON', () => {
  const refused = async (reply: Promise<Awaited<ReturnType<typeof ask>>>) => {
    const { status, headers, text } = await reply;
    expect(headers['content-type']).toBe('application/x-amz-json-1.0');
    expect(headers['x-amzn-requestid']).toMatch(UUID);
    return { status, fault: headers['x-amzn-query-error'], body: JSON.parse(text) };
  };
  const unknown = (code: string) => ({
    status: 400,
    fault: `${code};Sender`,
    body: { __type: 'com.amazon.coral.service#UnknownOperationException' },
  });
  const malformed = (message: unknown) => ({
    status: 400,
    fault: 'MalformedInput;Sender',
    body: { __type: 'com.amazon.coral.service#SerializationException', Message: message, message },
  });

  it('does not know every target', async () => {
    for (const action of ['FooBar', '__proto__', 'constructor']) {
      expect(await refused(json(action, {}))).toEqual(unknown('InvalidAction'));
      expect(await refused(json(action, {}, QUEUE))).toEqual(unknown('InvalidAction'));
    }
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    expect(await refused(asked({ headers, body: '{}' }))).toEqual(unknown('MissingAction'));
    const other = { ...headers, 'x-amz-target': 'AmazonSNS.SendMessage' };
    expect(await refused(asked({ headers: other, body: '{}' }))).toEqual(unknown('MissingAction'));
  });

  it('works at the path of a queue', async () => {
    const { text } = await json('GetQueueAttributes', { AttributeNames: ['QueueArn'] }, QUEUE);
    expect(JSON.parse(text)).toEqual({
      Attributes: { QueueArn: 'arn:aws:sqs:us-east-1:000000000000:dispatched' },
    });
    const QueueUrl = 'http://localhost/000000000000/other';
    const other = await json('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] }, QUEUE);
    expect(other.text).toContain(':other"');
  });

  it('has its own content type, and no body where there is nothing to say', async () => {
    const silent = await json('PurgeQueue', { QueueUrl: QUEUE });
    expect(silent).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'content-length': '0' },
    });
    expect(silent.headers['x-amzn-requestid']).toMatch(UUID);
    expect((await json('ReceiveMessage', { QueueUrl: QUEUE })).text).toBe('{}');
    const asWeb = jsonAsking('GetQueueUrl', { QueueName: 'other' }, { 'content-type': 'application/json' });
    expect((await asked(asWeb)).status).toBe(200);
  });

  it('says errors with their type, and their Query code beside', async () => {
    expect(await refused(json('PurgeQueue', { QueueUrl: 'none' }))).toEqual({
      status: 400,
      fault: 'AWS.SimpleQueueService.NonExistentQueue;Sender',
      body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'The specified queue does not exist.' },
    });
    expect(await refused(json('SendMessage', { QueueUrl: QUEUE }))).toEqual({
      status: 400,
      fault: 'MissingParameter;Sender',
      body: {
        __type: 'com.amazon.coral.service#MissingRequiredParameterException',
        message: 'The request must contain the parameter MessageBody.',
      },
    });
    const Attributes = { Policy: 'x' };
    expect(await refused(json('SetQueueAttributes', { QueueUrl: QUEUE, Attributes }))).toEqual({
      status: 400,
      fault: 'InvalidAttributeValue;Sender',
      body: {
        __type: 'com.amazonaws.sqs#InvalidAttributeValue',
        message: 'Invalid value for the parameter Policy.',
      },
    });
  });

  it.each<[string, string, object, string]>([
    ['an object for a string', 'CreateQueue', { QueueName: {} }, 'Start of structure or map found where not expected.'],
    ['a list for a string', 'CreateQueue', { QueueName: [] }, 'Start of list found where not expected'],
    ['a number for a string', 'CreateQueue', { QueueName: 1 }, 'NUMBER_VALUE can not be converted to a String'],
    ['true for a string', 'CreateQueue', { QueueName: true }, 'TRUE_VALUE can not be converted to a String'],
    [
      'an object for an integer',
      'ListQueues',
      { MaxResults: {} },
      'Start of structure or map found where not expected.',
    ],
    ['a list for an integer', 'ListQueues', { MaxResults: [1] }, 'Start of list found where not expected'],
    ['words for an integer', 'ListQueues', { MaxResults: 'ten' }, 'STRING_VALUE can not be converted to an Integer'],
    ['true for an integer', 'ListQueues', { MaxResults: true }, 'TRUE_VALUE can not be converted to an Integer'],
    ['false for an integer', 'ListQueues', { MaxResults: false }, 'FALSE_VALUE can not be converted to an Integer'],
    [
      'a list for an attribute',
      'CreateQueue',
      { QueueName: 'x', Attributes: { DelaySeconds: ['1'] } },
      'Unrecognized collection type class java.lang.String',
    ],
    [
      'a number for an attribute',
      'CreateQueue',
      { QueueName: 'x', Attributes: { DelaySeconds: 1 } },
      'NUMBER_VALUE can not be converted to a String',
    ],
    ['a list for a map', 'CreateQueue', { QueueName: 'x', tags: [] }, 'Start of list found where not expected'],
    [
      'a number for a name',
      'GetQueueAttributes',
      { QueueUrl: QUEUE, AttributeNames: [1] },
      'NUMBER_VALUE can not be converted to a String',
    ],
    ['a number for QueueUrl', 'PurgeQueue', { QueueUrl: 1 }, 'NUMBER_VALUE can not be converted to a String'],
    ['an object for QueueUrl', 'PurgeQueue', { QueueUrl: {} }, 'Start of structure or map found where not expected.'],
  ])('does not take %s', async (_, action, body, text) => {
    expect(await refused(json(action, body))).toEqual(malformed(text));
  });

  it('looks at types before members, and at the queue before types', async () => {
    const both = { QueueUrl: QUEUE, MessageBody: '', DelaySeconds: 'soon' };
    const soon = malformed('STRING_VALUE can not be converted to an Integer');
    expect(await refused(json('SendMessage', both))).toEqual(soon);
    expect((await refused(json('SendMessage', { ...both, QueueUrl: 'none' }))).body.__type).toBe(
      'com.amazonaws.sqs#QueueDoesNotExist',
    );
  });

  it('takes null as absent, digits as a number, and does not mind members that it does not know', async () => {
    const body = { QueueNamePrefix: null, MaxResults: '1', NextToken: null, Nonsense: { deep: [1] }, constructor: 1 };
    const { status, text } = await json('ListQueues', body);
    expect(status).toBe(200);
    expect(JSON.parse(text).QueueUrls).toHaveLength(1);
    const attributes = await json('CreateQueue', { QueueName: 'dispatched', Attributes: { Policy: null }, tags: null });
    expect(attributes.status).toBe(200);
  });

  it.each<[string, string | Uint8Array]>([
    ['half an object', '{"QueueName":'],
    ['words', 'QueueName=x'],
    ['a list', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['a text', '"QueueName"'],
    ['a comma too many', '{"QueueName":"x",}'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['objects in objects', '{"a":'.repeat(200_000)],
    ['lists in lists', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['quotes that do not end', `{"a":"${'\\"'.repeat(100_000)}`],
  ])('refuses a body of %s', async (_, body) => {
    const text = expect.stringMatching(/^The request (?:is|must be) .*\.$/);
    expect(await refused(json('CreateQueue', body))).toEqual(malformed(text));
  });

  it('takes no body for an empty one', async () => {
    expect((await json('ListQueues', '')).status).toBe(200);
    expect((await refused(json('CreateQueue', ''))).fault).toBe('InvalidParameterValue;Sender');
  });
});

describe('what is neither', () => {
  it('is told where things are', async () => {
    const posted = { headers: { 'content-type': 'text/plain' }, body: '{"QueueName":"x"}' };
    for (const asking of [posted, { ...posted, headers: {} }, { method: 'PUT' }, { method: 'GET', path: '/nothing' }]) {
      const { status, headers, text } = await asked(asking);
      expect(status).toBe(404);
      expect(headers['content-type']).toBe('application/json');
      expect(JSON.parse(text).detail).toMatch(/^Nothing is served here\. /);
    }
  });

  it('is JSON that says it is a form: it has no action', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, text } = await asked({ headers, body: '{"QueueName":"x"}' });
    expect(status).toBe(400);
    expect(text).toContain('<Code>MissingAction</Code>');
  });

  it('is a form with bytes that are no UTF-8, or too many parameters', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const body of ['Action=ListQueues&QueueNamePrefix=%ff', `Action=ListQueues${'&a=b'.repeat(2001)}`]) {
      const { status, text } = await asked({ headers, body });
      expect(status).toBe(400);
      expect(text).toContain('<Code>MalformedInput</Code>');
    }
  });
});

/** Members of every input, and words that mean something somewhere. WaitTimeSeconds would wait. */
const WORDS = [...actions.values()]
  .flatMap(({ input }) => Object.keys(input.members ?? {}))
  .concat('Id', 'Name', 'Value', 'Key', 'StringValue', 'BinaryValue', 'DataType', '1', '2', '__proto__', 'constructor')
  .filter((word) => word !== 'WaitTimeSeconds');

describe('ten thousand bodies that mean nothing', () => {
  const word = fc.constantFrom(...new Set(WORDS));
  const action = fc.constantFrom(...actions.keys());
  const leaf = fc.oneof(fc.jsonValue({ maxDepth: 1 }), word, fc.constant(QUEUE), fc.integer(), fc.string());
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, leaf, fc.dictionary(word, tie('tree'), { maxKeys: 5 }), fc.array(tie('tree'))),
  }));
  const inJson = fc
    .tuple(action, fc.dictionary(word, tree, { maxKeys: 8 }), fc.boolean())
    .map(([name, body, here]) => ({ ...jsonAsking(name, { ...body, ...(here && { QueueUrl: QUEUE }) }) }));
  const key = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join('.'));
  const inForm = fc
    .tuple(action, fc.dictionary(key, fc.oneof(fc.string(), word), { maxKeys: 8 }), fc.boolean())
    .map(([Action, parameters, here]) => ({ ...formAsking({ Action, ...parameters }), path: here ? QUEUE : '/' }));
  const inBytes = fc
    .tuple(action, fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.boolean())
    .map(([name, body, asJson, here]) => ({
      ...(asJson ? jsonAsking(name, body) : { ...formAsking({}), body }),
      path: here ? QUEUE : '/',
    }));
  const cut = fc.tuple(inJson, fc.nat(), fc.string({ maxLength: 3 })).map(([asking, at, scrap]): Asking => {
    const body = String(asking.body);
    const place = at % (body.length + 1);
    return { ...asking, body: body.slice(0, place) + scrap + body.slice(place + 1) };
  });

  it('never break the server', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    const askings = fc.sample(fc.oneof<fc.Arbitrary<Asking>[]>(inJson, inForm, inBytes, cut), {
      numRuns: 10_000,
      seed: 20_121_105,
    });
    const statuses = new Map<number, number>();
    for (let i = 0; i < askings.length; i += 100) {
      const some = askings.slice(i, i + 100);
      const replies = await Promise.all(some.map((asking) => asked({ ...asking, agent })));
      replies.forEach(({ status, text }, j) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500) expect.fail(`${status} ${text} to ${JSON.stringify(some[j])}`);
      });
    }
    agent.destroy();
    // Some get through to the actions, others are refused there or before.
    expect(statuses.get(200)).toBeGreaterThan(100);
    expect(statuses.get(400)).toBeGreaterThan(1000);
    expect((await form({ Action: 'ListQueues' })).status).toBe(200);
  });
});
