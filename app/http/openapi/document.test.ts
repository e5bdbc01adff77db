import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createOpenApiDocument, OPERATIONS } from './document.ts';

/** `api/v1` routes of the route table, as OpenAPI writes paths. */
function routePaths(): string[] {
  const table = readFileSync('app/routes.ts', 'utf8');
  const start = table.indexOf("prefix('api/v1'");
  const section = table.slice(start, table.indexOf(']),', start));
  return [...section.matchAll(/route\('([^'*]+)'/g)].map(
    ([, path]) => `/api/v1/${path!.replace(/:(\w+)/g, '{$1}')}`,
  );
}

describe('OpenAPI document', () => {
  it('describes every endpoint of the management API, and none that is not there', () => {
    const described = Object.keys(OPERATIONS).filter((path) => path.startsWith('/api/'));
    expect(described.sort()).toEqual(routePaths().sort());
  });

  it('describes exactly the methods that an endpoint answers', () => {
    const all = readFileSync('app/routes.ts', 'utf8');
    const table = all.slice(all.indexOf("prefix('api/v1'"));
    for (const [path, methods] of Object.entries(OPERATIONS).filter(([name]) => name.startsWith('/api/'))) {
      const route = path.slice('/api/v1/'.length).replace(/\{(\w+)\}/g, ':$1');
      const file = new RegExp(`route\\('${route}', '([^']+)'`).exec(table)![1]!;
      const source = readFileSync(`app/${file}`, 'utf8');
      const answered = ['POST', 'PUT', 'PATCH', 'DELETE'].filter((method) =>
        new RegExp(`^\\s+${method}[:(]|async ${method}\\(`, 'm').test(source),
      );
      if (/loader = (?:api|reader|report)Loader/.test(source)) answered.push('GET');
      expect([
        path,
        ...Object.keys(methods)
          .map((method) => method.toUpperCase())
          .sort(),
      ]).toEqual([path, ...answered.sort()]);
    }
  });

  it('refers only to schemas that exist, and names operations once', () => {
    const document = createOpenApiDocument('https://example.com', '1.0.0');
    const text = JSON.stringify(document);
    const schemas = Object.keys((document['components'] as { schemas: object }).schemas);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) expect(schemas).toContain(name);
    const ids = Object.values(OPERATIONS).flatMap((methods) => Object.values(methods).map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
