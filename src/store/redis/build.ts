/**
 * Compiles src/queue, the parts for Redis and the functions over them into one library for FUNCTION LOAD, the same bytes
 * every time. Part of `npm run build` and of the tests; never of a running server, nor of the package.
 *
 * Fails on anything the compiler has to say, warnings too (a 0 or '' as a condition is one), and on Lua that the sandbox
 * or the subset forbids. The library is named by the hash of its source, and its functions by the library, so that
 * servers of two versions use one Redis side by side.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import * as tstl from 'typescript-to-lua';

const ROOT = resolve('.');
const ENTRY = 'src/store/redis/lua/functions.ts';
const OUTPUT = 'dist/src/store/redis/library.lua';
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

const sourcesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

/** The sources of the library: what keeps to the subset. */
export const librarySources = (): string[] => [...sourcesIn('src/queue'), ...sourcesIn('src/store/redis/lua')].sort();

/**
 * The library that registers what `entry` registers.
 * @throws Error with everything the compiler said, or the forbidden Lua
 */
export function compileLibrary(entry = ENTRY, sources = librarySources()): string {
  const modules = new Map<string, string>();
  const files = sources.map((file) => resolve(file));
  const { diagnostics } = tstl.transpileFiles(files, OPTIONS, (file, text) => {
    modules.set(moduleName(relative(join(ROOT, 'lua'), file)), text);
  });
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, HOST));
  const bodies = [...modules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([module, text]) => wrapped(module, text));
  for (const body of bodies) {
    const found = FORBIDDEN.map((pattern) => pattern.exec(body)).find((match) => match !== null);
    if (found) throw new Error(`${found[0]} is not allowed inside Redis:\n${body}`);
  }
  return named([PROLOGUE, ...bodies, `require(${JSON.stringify(moduleName(entry))})`, ''].join('\n'));
}

/** The source under the name that its hash gives it; `LIBRARY` stands in it for that name. */
export function named(source: string): string {
  const name = `fastqueue_${createHash('sha256').update(source).digest('hex').slice(0, 12)}`;
  return `#!lua name=${name}\n${source.replaceAll('LIBRARY', name)}`;
}

/** Writes the library to where the program looks for it. */
export function buildLibrary(): void {
  mkdirSync(dirname(OUTPUT), { recursive: true });
  writeFileSync(OUTPUT, compileLibrary());
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

if (process.argv[1]?.endsWith('store/redis/build.js')) buildLibrary();
