import { randomUUID } from 'node:crypto';
import * as sqs from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, formAsking, jsonAsking } from '../helpers/ask.ts';
import { clientOf } from '../helpers/clients.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { AWS, onEvery, refusal } from './matrix.ts';

const ACCOUNT = '000000000000';

onEvery(
  'QueueUrl',
  (context) => {
    const call = (action: string, input: object) => context.client.call(action, { ...input });
    const EAST = 'us-east-1';
    /** `asked` says where a queue was asked for that is in our account, and by whom. */
    const gone = (asked?: string) => {
      const text =
        context.face === 'query'
          ? 'The specified queue does not exist for this wsdl version.'
          : 'The specified queue does not exist.';
      const hint = ` A queue of that name is in account ${ACCOUNT}, region ${EAST}; this request is for ${asked}.`;
      const message = asked === undefined ? text : text + hint;
      return { code: 'AWS.SimpleQueueService.NonExistentQueue', status: 400, message };
    };

    it.each([
      '<name>',
      `/${ACCOUNT}/<name>`,
      `/us-east-1/${ACCOUNT}/<name>`,
      `http://any.host.example:1234/${ACCOUNT}/<name>`,
      `http://any.host.example/some/prefix/${ACCOUNT}/<name>`,
      `http://any.host.example/us-east-1/${ACCOUNT}/<name>`,
      `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/<name>`,
      `https://us-east-1.queue.amazonaws.com/${ACCOUNT}/<name>`,
      `https://queue.amazonaws.com/${ACCOUNT}/<name>`,
      `http://[::1]:9080/${ACCOUNT}/<name>`,
      `http://localhost/${ACCOUNT}/<name>/`,
    ])('may be %s', async (form) => {
      const name = String((await context.createQueue()).split('/').at(-1));
      const QueueUrl = form.replace('<name>', name);
      await call('SendMessage', { QueueUrl, MessageBody: form });
      const { Messages } = await call('ReceiveMessage', { QueueUrl });
      expect(Messages).toMatchObject([{ Body: form }]);
    });

    it.each([
      'http://whatever.example',
      'http://whatever.example/',
      'http://whatever.example/<name>',
      `http://whatever.example/${ACCOUNT}`,
      `http://whatever.example/${ACCOUNT}/`,
      `http://whatever.example/${ACCOUNT}/no-such-queue`,
      `/${ACCOUNT}/<name>/more`,
      'http://localhost/00000000000/<name>',
      '__proto__',
      `/${ACCOUNT}/__proto__`,
      'constructor',
      ' ',
      '\u0000',
      '//',
      'http://',
      `/${ACCOUNT}/${'x'.repeat(20_000)}`,
      'x'.repeat(20_000),
      '%2F'.repeat(50),
    ])('names no queue: %.60j', async (form) => {
      const name = String((await context.createQueue()).split('/').at(-1));
      const QueueUrl = form.replace('<name>', name);
      expect(await refusal(call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }))).toEqual(gone());
    });

    const OTHER = `account 999999999999, region ${EAST}, and comes from account ${ACCOUNT}`;
    it.each([
      [`/eu-west-1/${ACCOUNT}/<name>`, `account ${ACCOUNT}, region eu-west-1`],
      [`https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/<name>`, `account ${ACCOUNT}, region eu-west-1`],
      ['http://localhost/999999999999/<name>', OTHER],
    ])('that names another place than the queue has says where it is: %s', async (form, asked) => {
      const QueueName = randomUUID();
      const QueueUrl = form.replace('<name>', QueueName);
      const refused = () => refusal(call('SendMessage', { QueueUrl, MessageBody: 'x' }));
      expect(await refused()).toEqual(gone());
      const stranger = await clientOf(context.face, context.server.endpoint, '123456789012');
      const { QueueUrl: theirs } = await stranger.call('CreateQueue', { QueueName });
      stranger.close();
      expect((await refused()).message).toContain('is in account 123456789012, region us-east-1;');
      // A queue of the caller's own is named before any other, but for the one that was asked for.
      await call('CreateQueue', { QueueName });
      expect(await refused()).toEqual(gone(asked));
      const { message } = await refusal(call('SendMessage', { QueueUrl: theirs, MessageBody: 'x' }));
      expect(message).toContain('is in account 123456789012, region us-east-1;');
      expect(message).toContain(`for account 123456789012, region us-east-1, and comes from account ${ACCOUNT}.`);
    });

    it('is needed', async () => {
      const missing = {
        code: 'MissingParameter',
        status: 400,
        message: 'The request must contain the parameter QueueUrl.',
      };
      for (const QueueUrl of [undefined, '']) {
        expect(await refusal(call('PurgeQueue', { QueueUrl }))).toEqual(missing);
        expect(await refusal(call('SendMessage', { QueueUrl }))).toEqual(missing);
      }
    });

    it.each<[string, object]>([
      ['ChangeMessageVisibility', {}],
      ['ChangeMessageVisibility', { ReceiptHandle: 'x', VisibilityTimeout: -1 }],
      ['ChangeMessageVisibilityBatch', { Entries: [] }],
      ['DeleteMessage', { ReceiptHandle: '' }],
      ['DeleteMessageBatch', {}],
      ['GetQueueAttributes', { AttributeNames: ['Nonsense'] }],
      ['ReceiveMessage', { MaxNumberOfMessages: 11 }],
      ['SendMessage', {}],
      ['SendMessage', { MessageBody: 'x', DelaySeconds: 901 }],
      ['SendMessageBatch', { Entries: [] }],
      ['SetQueueAttributes', {}],
      ['SetQueueAttributes', { Attributes: { Nonsense: '1' } }],
      ['TagQueue', { Tags: { '': '' } }],
      ['UntagQueue', {}],
    ])('is looked up before %s looks at %j', async (action, input) => {
      expect(await refusal(call(action, { QueueUrl: randomUUID(), ...input }))).toEqual(gone());
    });

    it('GetQueueUrl finds a queue by its name', async () => {
      const QueueUrl = await context.createQueue();
      const QueueName = QueueUrl.split('/').at(-1);
      expect(await call('GetQueueUrl', { QueueName })).toEqual({ QueueUrl });
      expect(await call('GetQueueUrl', { QueueName, QueueOwnerAWSAccountId: ACCOUNT })).toEqual({ QueueUrl });
      expect(await refusal(call('GetQueueUrl', { QueueName, QueueOwnerAWSAccountId: '999999999999' }))).toEqual(
        gone(OTHER),
      );
      for (const name of [randomUUID(), '__proto__', 'constructor', '', 'x'.repeat(5000), String(QueueName).slice(1)]) {
        expect(await refusal(call('GetQueueUrl', { QueueName: name }))).toEqual(gone());
      }
      expect(await refusal(call('GetQueueUrl', {}))).toEqual({
        code: 'InvalidParameterValue',
        status: 400,
        message: 'Value for parameter QueueName is invalid. Reason: Must specify a queue name.',
      });
    });

    it("is refused to another account, though it has the name of the other's queue", async () => {
      const QueueUrl = await context.createQueue();
      const QueueName = String(QueueUrl.split('/').at(-1));
      const stranger = await clientOf(context.face, context.server.endpoint, '123456789012');
      const ours = gone(`account ${ACCOUNT}, region ${EAST}, and comes from account 123456789012`);
      const theirs = gone(`account 123456789012, region ${EAST}`);
      expect(await refusal(stranger.call('SendMessage', { QueueUrl, MessageBody: 'x' }))).toEqual(ours);
      expect(await refusal(stranger.call('DeleteQueue', { QueueUrl }))).toEqual(ours);
      expect(await refusal(stranger.call('GetQueueUrl', { QueueName }))).toEqual(theirs);
      expect(await refusal(stranger.call('SendMessage', { QueueUrl: QueueName, MessageBody: 'x' }))).toEqual(theirs);
      const own = await stranger.call('CreateQueue', { QueueName });
      expect(own).toEqual({ QueueUrl: `${context.server.endpoint}/123456789012/${QueueName}` });
      await stranger.call('SendMessage', { ...own, MessageBody: 'theirs' });
      expect((await call('ReceiveMessage', { QueueUrl })).Messages).toBeUndefined();
      stranger.close();
    });
  },
  { faces: AWS },
);

describe('where a server says that it is', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer('memory');
  });
  afterAll(() => server.stop());

  it('is where the client asked', async () => {
    for (const host of ['queues.internal:4566', 'localhost', '[::1]:9080']) {
      const byJson = await ask(server.endpoint, jsonAsking('CreateQueue', { QueueName: 'q' }, { host }));
      expect(JSON.parse(byJson.text)).toEqual({ QueueUrl: `http://${host}/${ACCOUNT}/q` });
      const byForm = await ask(server.endpoint, formAsking({ Action: 'GetQueueUrl', QueueName: 'q' }, { host }));
      expect(byForm.text).toContain(`<QueueUrl>http://${host}/${ACCOUNT}/q</QueueUrl>`);
      const listed = await ask(server.endpoint, jsonAsking('ListQueues', { QueueNamePrefix: 'q' }, { host }));
      expect(JSON.parse(listed.text)).toEqual({ QueueUrls: [`http://${host}/${ACCOUNT}/q`] });
    }
  });

  it('is FASTQUEUE_PUBLIC_URL when that is set', async () => {
    const env = { FASTQUEUE_PUBLIC_URL: 'https://queues.example.com/sqs/' };
    const known = await startServer('memory', { env });
    const client = await clientOf('json', known.endpoint);
    const QueueUrl = `https://queues.example.com/sqs/${ACCOUNT}/q`;
    expect(await client.call('CreateQueue', { QueueName: 'q' })).toEqual({ QueueUrl });
    expect(await client.call('ListQueues', {})).toEqual({ QueueUrls: [QueueUrl] });
    await client.call('SendMessage', { QueueUrl, MessageBody: 'x' });
    client.close();
    await known.stop();
  });

  it('is another account by FASTQUEUE_ACCOUNT_ID, another region by FASTQUEUE_REGION', async () => {
    const env = { FASTQUEUE_ACCOUNT_ID: '424242424242', FASTQUEUE_REGION: 'eu-west-1' };
    const known = await startServer('memory', { env });
    const made = await ask(known.endpoint, formAsking({ Action: 'CreateQueue', QueueName: 'q' }));
    const QueueUrl = `${known.endpoint}/424242424242/q`;
    expect(made.text).toContain(`<QueueUrl>${QueueUrl}</QueueUrl>`);
    const asked = { Action: 'GetQueueAttributes', QueueUrl, AttributeName: 'QueueArn' };
    expect((await ask(known.endpoint, formAsking(asked))).text).toContain('arn:aws:sqs:eu-west-1:424242424242:q');
    await known.stop();
  });
});

describe('two regions', () => {
  let server: TestServer;
  let east: sqs.SQSClient;
  let west: sqs.SQSClient;
  const clientIn = (region: string) =>
    new sqs.SQSClient({
      endpoint: server.endpoint,
      region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  beforeAll(async () => {
    server = await startServer('memory');
    east = clientIn('us-east-1');
    west = clientIn('eu-west-1');
  });
  afterAll(async () => {
    east.destroy();
    west.destroy();
    await server.stop();
  });

  it('are two worlds', async () => {
    const wish = new sqs.CreateQueueCommand({ QueueName: 'both' });
    const here = (await east.send(wish)).QueueUrl;
    const there = (await west.send(wish)).QueueUrl;
    expect(here).toBe(`${server.endpoint}/${ACCOUNT}/both`);
    expect(there).toBe(`${server.endpoint}/eu-west-1/${ACCOUNT}/both`);
    await west.send(new sqs.SendMessageCommand({ QueueUrl: there, MessageBody: 'west' }));
    const received = new sqs.ReceiveMessageCommand({ QueueUrl: here });
    expect((await east.send(received)).Messages).toBeUndefined();
    expect((await west.send(new sqs.ListQueuesCommand({}))).QueueUrls).toEqual([there]);
    expect((await east.send(new sqs.ListQueuesCommand({}))).QueueUrls).toEqual([here]);
    const asked = new sqs.GetQueueAttributesCommand({ QueueUrl: there, AttributeNames: ['QueueArn'] });
    expect((await west.send(asked)).Attributes).toEqual({ QueueArn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:both` });
  });

  it('are told apart by the QueueUrl, then by the path and Host, then by the credential', async () => {
    await west.send(new sqs.CreateQueueCommand({ QueueName: 'west-only' }));
    const arn = async (path: string, QueueUrl: string | undefined, host: string) => {
      const parameters = {
        Action: 'GetQueueAttributes',
        AttributeName: 'QueueArn',
        ...(QueueUrl === undefined ? {} : { QueueUrl }),
      };
      const { text } = await ask(server.endpoint, { ...formAsking(parameters, { host }), path });
      return /<Value>(.*)<\/Value>|<Code>(.*)<\/Code>/.exec(text)?.slice(1).join('');
    };
    const found = `arn:aws:sqs:eu-west-1:${ACCOUNT}:west-only`;
    const gone = 'AWS.SimpleQueueService.NonExistentQueue';
    expect(await arn('/', `/eu-west-1/${ACCOUNT}/west-only`, 'localhost')).toBe(found);
    expect(await arn('/', `http://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/west-only`, 'localhost')).toBe(found);
    expect(await arn(`/eu-west-1/${ACCOUNT}/west-only`, undefined, 'localhost')).toBe(found);
    expect(await arn(`/${ACCOUNT}/west-only`, undefined, 'sqs.eu-west-1.localhost.localstack.cloud:4566')).toBe(found);
    expect(await arn('/', 'west-only', 'eu-west-1.queue.amazonaws.com')).toBe(found);
    expect(await arn('/', 'west-only', 'localhost')).toBe(gone);
    expect(await arn('/', `/us-east-1/${ACCOUNT}/west-only`, 'sqs.eu-west-1.amazonaws.com')).toBe(gone);
    const both = new sqs.GetQueueUrlCommand({ QueueName: 'west-only' });
    await expect(east.send(both)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    expect((await west.send(both)).QueueUrl).toBe(`${server.endpoint}/eu-west-1/${ACCOUNT}/west-only`);
  });
});
