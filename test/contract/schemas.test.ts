/**
 * Our shapes beside AWS's own: the schemas inside the SDK say every member, type, required member and Query name. Both
 * sides are written down in one form and must be equal, so what either lacks fails.
 */
import * as sdk from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/index.ts';
import type { Shape } from '../../src/contract/shape.ts';

type Schema = unknown;

const [LIST, MAP, STRUCTURE, OPERATION, LIST_OF] = [1, 2, 3, 9, 64];
const SCALARS = new Map<Schema, string>([
  [0, 'string'],
  [1, 'integer'],
  [2, 'boolean'],
  [21, 'blob'],
]);

/** Schemas refer to each other through functions. */
const resolved = (schema: Schema): Schema => (typeof schema === 'function' ? schema() : schema);

/** A member's schema stands alone or with traits. */
function withTraits(member: Schema): { schema: Schema; wire: string | undefined } {
  if (!Array.isArray(member) || member.length !== 2) return { schema: resolved(member), wire: undefined };
  return { schema: resolved(member[0]), wire: (member[1] as { xmlName?: string })?.xmlName };
}

/** A schema of the SDK as lines `path type wire`. */
function linesOfSchema(path: string, member: Schema, required: boolean): string[] {
  const { schema, wire } = withTraits(member);
  const line = (type: string) => `${path}${required ? '!' : ''} ${type}${wire === undefined ? '' : ` as ${wire}`}`;
  if (SCALARS.has(schema)) return [line(SCALARS.get(schema)!)];
  if (typeof schema === 'number') return [line('list'), ...linesOfSchema(`${path}[]`, schema & ~LIST_OF!, false)];
  const parts = schema as Schema[];
  if (parts[0] === LIST) return [line('list'), ...elementLines(`${path}[]`, parts[4], wire)];
  if (parts[0] === MAP) {
    const [key, value] = [withTraits(parts[4]), withTraits(parts[5])];
    return [line(`map of ${key.wire}, ${value.wire}`), ...linesOfSchema(`${path}{}`, value.schema, false)];
  }
  expect(parts[0]).toBe(STRUCTURE);
  const [, , , , names, members, requiredCount = 0] = parts as [0, 0, 0, 0, string[], Schema[], number?];
  const nested = names.map((name, i) => linesOfSchema(`${path}.${name}`, members[i], i < requiredCount));
  return [line('structure'), ...nested.flat().sort()];
}

/** A flattened list's element has the list's own Query name. */
function elementLines(path: string, element: Schema, listWire: string | undefined): string[] {
  const { schema, wire } = withTraits(element);
  if (wire !== undefined) expect(wire).toBe(listWire);
  return linesOfSchema(path, schema, false);
}

/** The same lines of one of our shapes. */
function linesOfShape(path: string, shape: Shape<unknown>): string[] {
  const { required, wire, key, value } = shape.traits;
  const type = shape.kind === 'map' ? `map of ${key}, ${value}` : shape.kind;
  const line = `${path}${required ? '!' : ''} ${type}${wire === undefined ? '' : ` as ${wire}`}`;
  if (shape.kind === 'list') return [line, ...linesOfShape(`${path}[]`, shape.element!)];
  if (shape.kind === 'map') return [line, ...linesOfShape(`${path}{}`, shape.element!)];
  const members = Object.entries(shape.members ?? {});
  return [line, ...members.flatMap(([name, member]) => linesOfShape(`${path}.${name}`, member)).sort()];
}

const operations = new Map(
  Object.values(sdk as Record<string, Schema>)
    .filter((value): value is Schema[] => Array.isArray(value) && value[0] === OPERATION)
    .map((operation) => [operation[2] as string, operation]),
);

/** An action without output has the schema `unit`. */
const structureOf = (schema: Schema): Schema => (resolved(schema) === 'unit' ? [3, '', '', 0, [], []] : schema);

describe('the actions', () => {
  it('are those of the SDK', () => {
    expect(operations.size).toBe(23);
    expect([...actions.keys()].sort()).toEqual([...operations.keys()].sort());
  });
});

describe.each([...actions.values()].map((action) => [action.name, action] as const))('%s', (name, action) => {
  const [, , , , input, output] = operations.get(name) ?? [];

  it('takes what AWS takes', () => {
    expect(linesOfShape('input', action.input)).toEqual(linesOfSchema('input', structureOf(input), false));
  });

  it('gives what AWS gives', () => {
    expect(linesOfShape('output', action.output)).toEqual(linesOfSchema('output', structureOf(output), false));
  });
});
