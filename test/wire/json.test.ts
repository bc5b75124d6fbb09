import { describe, expect, it } from 'vitest';
import { jsonFace } from '../../compat/json.ts';
import { ServiceError } from '../../src/contract/errors.ts';
import { check } from '../../src/contract/shape.ts';
import { burnBook, ID, JSON_1_0, QUEUE_PATH, requestOf, shelveBook } from './madeUp.ts';

const target = (value: string) => ({ 'x-amz-target': value });
const decode = (body: string | Uint8Array) => jsonFace.decode(shelveBook, requestOf({ body }));
const encode = (output: object, operation = shelveBook) => jsonFace.encode(operation, output, requestOf());
const refusal = (body: string | Uint8Array) => {
  try {
    return decode(body);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [error.error, error.message];
  }
};

describe('which requests are JSON', () => {
  it.each([
    ['at the root', '/', { action: 'ShelveBook' }],
    ['at a path that is no queue', '/some/where', { action: 'ShelveBook' }],
    ['at a queue', QUEUE_PATH, { action: 'ShelveBook', queueUrl: QUEUE_PATH }],
    [
      'at a queue of a region',
      `/eu-west-1${QUEUE_PATH}`,
      { action: 'ShelveBook', queueUrl: `/eu-west-1${QUEUE_PATH}` },
    ],
    ['behind a prefix', `/a/b${QUEUE_PATH}`, { action: 'ShelveBook', queueUrl: `/a/b${QUEUE_PATH}` }],
  ])('%s', (_, path, match) => {
    expect(jsonFace.match(requestOf({ path, headers: target('AmazonSQS.ShelveBook') }))).toEqual(match);
  });

  it.each([
    ['no target', { 'content-type': JSON_1_0 }],
    ['a charset, capitals', { 'content-type': 'Application/X-Amz-JSON-1.0; charset=utf-8' }],
    ['the target of another service', target('DynamoDB_20120810.GetItem')],
    ['a prefix in other letters', target('amazonsqs.ShelveBook')],
    ['a prefix alone', target('AmazonSQS.')],
  ])('%s names no action', (_, headers) => {
    expect(jsonFace.match(requestOf({ headers }))).toEqual({ action: '' });
    expect(jsonFace.match(requestOf({ headers, path: QUEUE_PATH }))?.action).toBe('');
  });

  it.each([{}, { 'content-type': 'application/json' }, { 'content-type': 'application/x-www-form-urlencoded' }])(
    'not %o',
    (headers) => {
      expect(jsonFace.match(requestOf({ headers }))).toBeUndefined();
    },
  );
});

describe('reading', () => {
  it('an empty body is an empty input', () => {
    expect(decode('')).toEqual({});
  });

  it('gives the tree as it is sent', () => {
    expect(decode('{"Title":"ä","Copies":"2","Unknown":[1,{"a":null}]}')).toEqual({
      Title: 'ä',
      Copies: '2',
      Unknown: [1, { a: null }],
    });
  });

  it.each([
    ['broken JSON', '{"Title":', 'The request is not valid JSON.'],
    ['two values', '{}{}', 'The request is not valid JSON.'],
    ['a list', '[]', 'The request must be a JSON object.'],
    ['a string', '"secret"', 'The request must be a JSON object.'],
    ['null', 'null', 'The request must be a JSON object.'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xc3, 0x28, 0x22), 'The request is not valid UTF-8.'],
    ['half a surrogate pair in UTF-8', Uint8Array.of(0xed, 0xa0, 0x80), 'The request is not valid UTF-8.'],
    ['17 levels', `{"a":${'['.repeat(16)}${']'.repeat(16)}}`, 'The request is nested deeper than 16 levels.'],
    ['three million levels', '['.repeat(3_000_000), 'The request is nested deeper than 16 levels.'],
    // Readers of strings that step back at the end of a text take hours for this one.
    ['a string without end', `${'[]'.repeat(17)}"${'\\"'.repeat(2_000_000)}`, 'The request is not valid JSON.'],
  ])('%s', (_, body, message) => {
    expect(refusal(body)).toEqual(['SerializationException', message]);
  });

  it('takes 16 levels, and any brackets in strings', () => {
    const levels = `{"a":${'['.repeat(15)}${']'.repeat(15)},"b":[[],[]]}`;
    expect(decode(levels)).toEqual(JSON.parse(levels));
    const texts = { Title: `${'{['.repeat(50)}\\`, Notes: { a: `"${'{'.repeat(40)}\\` }, Shelves: Array(40).fill({}) };
    expect(decode(JSON.stringify(texts))).toEqual(texts);
  });

  it('keeps __proto__ as the name of an entry', () => {
    const tree = decode(
      '{"QueueUrl":"q","Title":"t","Notes":{"__proto__":"x","constructor":"y"},"__proto__":{"Copies":3}}',
    );
    const input = check(shelveBook.input, tree) as { Notes: object; Copies?: number };
    expect(Object.entries(input.Notes)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(input.Copies).toBeUndefined();
    expect(({} as { Copies?: number }).Copies).toBeUndefined();
  });
});

describe('answering', () => {
  const headers = { 'content-type': JSON_1_0, 'x-amzn-requestid': ID };

  it('every kind of member', () => {
    const output = {
      Title: 'Ä "quoted"',
      Copies: 0,
      OnLoan: false,
      Cover: Buffer.from([0, 255]),
      Shelves: ['a', ''],
      Labels: Object.fromEntries([['__proto__', '']]),
      Messages: [{ Id: '1', Text: undefined, Marks: { m: { Kind: 'k', Bytes: Buffer.from('b'), Lines: [] } } }],
    };
    expect(encode(output)).toEqual({
      status: 200,
      headers,
      body:
        '{"Title":"Ä \\"quoted\\"","Copies":0,"OnLoan":false,"Cover":"AP8=","Shelves":["a",""],' +
        '"Labels":{"__proto__":""},"Messages":[{"Id":"1","Marks":{"m":{"Kind":"k","Bytes":"Yg==","Lines":[]}}}]}',
    });
  });

  it.each([
    ['nothing', {}],
    ['empty lists and maps', { Shelves: [], Labels: {}, Messages: [] }],
    ['what the shape does not know', { Secret: 'x', Title: undefined }],
  ])('leaves out %s', (_, output) => {
    expect(encode(output)).toEqual({ status: 200, headers, body: '{}' });
  });

  it('keeps the empty string and empty bytes', () => {
    expect(encode({ Title: '', Cover: Buffer.alloc(0) }).body).toBe('{"Title":"","Cover":""}');
  });

  it('an operation without output has no body', () => {
    expect(encode({}, burnBook)).toEqual({ status: 200, headers, body: '' });
  });
});

describe('refusing', () => {
  const encodeError = (error: ServiceError) => jsonFace.encodeError(error, requestOf());

  it.each([
    [
      new ServiceError('QueueDoesNotExist'),
      400,
      'AWS.SimpleQueueService.NonExistentQueue;Sender',
      '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}',
    ],
    [
      new ServiceError('InvalidParameterValue', 'Value "1" is <bad>.'),
      400,
      'InvalidParameterValue;Sender',
      '{"__type":"com.amazon.coral.service#InvalidParameterValueException","message":"Value \\"1\\" is <bad>."}',
    ],
    [
      new ServiceError('ReceiptHandleIsInvalid', 'no'),
      404,
      'ReceiptHandleIsInvalid;Sender',
      '{"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid","message":"no"}',
    ],
    [
      new ServiceError('QueueFull'),
      403,
      'OverLimit;Sender',
      '{"__type":"com.amazonaws.sqs#OverLimit","message":"Queue is full."}',
    ],
    [
      new ServiceError('SerializationException', 'no'),
      400,
      'MalformedInput;Sender',
      '{"__type":"com.amazon.coral.service#SerializationException","Message":"no","message":"no"}',
    ],
    [
      new ServiceError('InternalFailure'),
      500,
      'InternalFailure;Receiver',
      '{"__type":"com.amazon.coral.service#InternalFailure",' +
        '"Message":"The request processing has failed because of an unknown error.",' +
        '"message":"The request processing has failed because of an unknown error."}',
    ],
    [
      new ServiceError('InvalidAction', 'The action X is not valid for this endpoint.'),
      400,
      'InvalidAction;Sender',
      '{"__type":"com.amazon.coral.service#UnknownOperationException"}',
    ],
    [
      new ServiceError('MissingAction', 'The request must contain the parameter Action.'),
      400,
      'MissingAction;Sender',
      '{"__type":"com.amazon.coral.service#UnknownOperationException"}',
    ],
  ])('%s', (error, status, queryError, body) => {
    expect(encodeError(error)).toEqual({
      status,
      headers: { 'content-type': JSON_1_0, 'x-amzn-requestid': ID, 'x-amzn-query-error': queryError },
      body,
    });
  });

  it('503 asks to come again', () => {
    expect(encodeError(new ServiceError('ServiceUnavailable'))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'x-amzn-query-error': 'ServiceUnavailable;Receiver' },
    });
  });
});
