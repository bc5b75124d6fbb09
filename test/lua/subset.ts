/**
 * The subset of TypeScript that src/queue keeps to, so that it means the same in Lua. The compiler refuses much by
 * itself; the rules here are about what it would compile and Lua would understand differently (0 and '' are true, text
 * has no members, nil in a list ends it), or what needs a library that is not there.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { compilerOptions } from './compile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** All files of src/queue, as paths from the project's root. */
export const filesOfTheQueue = (): string[] =>
  readdirSync(`${ROOT}src/queue`)
    .sort()
    .map((name) => `src/queue/${name}`);

const { SyntaxKind: Kind, TypeFlags: Flags } = ts;

/** Syntax that must not occur, and what to call it. */
const FORBIDDEN = new Map<ts.SyntaxKind, string>([
  [Kind.AnyKeyword, 'any'],
  [Kind.NullKeyword, 'null'],
  [Kind.ClassDeclaration, 'a class'],
  [Kind.ClassExpression, 'a class'],
  [Kind.AsyncKeyword, 'async'],
  [Kind.AwaitExpression, 'await'],
  [Kind.YieldExpression, 'a generator'],
  [Kind.TryStatement, 'try'],
  [Kind.ThrowStatement, 'throw'],
  [Kind.SpreadElement, 'spread'],
  [Kind.SpreadAssignment, 'spread'],
  [Kind.RegularExpressionLiteral, 'a regular expression'],
  [Kind.TemplateExpression, 'a template string'],
  [Kind.NoSubstitutionTemplateLiteral, 'a template string'],
  [Kind.ForInStatement, 'for…in'],
  [Kind.DeleteExpression, 'delete'],
  [Kind.QuestionQuestionToken, '??'],
  [Kind.QuestionQuestionEqualsToken, '??='],
  [Kind.BarBarEqualsToken, '||='],
  [Kind.AmpersandAmpersandEqualsToken, '&&='],
]);

/** The only members of JavaScript's own objects that may be used. */
const KNOWN_MEMBERS = new Set(['floor', 'min', 'max', 'push', 'length']);
const COMPARISONS = new Set([
  Kind.LessThanToken,
  Kind.LessThanEqualsToken,
  Kind.GreaterThanToken,
  Kind.GreaterThanEqualsToken,
]);
const LOGICAL = new Set([Kind.AmpersandAmpersandToken, Kind.BarBarToken]);
const LITERALS = new Set([Kind.NumericLiteral, Kind.StringLiteral, Kind.TrueKeyword, Kind.FalseKeyword]);
const DECLARATIONS = new Set([
  Kind.ImportDeclaration,
  Kind.FunctionDeclaration,
  Kind.InterfaceDeclaration,
  Kind.TypeAliasDeclaration,
]);

const has = (type: ts.Type, flags: ts.TypeFlags): boolean =>
  type.isUnion() ? type.types.some((one) => has(one, flags)) : (type.flags & flags) !== 0;
const only = (type: ts.Type, flags: ts.TypeFlags): boolean =>
  type.isUnion() ? type.types.every((one) => only(one, flags)) : (type.flags & flags) !== 0;

/**
 * What breaks the subset in `files` (paths from the root), as `path:line what`. `extra`: sources that stand in no file,
 * by path. Imports must begin with one of `importsFrom` and end in `.ts`.
 */
export function violations(files: string[], importsFrom = ['./'], extra: Record<string, string> = {}): string[] {
  const host = ts.createCompilerHost(compilerOptions);
  const { getSourceFile, fileExists } = host;
  const sourceOf = (path: string) => extra[path.slice(ROOT.length)];
  host.fileExists = (path) => sourceOf(path) !== undefined || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const text = sourceOf(path);
    return text === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, text, ...rest);
  };
  const program = ts.createProgram(
    files.map((file) => ROOT + file),
    { ...compilerOptions, noEmit: true },
    host,
  );
  return files.flatMap((file) => {
    const source = program.getSourceFile(ROOT + file)!;
    const found = new Inspection(program.getTypeChecker(), source, importsFrom);
    return found.all().map(({ line, what }) => `${file}:${line} ${what}`);
  });
}

class Inspection {
  private readonly checker: ts.TypeChecker;
  private readonly source: ts.SourceFile;
  private readonly importsFrom: string[];
  private readonly found: { line: number; what: string }[] = [];

  constructor(checker: ts.TypeChecker, source: ts.SourceFile, importsFrom: string[]) {
    this.checker = checker;
    this.source = source;
    this.importsFrom = importsFrom;
  }

  all() {
    for (const statement of this.source.statements) this.topLevel(statement);
    this.visit(this.source);
    return this.found;
  }

  private say(node: ts.Node, what: string): void {
    const { line } = this.source.getLineAndCharacterOfPosition(node.getStart(this.source));
    this.found.push({ line: line + 1, what });
  }

  private visit(node: ts.Node): void {
    const forbidden = FORBIDDEN.get(node.kind);
    if (forbidden !== undefined) this.say(node, forbidden);
    this.conditions(node);
    this.operators(node);
    this.members(node);
    this.names(node);
    ts.forEachChild(node, (child) => this.visit(child));
  }

  private topLevel(statement: ts.Statement): void {
    if (ts.isImportDeclaration(statement)) {
      const { text } = statement.moduleSpecifier as ts.StringLiteral;
      const allowed = this.importsFrom.some((place) => text.startsWith(place)) && text.endsWith('.ts');
      if (!allowed) this.say(statement, `an import from ${text}`);
    }
    if (DECLARATIONS.has(statement.kind)) return;
    const ambient = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isDeclare);
    if (!ambient && !isLiteralConstant(statement)) this.say(statement, 'a statement at top level');
  }

  /** Conditions are booleans: 0 and '' are true in Lua. */
  private conditions(node: ts.Node): void {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) this.boolean(node.expression);
    else if (ts.isForStatement(node) || ts.isConditionalExpression(node)) {
      if (node.condition !== undefined) this.boolean(node.condition);
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === Kind.ExclamationToken) this.boolean(node.operand);
    else if (ts.isBinaryExpression(node) && LOGICAL.has(node.operatorToken.kind)) {
      this.boolean(node.left);
      this.boolean(node.right);
    }
  }

  private boolean(node: ts.Expression): void {
    const type = this.checker.getTypeAtLocation(node);
    if (!only(type, Flags.BooleanLike)) this.say(node, 'a condition that is not a boolean');
  }

  /** Text is compared for equality and joined with text. */
  private operators(node: ts.Node): void {
    if (!ts.isBinaryExpression(node)) return;
    const [left, right] = [node.left, node.right].map((side) => this.checker.getTypeAtLocation(side));
    const { kind } = node.operatorToken;
    const texts = [left!, right!].filter((type) => has(type, Flags.StringLike)).length;
    if (COMPARISONS.has(kind) && texts > 0) this.say(node, 'an order of text');
    const joins = kind === Kind.PlusToken || kind === Kind.PlusEqualsToken;
    if (joins && texts > 0 && !(only(left!, Flags.StringLike) && only(right!, Flags.StringLike))) {
      this.say(node, 'text joined with what is not text');
    }
  }

  private members(node: ts.Node): void {
    if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return;
    const type = this.checker.getTypeAtLocation(node.expression);
    if (has(type, Flags.StringLike)) this.say(node, 'a member of text');
    else if (has(type, Flags.NumberLike)) this.say(node, 'a member of a number');
    else if (ts.isPropertyAccessExpression(node) && this.isOwn(node.name) && !KNOWN_MEMBERS.has(node.name.text)) {
      this.say(node, `the member ${node.name.text}`);
    }
  }

  private names(node: ts.Node): void {
    if (!ts.isIdentifier(node)) return;
    if ((this.checker.getTypeAtLocation(node).flags & Flags.Any) !== 0) this.say(node, 'any');
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    const isType = ts.isTypeReferenceNode(node.parent) && KNOWN_TYPES.has(node.text);
    const isGlobal = this.isOwn(node) && !isMember && !isType && !KNOWN_GLOBALS.has(node.text);
    if (isGlobal) this.say(node, `the global ${node.text}`);
    const isDefault = ts.isBindingElement(node.parent) && node.parent.initializer !== undefined;
    if (isDefault && node.parent.name === node) this.say(node, 'a default in a destructuring');
  }

  /** Whether JavaScript itself, and not our sources, declares the name. */
  private isOwn(name: ts.Node): boolean {
    const declarations = this.checker.getSymbolAtLocation(name)?.declarations ?? [];
    return declarations.some((one) => /\/lib\.[^/]*\.d\.ts$/.test(one.getSourceFile().fileName));
  }
}

const KNOWN_GLOBALS = new Set(['Math', 'undefined']);
const KNOWN_TYPES = new Set(['Uint8Array']);

const isDeclare = (modifier: ts.Modifier) => modifier.kind === Kind.DeclareKeyword;

function isLiteralConstant(statement: ts.Statement): boolean {
  if (!ts.isVariableStatement(statement)) return false;
  const { flags, declarations } = statement.declarationList;
  const isLiteral = ({ initializer }: ts.VariableDeclaration) =>
    initializer !== undefined && LITERALS.has(initializer.kind);
  return (flags & ts.NodeFlags.Const) !== 0 && declarations.every(isLiteral);
}
