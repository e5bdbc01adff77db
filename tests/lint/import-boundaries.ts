/**
 * Who may import whom (docs/ARCHITECTURE.md, section 4). A file belongs to the room its path names;
 * a relative import is allowed when the room of its target is listed, as a value or as a type only.
 */
import { dirname, join, relative } from 'node:path/posix';
import type { Rule } from 'eslint';
import type { Node } from 'estree';

type Grant = 'value' | 'type';

/** Every room, and what a file in it may import besides its own room. */
const MAY_IMPORT: Record<string, Record<string, Grant>> = {
  routes: { domain: 'value', http: 'value', components: 'value', i18n: 'value', lib: 'value' },
  gateway: { domain: 'value', infra: 'value', lib: 'value', db: 'type', platform: 'type' },
  'worker/tasks': { domain: 'value', infra: 'value', lib: 'value', i18n: 'value', 'worker/jobs': 'value' },
  'worker/jobs': { db: 'type', lib: 'value' },
  domain: { db: 'value', infra: 'type', lib: 'value', 'worker/jobs': 'value' },
  infra: { lib: 'value', db: 'type' },
  db: { lib: 'value' },
  http: { domain: 'value', infra: 'type', i18n: 'value', lib: 'value', db: 'value', platform: 'type' },
  components: { lib: 'value', i18n: 'value', domain: 'type', http: 'type' },
  i18n: { lib: 'value', http: 'type' },
  lib: {},
};

const PLATFORM = 'app/platform.ts';
/** Stateless parts of `infra` that domain verbs call directly: pure functions, nothing to inject. */
const PURE_INFRA = /^app\/infra\/(passwords|tokens)\.ts$/;
/** What `components` may import from `domain` besides types. */
const SCHEMAS = /^app\/domain\/[^/]+\/schemas\.ts$/;

/** The room of a repository path, or null for entry points and files outside the house. */
export function roomOf(path: string): string | null {
  if (path === PLATFORM) return 'platform';
  if (path === 'worker/jobs.ts') return 'worker/jobs';
  if (path.startsWith('worker/tasks/')) return 'worker/tasks';
  // The demo is built from domain verbs, like an entry point; it only happens to fill the database.
  if (path.startsWith('db/seed/')) return null;
  if (path.startsWith('db/')) return 'db';
  const room = /^app\/(routes|gateway|domain|infra|http|components|i18n|lib)\//.exec(path)?.[1];
  return room ?? null;
}

const ENTRY_ONLY = new Set(['routes', 'worker/tasks', 'platform']);

function nounOf(path: string): string | undefined {
  return /^app\/domain\/([^/]+)\//.exec(path)?.[1];
}

/** Why `from` may not import `to`, or null when it may. */
export function boundaryProblem(from: string, to: string, kind: Grant): string | null {
  // The composition root puts everything together.
  const fromRoom = from === PLATFORM ? null : roomOf(from);
  const toRoom = roomOf(to);
  if (to.endsWith('.tsx') && !from.endsWith('.tsx') && !isBundled(from)) {
    return 'code that Node runs itself must not import a .tsx file';
  }
  if (fromRoom === null || toRoom === null) return null;
  if (fromRoom === toRoom) return fromRoom === 'domain' ? betweenNouns(from, to) : null;
  if (fromRoom === 'http' && to.startsWith('db/schema/') && kind === 'value') {
    return 'http never touches tables';
  }
  const grant = MAY_IMPORT[fromRoom]?.[toRoom];
  if (grant === 'value' || (grant === 'type' && kind === 'type')) return null;
  if (fromRoom === 'domain' && PURE_INFRA.test(to)) return null;
  if (fromRoom === 'components' && SCHEMAS.test(to)) return null;
  if (toRoom === 'platform' && kind === 'type') return null;
  if (grant === 'type') return `${fromRoom} may import only types from ${toRoom}`;
  return ENTRY_ONLY.has(toRoom)
    ? `only entry points import ${toRoom}`
    : `${fromRoom} must not import from ${toRoom}`;
}

/** Only the web bundle loads these, whatever their ending. */
function isBundled(path: string): boolean {
  return /^app\/(routes|components|i18n)\//.test(path) || /\.test\.tsx?$/.test(path);
}

function betweenNouns(from: string, to: string): string | null {
  const target = nounOf(to);
  if (target === undefined || nounOf(from) === target) return null;
  // Types and schemas stand beside the index; verbs of another noun are reached through it.
  if (/\/(index|schemas)\.ts$/.test(to)) return null;
  return `import ${target} through its index.ts`;
}

type ImportLike = Node & { importKind?: string; exportKind?: string; specifiers?: { importKind?: string }[] };

function kindOf(node: ImportLike): Grant {
  if (node.importKind === 'type' || node.exportKind === 'type') return 'type';
  const { specifiers = [] } = node;
  return specifiers.length > 0 && specifiers.every((one) => one.importKind === 'type') ? 'type' : 'value';
}

export const importBoundaries: Rule.RuleModule = {
  meta: { type: 'problem', messages: { crossed: '{{problem}} ({{to}})' }, schema: [] },
  create(context) {
    const from = relative(context.cwd.replaceAll('\\', '/'), context.filename.replaceAll('\\', '/'));
    const check = (node: ImportLike, source: unknown): void => {
      if (typeof source !== 'string' || !source.startsWith('.')) return;
      const to = join(dirname(from), source);
      const problem = boundaryProblem(from, to, kindOf(node));
      if (problem) context.report({ node, messageId: 'crossed', data: { problem, to } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => check(node, node.source.type === 'Literal' ? node.source.value : null),
    };
  },
};
