/** What a newcomer types: the README's first page as it stands there, and the quick start of the first FastQueue. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STORES, startServer, type TestServer } from '../helpers/server.ts';

const run = promisify(execFile);
const firstPage = readFileSync('README.md', 'utf8').split('\n## ')[1] ?? '';
const blocks = [...firstPage.matchAll(/```(bash|js)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text,
}));

describe.each(STORES)('the first page of the README, store %s', (store) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(store);
  });
  afterAll(() => server.stop());
  const here = (text = '') => text.replaceAll('http://127.0.0.1:9080', server.endpoint);
  const shell = (script: string) => run('bash', ['-euo', 'pipefail', '-c', here(script)]);

  it('has its four blocks', () => {
    expect(blocks.map(({ language }) => language)).toEqual(['bash', 'js', 'bash', 'bash']);
  });

  it('works with an AWS SDK', async () => {
    const [exports, program] = blocks;
    const code = `${program!.text}\nconsole.log(JSON.stringify(Messages.map(({ Body }) => Body)));`;
    const script = `${exports!.text}\nexec "${process.execPath}" --no-warnings --input-type=module -e "$CODE"`;
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here(script)], {
      env: { ...process.env, CODE: code },
    });
    expect(JSON.parse(stdout)).toEqual(['hello']);
  });

  it('works with curl and Query', async () => {
    const { stdout } = await shell(blocks[2]!.text!);
    expect(stdout).toContain(`<QueueUrl>${server.endpoint}/000000000000/second</QueueUrl>`);
    expect(stdout).toContain('<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592</MD5OfMessageBody>');
    expect(stdout).toContain('<Body>hello</Body>');
  });

  it('works with curl and REST', async () => {
    const { stdout } = await shell(blocks[3]!.text!);
    expect(stdout).toContain('"name":"third"');
    expect(stdout).toContain('"status":"sent"');
    expect(stdout).toContain('"Body":"hello"');
  });
});

describe.each(STORES)('the quick start of the first FastQueue, store %s', (store) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(store);
  });
  afterAll(() => server.stop());
  const call = async (method: string, path: string, body?: object, token?: string) => {
    const response = await fetch(`${server.endpoint}/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? '' : JSON.parse(text) };
  };

  it('goes from a user to a deleted message', async () => {
    const ann = { username: 'ann', password: 'a long password' };
    expect(await call('POST', '/auth/register', ann)).toEqual({ status: 200, body: { username: 'ann' } });
    const login = await call('POST', '/auth/login', ann);
    expect(login).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String), refresh_token: expect.any(String) },
    });
    const token = login.body.access_token;
    const made = { name: 'my-queue', message_count: 0, max_length: 10_000, visibility_timeout: 30 };
    expect(await call('POST', '/queues', { name: 'my-queue' }, token)).toEqual({ status: 201, body: made });
    expect(await call('GET', '/queues', undefined, token)).toEqual({ status: 200, body: { queues: [made] } });

    const act = (body: object) => call('POST', '/queue/my-queue', body, token);
    const sent = await act({
      Action: 'SendMessage',
      MessageBody: 'Hello, FastQueue!',
      MessageAttributes: { priority: 'high' },
    });
    expect(sent).toMatchObject({ status: 200, body: { MessageId: expect.any(String), status: 'sent' } });
    const received = await act({ Action: 'ReceiveMessage', MaxNumberOfMessages: 1 });
    expect(received).toMatchObject({
      status: 200,
      body: {
        Messages: [
          {
            MessageId: sent.body.MessageId,
            Body: 'Hello, FastQueue!',
            Attributes: { priority: 'high' },
            ReceiptHandle: expect.any(String),
          },
        ],
      },
    });
    const [{ ReceiptHandle }] = received.body.Messages;
    expect(await act({ Action: 'DeleteMessage', ReceiptHandle })).toEqual({
      status: 200,
      body: { message: 'Message deleted successfully' },
    });
    expect(await act({ Action: 'DeleteMessage', ReceiptHandle })).toEqual({
      status: 404,
      body: { detail: 'Message not found.' },
    });
    expect(await act({ Action: 'ReceiveMessage' })).toEqual({ status: 200, body: { Messages: [] } });
    expect(await call('DELETE', '/queues/my-queue', undefined, token)).toEqual({ status: 204, body: '' });
    expect(await call('DELETE', '/queues/my-queue', undefined, token)).toEqual({
      status: 404,
      body: { detail: 'Queue not found.' },
    });
  });
});
