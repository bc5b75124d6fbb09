/** The faces beside each other: the same input is the same on each, and no bytes do harm on any. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFace } from '../../compat/json.ts';
import { queryFace } from '../../compat/query.ts';
import { ServiceError } from '../../src/contract/errors.ts';
import type { HttpRequest } from '../../src/contract/face.ts';
import { check, type Shape } from '../../src/contract/shape.ts';
import { FORM, formOf, JSON_1_0, QUEUE_PATH, requestOf, shelveBook } from './madeUp.ts';

const { input } = shelveBook;
const faces = [jsonFace, queryFace];

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '1', 'a.b=c&d+%'),
);

/** Values as they stand in JSON. Lists and maps have entries, since Query cannot say that they have none. */
function valuesOf(shape: Shape<unknown>): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'string':
      return shape.traits.nonEmpty ? text.filter((value) => value !== '') : text;
    case 'integer':
      return fc.integer();
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'list':
      return fc.array(valuesOf(shape.element!), { minLength: 1, maxLength: 12 });
    case 'map': {
      const entries = fc.tuple(text, valuesOf(shape.element!));
      return fc.uniqueArray(entries, { minLength: 1, maxLength: 4, selector: ([key]) => key }).map(Object.fromEntries);
    }
    case 'structure': {
      const required = shape.entries.filter(([, { traits }]) => traits.required).map(([name]) => name);
      const members: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [name, member] of shape.entries) members[name] = valuesOf(member);
      return fc.record(members, { requiredKeys: required, noNullPrototype: true });
    }
  }
}

/** The parameters of a value; `index` spells the index of an entry. */
function parametersOf(
  shape: Shape<unknown>,
  value: unknown,
  name: string,
  index: (i: number) => number,
): [string, string][] {
  if (value === undefined) return [];
  const at = (member: string) => (name === '' ? member : `${name}.${member}`);
  if (shape.kind === 'structure') {
    return shape.entries.flatMap(([member, inner]) =>
      parametersOf(inner, (value as Record<string, unknown>)[member], at(inner.traits.wire ?? member), index),
    );
  }
  if (shape.kind === 'list') {
    return (value as unknown[]).flatMap((item, i) => parametersOf(shape.element!, item, at(`${index(i)}`), index));
  }
  if (shape.kind !== 'map') return [[name, String(value)]];
  const { key = 'Name', value: valueName = 'Value' } = shape.traits;
  return Object.entries(value as object).flatMap(([k, v], i): [string, string][] => [
    [at(`${index(i)}.${key}`), k],
    ...parametersOf(shape.element!, v, at(`${index(i)}.${valueName}`), index),
  ]);
}

const form = (parameters: [string, string][]) =>
  parameters.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');

describe('the same input', () => {
  it('is the same over JSON and over Query, whatever the order of parameters and the gaps between indices', () => {
    fc.assert(
      fc.property(valuesOf(input), (tree) => {
        const byJson = check(input, jsonFace.decode(shelveBook, requestOf({ body: JSON.stringify(tree) })));
        const dense = parametersOf(input, tree, '', (i) => i + 1);
        const sparse = parametersOf(input, tree, '', (i) => i * 7 + 3).reverse();
        for (const parameters of [dense, sparse]) {
          expect(check(input, queryFace.decode(shelveBook, formOf(form(parameters))))).toEqual(byJson);
        }
        const query = form(dense);
        expect(check(input, queryFace.decode(shelveBook, requestOf({ method: 'GET', query })))).toEqual(byJson);
      }),
    );
  });
});

describe('bad bytes', () => {
  const tokens = [
    ...['QueueUrl', 'Title', 'Copies', 'Shelf', 'Note', 'Label', 'PageEntry', 'Mark', 'Name', 'Value', 'Key', 'Action'],
    ...['__proto__', 'constructor', 'prototype', 'toString', 'length'],
    ...[
      '.',
      '.1',
      '.2.',
      '=',
      '&',
      '%',
      '%c3%a4',
      '%ff',
      '+',
      '\0',
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'null',
      '1e999',
      '-1',
    ],
  ];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.constantFrom(...tokens), { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
    fc.json().map((json) => Buffer.from(json)),
  );
  const requests = fc.record<HttpRequest>({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    path: fc.oneof(fc.constantFrom('/', QUEUE_PATH, '/x'), fc.string()),
    query: bytes.map((query) => Buffer.from(query).toString('latin1')),
    headers: fc.constantFrom({}, FORM, { 'content-type': JSON_1_0 }, { accept: 'application/json' }),
    body: bytes.map((body) => Buffer.from(body)),
    id: fc.constant('id'),
    remote: fc.constant(''),
  });

  it('are refused or read, and leave nothing behind', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(requests, (request) => {
        for (const face of faces) {
          face.match(request);
          try {
            check(input, face.decode(shelveBook, request));
          } catch (error) {
            expect(error).toBeInstanceOf(ServiceError);
            face.encodeError(error as ServiceError, request);
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });
});
