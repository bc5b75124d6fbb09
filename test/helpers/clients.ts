/**
 * Three ways to ask for an action, each through what people use: the AWS SDK (JSON), signed Query requests read with
 * xml2js, and REST with a token. Inputs and outputs are AWS's members on every face, so that one test runs on all.
 */
import { createRequire } from 'node:module';
import { type SendMessageCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import aws4 from 'aws4';
import { parseStringPromise } from 'xml2js';
import { actions } from '../../src/actions/index.ts';
import type { Shape } from '../../src/contract/shape.ts';

export type FaceName = 'json' | 'query' | 'rest';
export const FACES: FaceName[] = ['json', 'query', 'rest'];

// biome-ignore format: one line a member reads best
export interface Answer { [member: string]: unknown }

/** What a refused action said, the same on every face: the Query code (REST: none), the text, the HTTP status. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export interface Client {
  face: FaceName;
  /** Runs one action; `signal` ends the connection. */
  call(action: string, input: Record<string, unknown>, signal?: AbortSignal): Promise<Answer>;
  close(): void;
}

/** A client of `endpoint` on a face, acting for the server's account (or `account`, on the AWS faces). */
export async function clientOf(face: FaceName, endpoint: string, account = 'test'): Promise<Client> {
  if (face === 'json') return jsonClient(endpoint, account);
  return face === 'query' ? queryClient(endpoint, account) : restClient(endpoint);
}

/** Every command class of the SDK, by name. */
const commands = createRequire(import.meta.url)('@aws-sdk/client-sqs') as Record<
  string,
  new (
    input: object,
  ) => SendMessageCommand
>;

function jsonClient(endpoint: string, account: string): Client {
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: account, secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    face: 'json',
    async call(action, input, signal) {
      const Command = commands[`${action}Command`]!;
      try {
        const { $metadata: _, ...output } = await client.send(
          new Command(input),
          signal ? { abortSignal: signal } : {},
        );
        return output as unknown as Answer;
      } catch (error) {
        if (!(error instanceof SQSServiceException)) throw error;
        const { Error: detail } = error as unknown as { Error?: { Code?: string } };
        throw new Refused(detail?.Code ?? error.name, error.message, error.$metadata.httpStatusCode ?? 0);
      }
    },
    close: () => client.destroy(),
  };
}

/** Query parameters of a value, by walking its shape. */
export function parametersOf(shape: Shape<unknown>, value: unknown, prefix = ''): [string, string][] {
  if (value === undefined) return [];
  const { wire, key = 'Name', value: valueName = 'Value' } = shape.traits;
  const place = wire === undefined ? prefix : `${prefix.split('.').slice(0, -1).concat(wire).join('.')}`;
  switch (shape.kind) {
    case 'structure':
      return Object.entries(shape.members!).flatMap(([name, member]) =>
        parametersOf(member, (value as Answer)[name], prefix === '' ? name : `${prefix}.${name}`),
      );
    case 'list':
      return (value as unknown[]).flatMap((item, i) => parametersOf(shape.element!, item, `${place}.${i + 1}`));
    case 'map':
      return Object.entries(value as Answer).flatMap(([name, item], i) => [
        [`${place}.${i + 1}.${key}`, name] as [string, string],
        ...parametersOf(shape.element!, item, `${place}.${i + 1}.${valueName}`),
      ]);
    case 'blob':
      return [[prefix, Buffer.from(value as Uint8Array).toString('base64')]];
    default:
      return [[prefix, String(value)]];
  }
}

// biome-ignore format: as above
interface Xml { [element: string]: (Xml | string)[] }

/** A value of the output shape out of xml2js's arrays. */
function valueFrom(shape: Shape<unknown>, elements: (Xml | string)[] | undefined): unknown {
  if (elements === undefined) return undefined;
  const [first = ''] = elements;
  if (shape.kind === 'structure') {
    const entries = Object.entries(shape.members!).map(([name, member]) => {
      const found = first === '' ? undefined : (first as Xml)[member.traits.wire ?? name];
      return [name, valueFrom(member, found)];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (shape.kind === 'list') return elements.map((element) => valueFrom(shape.element!, [element]));
  if (shape.kind === 'map') {
    const { key = 'Name', value = 'Value' } = shape.traits;
    const pairs = elements as Xml[];
    return Object.fromEntries(pairs.map((pair) => [pair[key]![0], valueFrom(shape.element!, pair[value])]));
  }
  const text = first as string;
  if (shape.kind === 'integer') return Number(text);
  if (shape.kind === 'boolean') return text === 'true';
  return shape.kind === 'blob' ? new Uint8Array(Buffer.from(text, 'base64')) : text;
}

function queryClient(endpoint: string, account: string): Client {
  const { host } = new URL(endpoint);
  return {
    face: 'query',
    async call(action, input, signal) {
      const row = actions.get(action);
      const parameters = row === undefined ? [] : parametersOf(row.input, input);
      const body = new URLSearchParams([['Action', action], ['Version', '2012-11-05'], ...parameters]).toString();
      const signed = aws4.sign(
        {
          host,
          path: '/',
          method: 'POST',
          service: 'sqs',
          region: 'us-east-1',
          body,
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        },
        { accessKeyId: account, secretAccessKey: 'test' },
      );
      const { Host: _, 'Content-Length': __, ...headers } = signed.headers as Record<string, string>;
      const response = await fetch(endpoint, { method: 'POST', headers, body, ...(signal ? { signal } : {}) });
      const document = (await parseStringPromise(await response.text())) as Record<string, Xml>;
      if (!response.ok) {
        const error = (document.ErrorResponse!.Error as Xml[])[0] as Xml;
        throw new Refused(String(error.Code![0]), String(error.Message![0]), response.status);
      }
      const result = (document[`${action}Response`] as Xml)[`${action}Result`];
      return (valueFrom(row!.output, result ?? ['']) ?? {}) as Answer;
    },
    close() {},
  };
}

/** REST takes and gives AWS's members on `POST /v1/queue/{name}`; the queues themselves have routes of their own. */
async function restClient(endpoint: string): Promise<Client> {
  const json = { 'content-type': 'application/json' };
  const credentials = JSON.stringify({ username: 'admin', password: 'password' });
  const login = await fetch(`${endpoint}/v1/auth/login`, { method: 'POST', headers: json, body: credentials });
  const { access_token } = (await login.json()) as { access_token: string };
  const headers = { ...json, authorization: `Bearer ${access_token}` };
  const ask = async (path: string, method: string, body?: unknown, signal?: AbortSignal): Promise<Answer> => {
    const response = await fetch(`${endpoint}/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body, bytesAsBase64) }),
      ...(signal ? { signal } : {}),
    });
    const text = await response.text();
    const answer = text === '' ? {} : JSON.parse(text);
    if (!response.ok) throw new Refused('', answer.detail, response.status);
    return answer;
  };
  return {
    face: 'rest',
    async call(action, input, signal) {
      const { QueueUrl, QueueName, Attributes, tags, ...members } = input as Record<string, string>;
      if (action === 'CreateQueue') {
        const { name } = await ask('/queues', 'POST', { name: QueueName, attributes: Attributes, tags });
        return { QueueUrl: `${endpoint}/000000000000/${name}` };
      }
      const name = encodeURIComponent(QueueUrl?.split('/').at(-1) ?? '');
      if (action === 'DeleteQueue') return ask(`/queues/${name}`, 'DELETE');
      return ask(
        `/queue/${name}`,
        'POST',
        { Action: action, ...members, ...(Attributes ? { Attributes } : {}) },
        signal,
      );
    },
    close() {},
  };
}

const bytesAsBase64 = (_: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
