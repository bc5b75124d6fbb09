/**
 * The subset of TypeScript that means the same in Lua, as far as the compiler does not hold it: what looks alike and
 * differs (0 and '' are true there, `||` on values, text of numbers, length and order of strings), what would need the
 * compiler's own library, and what must not run while Redis loads the library.
 */
import ts from 'typescript';

const S = ts.SyntaxKind;

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  noEmit: true,
  types: [],
  lib: ['lib.es2022.d.ts'],
};

/** Kinds of syntax that are not in the subset, and what they are called. */
const SYNTAX = new Map<ts.SyntaxKind, string>([
  [S.AnyKeyword, 'any'],
  [S.ClassDeclaration, 'a class'],
  [S.ClassExpression, 'a class'],
  [S.AwaitExpression, 'await'],
  [S.YieldExpression, 'yield'],
  [S.TryStatement, 'try'],
  [S.ThrowStatement, 'throw'],
  [S.SpreadElement, 'a spread'],
  [S.SpreadAssignment, 'a spread'],
  [S.RegularExpressionLiteral, 'a regular expression'],
  [S.NullKeyword, 'null'],
  [S.ForInStatement, 'for…in'],
  [S.DeleteExpression, 'delete'],
  [S.TypeOfExpression, 'typeof'],
  [S.NewExpression, 'new'],
  [S.QuestionQuestionEqualsToken, '??='],
  [S.BarBarEqualsToken, '||='],
  [S.AmpersandAmpersandEqualsToken, '&&='],
]);

/** All that may be used of what JavaScript itself declares; the rest has no counterpart, or another meaning. */
const GLOBALS = new Set(['Math', 'undefined', 'Uint8Array']);
const ORDER = new Set([S.LessThanToken, S.LessThanEqualsToken, S.GreaterThanToken, S.GreaterThanEqualsToken]);
const LOGIC = new Set([S.AmpersandAmpersandToken, S.BarBarToken]);
const JOIN = new Set([S.PlusToken, S.PlusEqualsToken]);
const TOP_LEVEL = new Set([
  S.ImportDeclaration,
  S.InterfaceDeclaration,
  S.TypeAliasDeclaration,
  S.FunctionDeclaration,
  S.VariableStatement,
]);

/** Every breach in `files`, as `file:line: what`. */
export function breaches(files: string[], options: { host?: ts.CompilerHost } = {}): string[] {
  const program = ts.createProgram(files, OPTIONS, options.host);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const found: string[] = [];
    const say = (node: ts.Node, what: string) => {
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${what}`);
    };
    for (const statement of source.statements) topLevel(statement, say);
    const visit = (node: ts.Node): void => {
      look(node, checker, say);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

type Say = (node: ts.Node, what: string) => void;

function topLevel(statement: ts.Statement, say: Say): void {
  if (!TOP_LEVEL.has(statement.kind)) say(statement, 'something runs at load');
  if (ts.isImportDeclaration(statement)) {
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (!/^\.\/\w+\.ts$/.test(from)) say(statement, `an import of ${from}`);
  }
  if (!ts.isVariableStatement(statement)) return;
  if (!(statement.declarationList.flags & ts.NodeFlags.Const)) say(statement, 'a variable at top level');
  for (const { initializer } of statement.declarationList.declarations) {
    if (initializer && !ts.isLiteralExpression(initializer)) say(statement, 'something runs at load');
  }
}

function look(node: ts.Node, checker: ts.TypeChecker, say: Say): void {
  const syntax = SYNTAX.get(node.kind);
  if (syntax !== undefined) say(node, syntax);
  if (ts.isFunctionLike(node) && ts.getCombinedModifierFlags(node as ts.Declaration) & ts.ModifierFlags.Async)
    say(node, 'async');
  if (ts.isIdentifier(node) && isForeign(node, checker)) say(node, node.text);
  if (ts.isBindingElement(node) && node.initializer) say(node, 'a default in a destructuring');
  const condition = conditionOf(node);
  if (condition && !isA(checker, condition, ts.TypeFlags.BooleanLike))
    say(condition, 'a condition that is not a boolean');
  if (ts.isBinaryExpression(node)) binary(node, checker, say);
  if (ts.isTemplateSpan(node) && !isA(checker, node.expression, ts.TypeFlags.StringLike)) say(node, 'a number in text');
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    if (mayBe(checker, node.expression, ts.TypeFlags.StringLike)) say(node, 'a member of a string');
    if (mayBe(checker, node.expression, ts.TypeFlags.Any)) say(node, 'a member of any');
  }
}

/** Whether a name is one of JavaScript's own that is not in the subset. */
function isForeign(name: ts.Identifier, checker: ts.TypeChecker): boolean {
  if (GLOBALS.has(name.text)) return false;
  if (ts.isPropertyAccessExpression(name.parent) && name.parent.name === name) return false;
  const declarations = checker.getSymbolAtLocation(name)?.declarations ?? [];
  return declarations.some((one) => /\/lib\.[\w.]+\.d\.ts$/.test(one.getSourceFile().fileName));
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isForStatement(node) || ts.isConditionalExpression(node)) return node.condition;
  return ts.isPrefixUnaryExpression(node) && node.operator === S.ExclamationToken ? node.operand : undefined;
}

function binary(node: ts.BinaryExpression, checker: ts.TypeChecker, say: Say): void {
  const { operatorToken, left, right } = node;
  const both = (flags: ts.TypeFlags) => isA(checker, left, flags) && isA(checker, right, flags);
  if (operatorToken.kind === S.QuestionQuestionToken) say(node, '??');
  if (LOGIC.has(operatorToken.kind) && !both(ts.TypeFlags.BooleanLike)) say(node, '|| or && on what is not a boolean');
  if (ORDER.has(operatorToken.kind) && !both(ts.TypeFlags.NumberLike)) say(node, 'an order of what is not a number');
  if (JOIN.has(operatorToken.kind) && !both(ts.TypeFlags.NumberLike) && !both(ts.TypeFlags.StringLike)) {
    say(node, 'a number in text');
  }
}

function typesOf(checker: ts.TypeChecker, expression: ts.Expression): ts.Type[] {
  const type = checker.getTypeAtLocation(expression);
  return type.isUnion() ? type.types : [type];
}

/** Whether every type that an expression can have is of this kind. */
const isA = (checker: ts.TypeChecker, expression: ts.Expression, flags: ts.TypeFlags): boolean =>
  typesOf(checker, expression).every((one) => (one.flags & flags) !== 0);

/** Whether one of the types that an expression can have is of this kind. */
const mayBe = (checker: ts.TypeChecker, expression: ts.Expression, flags: ts.TypeFlags): boolean =>
  typesOf(checker, expression).some((one) => (one.flags & flags) !== 0);
