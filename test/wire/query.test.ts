import { describe, expect, it } from 'vitest';
import { queryFace } from '../../compat/query.ts';
import { QueueUrl } from '../../src/contract/action.ts';
import { ServiceError } from '../../src/contract/errors.ts';
import { structure } from '../../src/contract/shape.ts';
import { burnBook, FORM, formOf, ID, QUEUE_PATH, requestOf, shelveBook } from './madeUp.ts';

const XMLNS = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"';
const ACCEPT_JSON = { headers: { accept: 'text/html, application/json;q=0.9' } };

const decode = (body: string | Uint8Array, query = '') => queryFace.decode(shelveBook, formOf(body, { query }));
const refusalOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [error.error, error.message];
  }
};
const refusal = (body: string | Uint8Array) => refusalOf(() => decode(body));

describe('which requests are Query', () => {
  it.each([
    ['a form', formOf('Action=BurnBook&Version=2012-11-05'), { action: 'BurnBook' }],
    ['a form with the action last', formOf('Title=Action=x&Action=BurnBook'), { action: 'BurnBook' }],
    [
      'a form with a charset',
      formOf('Action=A', { headers: { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=utf-8' } }),
      { action: 'A' },
    ],
    ['a form at a queue', formOf('Action=A', { path: QUEUE_PATH }), { action: 'A', queueUrl: QUEUE_PATH }],
    ['a form elsewhere', formOf('Action=A', { path: '/some/where' }), { action: 'A' }],
    ['a form with the action in the query string', formOf('Title=x', { query: 'Action=A' }), { action: 'A' }],
    ['a form whose action beats the query string', formOf('Action=A', { query: 'Action=B' }), { action: 'A' }],
    ['a form with two actions', formOf('Action=A&Action=B'), { action: 'A' }],
    ['a form without action', formOf('NoAction=A&ReAction=B'), { action: '' }],
    ['an escaped action', formOf('Action=%D6l+%26'), { action: '%D6l+%26' }],
    ['an action in UTF-8', formOf('Action=%C3%96l+%26'), { action: 'Öl &' }],
    ['a GET with an action', requestOf({ method: 'GET', query: 'Version=1&Action=A' }), { action: 'A' }],
    [
      'a GET at a queue behind a prefix',
      requestOf({ method: 'GET', path: `/p/eu-west-1${QUEUE_PATH}/`, query: 'Action=A' }),
      { action: 'A', queueUrl: `/p/eu-west-1${QUEUE_PATH}/` },
    ],
    [
      'a POST without body and an action in the query string',
      requestOf({ query: 'Action=A', headers: { 'content-type': 'text/plain' } }),
      { action: 'A' },
    ],
    [
      'a GET at a queue, without action',
      requestOf({ method: 'GET', path: QUEUE_PATH }),
      { action: '', queueUrl: QUEUE_PATH },
    ],
    ['a GET at the root, without action', requestOf({ method: 'GET' }), { action: '' }],
  ])('%s', (_, request, match) => {
    expect(queryFace.match(request)).toEqual(match);
  });

  it.each([
    ['a GET elsewhere', requestOf({ method: 'GET', path: '/favicon.ico', query: 'ReAction=A' })],
    ['a POST of JSON', requestOf({ headers: { 'content-type': 'application/json' }, body: '{"Action":"A"}' })],
    ['another method', requestOf({ method: 'PUT', query: 'Action=A' })],
    ['a form that is put', requestOf({ method: 'PUT', headers: FORM, body: 'Action=A' })],
    ['a form of another kind', requestOf({ headers: { 'content-type': 'application/x-www-form-urlencodedish' } })],
  ])('not %s', (_, request) => {
    expect(queryFace.match(request)).toBeUndefined();
  });
});

describe('reading', () => {
  it.each([
    ['nothing', '', {}],
    [
      'scalars as text',
      'Title=a&Copies=2&OnLoan=true&Cover=AP8%3D',
      { Title: 'a', Copies: '2', OnLoan: 'true', Cover: 'AP8=' },
    ],
    ['plus, percent and equals signs', 'Title=a+b%2Bc+%20=%3D%26%0D%0A', { Title: 'a b+c  ==&\r\n' }],
    ['UTF-8, escaped and raw', 'Title=%C3%A4%F0%9F%98%80ä', { Title: 'ä😀ä' }],
    ['an escaped name', '%54itle=a', { Title: 'a' }],
    ['an empty value, and none', 'Title=&Copies', { Title: '', Copies: '' }],
    ['empty parameters', '&&Title=a&&', { Title: 'a' }],
    ['the first of two', 'Title=a&Title=b', { Title: 'a' }],
    ['nothing unknown', 'Action=ShelveBook&Version=1&Titles=a&Title.1=b&X.Y.Z=1&.=2', {}],
    ['a list', 'Shelf.1=a&Shelf.2=b', { Shelves: ['a', 'b'] }],
    ['a list by its member', 'Shelves.1=a&Shelves.2=b', { Shelves: ['a', 'b'] }],
    ['a list without index', 'Shelf=a', { Shelves: ['a'] }],
    ['a list with gaps, out of order', 'Shelf.10=c&Shelf.9=b&Shelf.2=a', { Shelves: ['a', 'b', 'c'] }],
    ['a list up to the last index', 'Shelf.9999999=b&Shelf.1=a', { Shelves: ['a', 'b'] }],
    [
      'no index of another form',
      'Shelf.1=a&Shelf.01=b&Shelf.0=c&Shelf.-1=d&Shelf.1e1=e&Shelf.10000000=f',
      { Shelves: ['a'] },
    ],
    ['a list without a name of its own', 'Years.2=2001&Years.1=1999', { Years: ['1999', '2001'] }],
    ['an empty text in a list', 'Shelf.1=', { Shelves: [''] }],
    ['a map', 'Note.1.Name=a&Note.1.Value=x&Note.2.Value=&Note.2.Name=', { Notes: { a: 'x', '': '' } }],
    ['a map by its member', 'Notes.1.Name=a&Notes.1.Value=x', { Notes: { a: 'x' } }],
    ['a map without index', 'Note.Name=a&Note.Value=x', { Notes: { a: 'x' } }],
    [
      'a map with a key of its own',
      'Label.1.Key=a&Label.1.Value=x&Label.3.Key=b&Label.3.Value=y',
      { Labels: { a: 'x', b: 'y' } },
    ],
    ['such a map without index', 'Label.Key=a&Label.Value=x', { Labels: { a: 'x' } }],
    [
      'structures at every depth',
      'PageEntry.1.Id=1&PageEntry.1.Mark.1.Name=m&PageEntry.1.Mark.1.Value.Kind=k&PageEntry.1.Mark.1.Value.Bytes=AA%3D%3D' +
        '&PageEntry.1.Mark.1.Value.Line.2=y&PageEntry.1.Mark.1.Value.Line.1=x&PageEntry.2.Text=t',
      { Pages: [{ Id: '1', Marks: { m: { Kind: 'k', Bytes: 'AA==', Lines: ['x', 'y'] } } }, { Text: 't' }] },
    ],
    [
      'a structure with nothing in it',
      'PageEntry.1.Mark.1.Name=m&PageEntry.1.Mark.1.Value=',
      { Pages: [{ Marks: { m: {} } }] },
    ],
  ])('%s', (_, body, tree) => {
    expect(decode(body)).toEqual(tree);
  });

  it('the query string together with the body, which wins', () => {
    expect(decode('Title=a&Shelf.2=y', 'Title=b&Copies=1&Shelf.1=x')).toEqual({
      Title: 'a',
      Copies: '1',
      Shelves: ['x', 'y'],
    });
  });

  it('the query string of a GET, whose body is not looked at', () => {
    const request = formOf('Title=b', { method: 'GET', query: `Title=${Buffer.from('ä').toString('latin1')}` });
    expect(queryFace.decode(shelveBook, request)).toEqual({ Title: 'ä' });
  });

  it('2,000 parameters, and no more', () => {
    const parameters = Array.from({ length: 2000 }, (_, i) => `Shelf.${i + 1}=s`);
    expect(decode(parameters.slice(1).join('&'), parameters[0])).toEqual({ Shelves: Array(2000).fill('s') });
    const error = ['SerializationException', 'The request has more than 2000 parameters.'];
    expect(refusal(`${parameters.join('&')}&Title=a`)).toEqual(error);
    expect(refusalOf(() => decode(parameters.join('&'), 'Title=a'))).toEqual(error);
  });

  it('a name of millions of parts is not known', () => {
    expect(decode(`${'Shelf.'.repeat(900_000)}=x&Title=a`)).toEqual({ Title: 'a' });
  });

  const badText = 'The request has a parameter that is not valid percent-encoded UTF-8.';
  it.each([
    ['a percent sign alone', 'Title=100%', badText],
    ['no hexadecimal digits', 'Title=%zz', badText],
    ['bytes that are not UTF-8, escaped', 'Title=%c3%28', badText],
    ['half a surrogate pair', 'Title=%ed%a0%80', badText],
    ['a name like that', '%ff=1', badText],
    ['bytes that are not UTF-8', Uint8Array.of(0x54, 0x3d, 0xff), 'The request is not valid UTF-8.'],
    ['a list that is empty', 'Shelf=', 'End of list found where not expected'],
    ['a list of structures that is empty', 'PageEntry=', 'End of list found where not expected'],
  ])('refuses %s', (_, body, message) => {
    expect(refusal(body)).toEqual(['SerializationException', message]);
  });

  it.each([
    ['Note.Name=a', 'Note.Value'],
    ['Note.1.Name=a', 'Note.Value'],
    ['Note.1.Value=a', 'Note.Name'],
    ['Note=', 'Note.Name'],
    ['Labels.1.Key=a', 'Label.Value'],
    ['PageEntry.1.Mark.1.Value.Kind=k', 'Mark.Name'],
  ])('%s lacks a parameter', (body, name) => {
    expect(refusal(body)).toEqual(['MissingParameter', `The request must contain the parameter ${name}.`]);
  });

  it('names of the language are data where names are data, and nothing elsewhere', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const names = ['__proto__', 'constructor', 'toString'];
    const notes = names.map((name, i) => `Note.${i + 1}.Name=${name}&Note.${i + 1}.Value=v`).join('&');
    const tree = decode(
      `${notes}&__proto__.polluted=1&Note.__proto__.polluted=1&Note.constructor.prototype.polluted=1` +
        '&__proto__=1&constructor.prototype.Title=1&Shelf.__proto__=1&Shelf.length=9',
    ) as { Notes: object };
    expect(Object.keys(tree.Notes)).toEqual(names);
    expect(Object.keys(tree)).toEqual(['Shelves', 'Notes']);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });
});

describe('at a queue', () => {
  const named = (name: string) => ({ ...burnBook, name, input: structure({ QueueUrl }) });
  const at = (name: string, path: string) => refusalOf(() => queryFace.decode(named(name), formOf('', { path })));

  it.each(['CreateQueue', 'ListQueues'])('%s is refused', (name) => {
    const error = ['InvalidAction', `The action ${name} is not valid for this endpoint.`];
    expect(at(name, QUEUE_PATH)).toEqual(error);
    expect(at(name, `/eu-west-1${QUEUE_PATH}`)).toEqual(error);
    expect(at(name, '/')).toEqual({});
  });

  it('others are not', () => {
    expect(at('GetQueueUrl', QUEUE_PATH)).toEqual({});
  });
});

describe('answering', () => {
  const headers = { 'content-type': 'text/xml', 'x-amzn-requestid': ID };
  const metadata = `<ResponseMetadata><RequestId>${ID}</RequestId></ResponseMetadata>`;

  it.each([
    [
      'what there is',
      { Title: '<a>', Shelves: ['x', 'y'], Labels: { k: 'v' } },
      '<ShelveBookResult><Title>&lt;a&gt;</Title><Shelf>x</Shelf><Shelf>y</Shelf>' +
        '<Label><Key>k</Key><Value>v</Value></Label></ShelveBookResult>',
    ],
    ['nothing', { Shelves: [] }, '<ShelveBookResult/>'],
  ])('%s', (_, output, result) => {
    expect(queryFace.encode(shelveBook, output, requestOf())).toEqual({
      status: 200,
      headers,
      body: `<?xml version="1.0"?>\n<ShelveBookResponse ${XMLNS}>${result}${metadata}</ShelveBookResponse>`,
    });
  });

  it('an operation without output has only metadata', () => {
    expect(queryFace.encode(burnBook, {}, requestOf({ headers: { accept: '*/*' } }))).toEqual({
      status: 200,
      headers,
      body: `<?xml version="1.0"?>\n<BurnBookResponse ${XMLNS}>${metadata}</BurnBookResponse>`,
    });
  });

  it.each([
    [
      new ServiceError('QueueDoesNotExist'),
      400,
      'Sender',
      'AWS.SimpleQueueService.NonExistentQueue',
      'The specified queue does not exist for this wsdl version.',
    ],
    [
      new ServiceError('InvalidParameterValue', 'Value <\b> & "'),
      400,
      'Sender',
      'InvalidParameterValue',
      'Value &lt;\ufffd&gt; &amp; &quot;',
    ],
    [new ServiceError('OverLimit', 'no'), 403, 'Sender', 'OverLimit', 'no'],
    [
      new ServiceError('InternalFailure'),
      500,
      'Receiver',
      'InternalFailure',
      'The request processing has failed because of an unknown error.',
    ],
  ])('%s', (error, status, type, code, message) => {
    expect(queryFace.encodeError(error, requestOf())).toEqual({
      status,
      headers,
      body:
        `<?xml version="1.0"?>\n<ErrorResponse ${XMLNS}><Error><Type>${type}</Type><Code>${code}</Code>` +
        `<Message>${message}</Message><Detail/></Error><RequestId>${ID}</RequestId></ErrorResponse>`,
    });
  });

  it('503 asks to come again', () => {
    const reply = queryFace.encodeError(new ServiceError('ServiceUnavailable'), requestOf());
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  it.each([{}, ACCEPT_JSON])('a GET of a queue without action: XML of that name, %o', (accept) => {
    expect(queryFace.encodeError(new ServiceError('UnknownOperationException'), requestOf(accept))).toEqual({
      status: 404,
      headers,
      body: '<UnknownOperationException/>',
    });
  });
});

describe('answering in JSON', () => {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': ID };
  const encode = (output: object, operation = shelveBook) => {
    const { body, ...reply } = queryFace.encode(operation, output, requestOf(ACCEPT_JSON));
    expect(reply).toEqual({ status: 200, headers });
    return JSON.parse(body);
  };

  it('what there is; maps are lists, the list of messages is `messages`', () => {
    const output = {
      Title: 'a',
      Copies: 0,
      OnLoan: false,
      Cover: Buffer.from([0, 255]),
      Shelves: ['x'],
      Labels: { k: 'v' },
      Messages: [{ Id: '1', Marks: { m: { Kind: 'k', Bytes: Buffer.from('b') } } }],
    };
    expect(encode(output)).toEqual({
      ShelveBookResponse: {
        ShelveBookResult: {
          Title: 'a',
          Copies: 0,
          OnLoan: false,
          Cover: 'AP8=',
          Shelves: ['x'],
          Labels: [{ Key: 'k', Value: 'v' }],
          messages: [{ Id: '1', Text: null, Marks: [{ Name: 'm', Value: { Kind: 'k', Bytes: 'Yg==', Lines: null } }] }],
        },
        ResponseMetadata: { RequestId: ID },
      },
    });
  });

  it('null for what is unset or empty', () => {
    const unset = { Title: null, Copies: null, OnLoan: null, Cover: null, Shelves: null, Labels: null, messages: null };
    const expected = { ShelveBookResponse: { ShelveBookResult: unset, ResponseMetadata: { RequestId: ID } } };
    expect(encode({})).toEqual(expected);
    expect(encode({ Shelves: [], Labels: {}, Messages: [] })).toEqual(expected);
  });

  it('an operation without output has only metadata', () => {
    expect(encode({}, burnBook)).toEqual({ BurnBookResponse: { ResponseMetadata: { RequestId: ID } } });
  });

  it('an error', () => {
    expect(queryFace.encodeError(new ServiceError('QueueDoesNotExist'), requestOf(ACCEPT_JSON))).toEqual({
      status: 400,
      headers,
      body:
        '{"Error":{"Code":"AWS.SimpleQueueService.NonExistentQueue",' +
        '"Message":"The specified queue does not exist for this wsdl version.","Type":"Sender"},' +
        `"RequestId":"${ID}"}`,
    });
  });
});
