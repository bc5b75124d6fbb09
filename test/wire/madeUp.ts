/** Operations that SQS does not have, with a member of every kind and form, and requests for them. */
import { type Operation, QueueUrl } from '../../src/contract/action.ts';
import type { HttpRequest } from '../../src/contract/face.ts';
import { blob, boolean, integer, list, map, string, structure } from '../../src/contract/shape.ts';

const mark = structure({
  Kind: string.required(),
  Bytes: blob,
  Lines: list(string, { wire: 'Line' }),
});

const marks = map(mark, { wire: 'Mark', key: 'Name', value: 'Value' });
const labels = map(string, { wire: 'Label', key: 'Key', value: 'Value' });

/** Takes and gives everything. */
export const shelveBook: Operation = {
  name: 'ShelveBook',
  input: structure({
    QueueUrl,
    Title: string.required(),
    Copies: integer,
    OnLoan: boolean,
    Cover: blob,
    Shelves: list(string, { wire: 'Shelf' }),
    Years: list(integer),
    Notes: map(string, { wire: 'Note', key: 'Name', value: 'Value' }),
    Labels: labels,
    Pages: list(structure({ Id: string.required(), Text: string, Marks: marks }), { wire: 'PageEntry' }),
  }),
  output: structure({
    Title: string,
    Copies: integer,
    OnLoan: boolean,
    Cover: blob,
    Shelves: list(string, { wire: 'Shelf' }),
    Labels: labels,
    Messages: list(structure({ Id: string, Text: string, Marks: marks }), { wire: 'Message' }),
  }),
  errors: [],
  onQueue: true,
};

/** Gives nothing. */
export const burnBook: Operation = {
  name: 'BurnBook',
  input: structure({ Title: string.required() }),
  output: structure({}),
  errors: [],
  onQueue: false,
};

export const ID = '8c2b1c0e-5f5c-4b0e-9d0a-4b1f0b1d2c3e';
export const QUEUE_PATH = '/000000000000/jobs';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const JSON_1_0 = 'application/x-amz-json-1.0';

/** A request as the server hands it to a face. */
export const requestOf = ({
  body = '',
  ...rest
}: Partial<Omit<HttpRequest, 'body'>> & { body?: string | Uint8Array } = {}): HttpRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  id: ID,
  remote: '127.0.0.1',
  ...rest,
  body: Buffer.from(body as string),
});

export const formOf = (body: string | Uint8Array, rest: Partial<Omit<HttpRequest, 'body'>> = {}): HttpRequest =>
  requestOf({ headers: FORM, body, ...rest });
