import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { librarySources } from '../../src/store/redis/build.ts';
import { breaches } from './subset.ts';

/** The breaches of one made-up file. */
function breachesOf(text: string): string[] {
  const host = ts.createCompilerHost({});
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, target) =>
    name === 'made-up.ts' ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true) : getSourceFile(name, target);
  host.fileExists = (name) => name === 'made-up.ts' || fileExists(name);
  host.readFile = (name) => (name === 'made-up.ts' ? text : readFile(name));
  return breaches(['made-up.ts'], { host }).map((breach) => breach.replace(/^made-up\.ts:\d+: /, ''));
}

describe('the subset', () => {
  const queue = librarySources().filter((file) => file.startsWith('src/queue/'));
  const inRedis = librarySources().filter((file) => !queue.includes(file));

  it('is kept by src/queue', () => {
    expect(queue.length).toBeGreaterThan(5);
    expect(breaches(queue)).toEqual([]);
  });

  it('is kept by what stands over it in Redis, but for what this has beyond it', () => {
    expect(inRedis.length).toBeGreaterThan(2);
    // It imports the queue, makes its objects once, keeps the call that runs, and writes small numbers into keys.
    const beyond =
      /import of \.\.\/\.\.\/\.\.\/queue\/|: (?:a variable at top level|something runs at load|a number in text)$/;
    expect(breaches(inRedis).filter((breach) => !beyond.test(breach))).toEqual([]);
  });

  it('allows what the queue is written in', () => {
    const text = `
      import type { Queue } from './parts.ts';
      const LIMIT = 5;
      export function f(names: string[], n: number | undefined, on: boolean): string {
        let all = '';
        for (const name of names) if (on && n !== undefined && n < LIMIT) all = all + name + \`-\${name}\`;
        return n === undefined ? all : '';
      }`;
    expect(breachesOf(text)).toEqual([]);
  });

  it.each([
    ['const f = (x: any) => x;', 'any'],
    ['export function f(n: number) { if (n) return 1; return 2; }', 'a condition that is not a boolean'],
    ['export function f(n: number) { return n ? 1 : 2; }', 'a condition that is not a boolean'],
    ['export function f(n: number) { while (n) n -= 1; }', 'a condition that is not a boolean'],
    ['export function f(n?: number) { return !n; }', 'a condition that is not a boolean'],
    ['export function f(n: number) { return n || 5; }', '|| or && on what is not a boolean'],
    ['export function f(b: boolean, n: number) { return b && n; }', '|| or && on what is not a boolean'],
    ['export function f(n?: number) { return n ?? 5; }', '??'],
    ['export function f(s: string) { return s.length; }', 'a member of a string'],
    ['export function f(s: string) { return s[0]; }', 'a member of a string'],
    ["export function f(s: string) { return s < 'b'; }", 'an order of what is not a number'],
    [`export function f(n: number) { return \`\${n}\`; }`, 'a number in text'],
    ["export function f(n: number) { return 'a' + n; }", 'a number in text'],
    ['export class A {}', 'a class'],
    ['export async function f() {}', 'async'],
    ['export function f() { try { return 1; } finally {} }', 'try'],
    ['export function f(a: number[]) { return [...a]; }', 'a spread'],
    ['export function f(a: object) { return { ...a }; }', 'a spread'],
    ['export function f() { return /a/; }', 'a regular expression'],
    ['export function f() { return null; }', 'null'],
    ['export function f(m: Map<number, number>) { m.clear(); }', 'Map'],
    ['export function f(o: object) { for (const k in o) return k; }', 'for…in'],
    ['export function f(m: Set<number>) { m.clear(); }', 'Set'],
    ['export function f(d: Date) { return d; }', 'Date'],
    ['export function f() { return JSON; }', 'JSON'],
    ['export function f(n: number) { return String(n); }', 'String'],
    ['export function f(n: number) { return Number.isInteger(n); }', 'Number'],
    ['export function f(s: string | number[]) { return s.length; }', 'a member of a string'],
    ['declare function g(): any; export function f() { return g().b; }', 'a member of any'],
    ["export function f(n: number) { let a = 'a'; a += n; return a; }", 'a number in text'],
    ['export function f(s: string, b: string) { return s >= b; }', 'an order of what is not a number'],
    ['export function f(n: number) { for (; n; ) return n; return 0; }', 'a condition that is not a boolean'],
    ['export function f(n: number) { do n -= 1; while (n); }', 'a condition that is not a boolean'],
    ['export function f(o: { n?: number }) { o.n ??= 1; }', '??='],
    ['export function f(o: { n: boolean }, b: boolean) { o.n ||= b; }', '||='],
    ['export function f(o: { n: boolean }, b: boolean) { o.n &&= b; }', '&&='],
    ['export function f(o: { n?: number }) { const { n = 1 } = o; return n; }', 'a default in a destructuring'],
    ['export function f() { throw 1; }', 'throw'],
    ['export async function f(p: PromiseLike<number>) { return await p; }', 'await'],
    ['export function* f() { yield 1; }', 'yield'],
    ['export function f(o: { n?: number }) { delete o.n; }', 'delete'],
    ['export function f(n: unknown) { return typeof n; }', 'typeof'],
    ['export function f() { return new Array(3); }', 'new'],
    ['export const f = class {};', 'a class'],
    ['export let n = 1;', 'a variable at top level'],
    ["import { f } from 'node:fs';", 'an import of node:fs'],
    ["import { f } from '../model/ids.ts';", 'an import of ../model/ids.ts'],
    ["import { f } from './parts.js';", 'an import of ./parts.js'],
    ['f();', 'something runs at load'],
    ['const a = f();', 'something runs at load'],
  ])('refuses %s', (text, what) => {
    expect(breachesOf(text)).toContain(what);
  });
});
