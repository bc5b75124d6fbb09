/**
 * Compiles src/queue with parts into one library for FUNCTION LOAD, the same bytes every time. Fails on anything the
 * compiler has to say, warnings too (a 0 or '' as a condition is one), and on Lua that the sandbox or the subset forbids.
 */
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import * as tstl from 'typescript-to-lua';

const ROOT = resolve('.');
/** Compiler library, exceptions, unordered walks, and what only JavaScript has. */
const FORBIDDEN = [/__TS__/, /lualib/, /\bpcall\b/, /\bpairs\(/, /\bJSON\b/, /\bDate\b/, /\berror\(/];

const OPTIONS: tstl.CompilerOptions = {
  luaTarget: tstl.LuaTarget.Lua51,
  luaLibImport: tstl.LuaLibImportKind.None,
  noImplicitSelf: true,
  noHeader: true,
  removeComments: true,
  rootDir: ROOT,
  outDir: join(ROOT, 'lua'),
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: [],
  lib: ['lib.es2022.d.ts'],
};

/** The sources of src/queue. */
export const queueSources = (): string[] =>
  readdirSync('src/queue')
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join('src/queue', name));

/**
 * The library that registers what `entry` registers.
 * @throws Error with everything the compiler said, or the forbidden Lua
 */
export function compileLibrary(name: string, entry: string, others: string[]): string {
  const modules = new Map<string, string>();
  const files = [...queueSources(), ...others, entry].map((file) => resolve(file));
  const { diagnostics } = tstl.transpileFiles(files, OPTIONS, (file, text) => {
    modules.set(moduleName(relative(join(ROOT, 'lua'), file)), text);
  });
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, HOST));
  const bodies = [...modules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([module, text]) => wrapped(module, text));
  for (const body of bodies) {
    const found = FORBIDDEN.map((pattern) => pattern.exec(body)).find((match) => match !== null);
    if (found) throw new Error(`${found[0]} is not allowed inside Redis:\n${body}`);
  }
  return [`#!lua name=${name}`, PROLOGUE, ...bodies, `require(${JSON.stringify(moduleName(entry))})`, ''].join('\n');
}

const HOST: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (file) => file,
  getCurrentDirectory: () => ROOT,
  getNewLine: () => '\n',
};

const moduleName = (file: string) => file.replace(/\.(?:lua|ts)$/, '').replaceAll('/', '.');

/** The sandbox has no `require`. */
const PROLOGUE = `local sources, loaded = {}, {}
local function require(name)
  if loaded[name] == nil then loaded[name] = sources[name]() end
  return loaded[name]
end`;

const wrapped = (module: string, text: string) =>
  `sources[${JSON.stringify(module)}] = function()\n${text.trimEnd()}\nend`;
