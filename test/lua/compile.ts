/** From TypeScript of the subset to one Redis Function library: compiled, laid side by side, checked. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { LuaLibImportKind, LuaTarget, transpileFiles } from 'typescript-to-lua';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = `${ROOT}lua/`;

/** What would call a library that Redis does not have, swallow errors, or depend on an order or a form of text. */
const DENIED = [/__TS__\w*/, /lualib/i, /\bpcall\b/, /\bpairs\(/, /\bJSON\b/, /\bDate\b/];

/** The options that TypeScript itself needs to read the subset. */
export const compilerOptions: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  types: [],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: true,
  removeComments: true,
};

const moduleOf = (path: string) => path.replace(/\.(ts|lua)$/, '').replaceAll('/', '.');

/** Compiles `files` (paths from the project's root) and what they import; Lua by module name. */
function luaOf(files: string[]): Map<string, string> {
  const modules = new Map<string, string>();
  const { diagnostics } = transpileFiles(
    files.map((file) => ROOT + file),
    {
      ...compilerOptions,
      rootDir: ROOT,
      outDir: OUT,
      luaTarget: LuaTarget.Lua51,
      luaLibImport: LuaLibImportKind.None,
      noImplicitSelf: true,
      noHeader: true,
    },
    (path, text) => modules.set(moduleOf(path.slice(OUT.length)), text),
  );
  if (diagnostics.length > 0) throw new Error(diagnostics.map(textOf).join('\n'));
  return modules;
}

function textOf({ file, start, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
  return `${file?.fileName.slice(ROOT.length) ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

/**
 * The library `name` as one text, the same for the same sources. Loading it defines the modules of `files` and calls
 * `register()` of `entry`. Redis gives a loading library no `require`: it brings its own.
 * @throws Error on anything the compiler says, and on Lua that must not be in it.
 */
export function compileLibrary(name: string, files: string[], entry: string): string {
  const modules = [...luaOf([...files, entry])].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = modules.map(([module, lua]) => `modules["${module}"] = function()\n${lua}end\n`);
  const denied = DENIED.flatMap((pattern) => parts.join('').match(pattern)?.[0] ?? []);
  if (denied.length > 0) throw new Error(`The Lua must not contain ${denied.join(', ')}`);
  return `#!lua name=${name}
local modules, loaded = {}, {}
local function require(name)
  if loaded[name] == nil then loaded[name] = modules[name]() end
  return loaded[name]
end
${parts.join('')}require("${moduleOf(entry)}").register()
`;
}
