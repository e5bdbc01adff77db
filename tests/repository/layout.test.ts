import { readFileSync } from 'node:fs';
import { basename } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import routes from '../../app/routes.ts';
import { PAGES, REACHED_BY_LINKS } from '../e2e/pages.ts';
import { repositoryFiles } from './files.ts';

const files = repositoryFiles();
const sources = files.filter((path) => /^(app|worker|db|cli|tests)\/.*\.(ts|tsx)$/.test(path));

interface RouteEntry {
  path?: string | undefined;
  index?: boolean | undefined;
  file: string;
  children?: RouteEntry[] | undefined;
}

/** Addresses of pages, with their parameters: `/services/:slug`. Layouts are part of their pages. */
function pagesOf(entries: readonly RouteEntry[], parent = ''): string[] {
  return entries.flatMap((entry) => {
    const path = entry.path === undefined ? parent : `${parent}/${entry.path}`;
    if (entry.children) return pagesOf(entry.children, path);
    return entry.file.endsWith('.tsx') ? [path || '/'] : [];
  });
}

describe('the layout', () => {
  it('names files and folders in kebab case', () => {
    const parts = sources.flatMap((path) =>
      path.replace(/(\.test|\.client|\.server|\.spec|\.d)?\.tsx?$/, '').split('/'),
    );
    expect(
      [...new Set(parts)].filter((part) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(client|server))?$/.test(part)),
    ).toEqual([]);
  });

  it('has no drawer for what found no place', () => {
    const drawers = sources.filter((path) =>
      /(^|\/)(utils?|helpers?|common|misc|shared|types)(\.tsx?$|\/)/.test(path),
    );
    expect(drawers).toEqual([]);
  });

  it('gives every domain noun one entrance', () => {
    const nouns = new Set(sources.map((path) => /^app\/domain\/([^/]+)\//.exec(path)?.[1]).filter(Boolean));
    const without = [...nouns].filter((noun) => !files.includes(`app/domain/${noun}/index.ts`));
    expect(without).toEqual([]);
  });

  it('has an executor for every job of the catalogue', () => {
    const catalogue = readFileSync('worker/jobs.ts', 'utf8').match(/^ {2}(\w+): \{ payload/gm) ?? [];
    expect(catalogue.length).toBeGreaterThan(0);
    for (const line of catalogue) {
      const identifier = /(\w+):/.exec(line)![1]!;
      expect(files).toContain(`worker/tasks/${identifier.replaceAll('_', '-')}.ts`);
    }
  });

  it('has a file for every route of the table, and a route for every file', () => {
    const table = readFileSync('app/routes.ts', 'utf8');
    const listed = [...table.matchAll(/'(routes\/[^']+\.tsx?)'/g)].map((match) => `app/${match[1]}`);
    expect(listed.filter((path) => !files.includes(path))).toEqual([]);
    const modules = files.filter((path) => /^app\/routes\/.*\.tsx?$/.test(path) && !path.includes('.test.'));
    expect(modules.filter((path) => !listed.includes(path))).toEqual([]);
  });

  it('looks at every page of the route table with axe', () => {
    const opened = Object.values(PAGES)
      .flat()
      .map((path) => path.replace(/\?.*/, ''));
    const matches = (route: string, path: string) =>
      new RegExp(`^${route.replace(/:\w+/g, '[^/]+').replace('*', '.+')}$`).test(path);
    const unseen = pagesOf(routes).filter(
      (route) => !REACHED_BY_LINKS.includes(route) && !opened.some((path) => matches(route, path)),
    );
    expect(unseen).toEqual([]);
  });

  it('keeps migrations in the order of the journal', () => {
    const journal = JSON.parse(readFileSync('db/migrations/meta/_journal.json', 'utf8')) as {
      entries: { tag: string; when: number }[];
    };
    const listed = journal.entries.map((entry) => `${entry.tag}.sql`);
    expect(
      files.filter((path) => /^db\/migrations\/.*\.sql$/.test(path)).map((path) => basename(path)),
    ).toEqual(listed);
    const times = journal.entries.map((entry) => entry.when);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
