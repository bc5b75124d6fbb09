import { describe, expect, it } from 'vitest';
import { compileLibrary } from './compile.ts';
import { filesOfTheQueue, violations } from './subset.ts';

const FIXTURE = 'src/queue/fixture.ts';

/** A source that breaks one rule, and what is said of it. */
const BROKEN: [source: string, said: string][] = [
  ['export function f(x: any): void {}', 'any'],
  ['declare function g(): any; export function f(): void { const x = g(); }', 'any'],
  ['export function f(n: number): number { if (n) return 1; return 2; }', 'a condition that is not a boolean'],
  ['export function f(n?: string): void { while (n) return; }', 'a condition that is not a boolean'],
  ['export function f(n: number): number { for (; n; ) return 1; return 2; }', 'a condition that is not a boolean'],
  ['export function f(s: string): number { return s ? 1 : 2; }', 'a condition that is not a boolean'],
  ['export function f(s: string): boolean { return !s; }', 'a condition that is not a boolean'],
  ['export function f(a: number, b: number): number { return a || b; }', 'a condition that is not a boolean'],
  [
    'export function f(a: boolean, b: number): number | boolean { return a && b; }',
    'a condition that is not a boolean',
  ],
  ['export function f(a: number | undefined): number { return a ?? 1; }', '??'],
  ['export function f(s: string): number { return s.length; }', 'a member of text'],
  ['export function f(s: string | undefined[]): unknown { return s[0]; }', 'a member of text'],
  ['export function f(n: number): string { return n.toFixed(); }', 'a member of a number'],
  ['export function f(a: string, b: string): boolean { return a < b; }', 'an order of text'],
  ['export function f(a: string, b: number): string { return a + b; }', 'text joined with what is not text'],
  ['export function f(n: number): string { return `${n}`; }', 'a template string'],
  ['export function f(n: number): string { return String(n); }', 'the global String'],
  ['export function f(): unknown { return new Map<string, string>(); }', 'the global Map'],
  ['export function f(): unknown { return new Set<string>(); }', 'the global Set'],
  ['export function f(): number { return Date.now(); }', 'the global Date'],
  ['export function f(): unknown { return JSON.stringify(1); }', 'the global JSON'],
  ['export function f(): unknown { return /a/; }', 'a regular expression'],
  ['export function f(n: number): number { return Math.round(n); }', 'the member round'],
  ['export function f(n: number[]): number[] { return n.map((x) => x); }', 'the member map'],
  ['export class C {}', 'a class'],
  ['export async function f(): Promise<void> {}', 'async'],
  ['export function* f(): unknown { yield 1; }', 'a generator'],
  ['export function f(): void { try { f(); } finally { f(); } }', 'try'],
  ['export function f(): void { throw 1; }', 'throw'],
  ['export function f(a: number[]): number[] { return [...a]; }', 'spread'],
  ['export function f(a: { b: number }): { b: number } { return { ...a }; }', 'spread'],
  ['export function f(a: { b?: number }): void { const { b = 1 } = a; }', 'a default in a destructuring'],
  ['export function f(a: Record<string, number>): void { for (const k in a) f(a); }', 'for…in'],
  ['export function f(a: { b?: number }): void { delete a.b; }', 'delete'],
  ['export function f(): unknown { return null; }', 'null'],
  ["import { f } from './purge.js'; export function g(): void { f(); }", 'an import from ./purge.js'],
  ["import { f } from '../model/clock.ts'; export function g(): void { f(); }", 'an import from ../model/clock.ts'],
  ["import { f } from 'node:fs'; export function g(): void { f(); }", 'an import from node:fs'],
  ['export const table: number[] = [];', 'a statement at top level'],
  ['export let count = 1;', 'a statement at top level'],
  ['export function f(): void {} f();', 'a statement at top level'],
];

describe('the subset', () => {
  it('is kept by src/queue', () => {
    expect(violations(filesOfTheQueue())).toEqual([]);
  });

  it('is kept by the parts over Redis', () => {
    const files = ['redisParts.ts', 'verbs.ts', 'library.ts'].map((name) => `test/lua/${name}`);
    expect(violations(files, ['./', '../../src/queue/'])).toEqual([]);
  });

  it('takes what it should take', () => {
    const source = `import type { Queue } from './parts.ts';
      export const LIMIT = 3;
      interface Row { due: number; name: string }
      export function f(queue: Queue, rows: Row[], name: string | undefined): string {
        const kept: Row[] = [];
        for (const row of rows) if (row.due <= Math.min(LIMIT, queue.meta.last) && !(row.name === '')) kept.push(row);
        return name === undefined || kept.length === 0 ? 'a' + 'b' : name;
      }`;
    expect(violations([FIXTURE], ['./'], { [FIXTURE]: source })).toEqual([]);
  });

  it.each(BROKEN)('sees %j', (source, said) => {
    expect(violations([FIXTURE], ['./'], { [FIXTURE]: source })).toContain(`${FIXTURE}:1 ${said}`);
  });
});

describe('the compiler', () => {
  it.each([
    ['test/lua/fixtures/warned.ts', /Only false and nil evaluate to 'false' in Lua/],
    ['test/lua/fixtures/denied.ts', /The Lua must not contain __TS__ArrayMap/],
    ['test/lua/fixtures/wrong.ts', /Type 'string' is not assignable to type 'number'/],
  ])('fails on %s', (file, said) => {
    expect(() => compileLibrary('fixture', [], file)).toThrow(said);
  });
});
