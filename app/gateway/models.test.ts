import { describe, expect, it } from 'vitest';
import { applyModelRoutes, findModel, findModelOf } from './models.ts';
import type { CompiledService } from './snapshot.ts';

function service(
  slug: string,
  models: string[],
  { priority = 100, aliases = {} }: { priority?: number; aliases?: Record<string, string> } = {},
): CompiledService {
  return { slug, modelAliases: aliases, upstreams: [{ models, priority }] } as unknown as CompiledService;
}

const writer = service('writer', ['cheap', 'dear'], { aliases: { best: 'dear', default: 'cheap' } });
const other = service('other', ['dear', 'own'], { priority: 10 });
const any = service('any', []);
const found = (name: string, services = [writer, other, any]) => {
  const match = findModel(services, name);
  return match && `${match.service.slug}/${match.model}`;
};

describe('a model name', () => {
  it.each([
    ['writer/dear', 'writer/dear'],
    ['writer/best', 'writer/dear'],
    ['best', 'writer/dear'],
    ['dear', 'other/dear'],
    ['cheap', 'writer/cheap'],
    ['unknown', 'any/unknown'],
    ['meta/llama', 'any/meta/llama'],
    ['any/meta/llama', 'any/meta/llama'],
    ['constructor', 'any/constructor'],
  ])('%s means %s', (name, expected) => expect(found(name)).toBe(expected));

  it('means nothing where no service has it', () => {
    expect(found('unknown', [writer, other])).toBeNull();
    expect(found('writer/own', [writer, other])).toBeNull();
  });

  it('may carry the slug of the one service it is asked at', () => {
    expect(findModelOf(writer, 'writer/best')?.model).toBe('dear');
    expect(findModelOf(writer, 'other/dear')).toBeNull();
    expect(findModelOf(service('x', ['x/y']), 'x/y')?.model).toBe('x/y');
  });
});

describe('a key’s model routes', () => {
  const routes = [
    { pattern: 'gpt-4*', target: 'writer/dear', priority: 1 },
    { pattern: 'gpt-*', target: 'other/', priority: 2 },
    { pattern: '*', target: 'cheap', priority: 3 },
  ];
  it.each([
    ['gpt-4o', 'writer/dear'],
    ['gpt-3', 'other/gpt-3'],
    ['claude', 'cheap'],
  ])('send %s to %s', (name, target) => expect(applyModelRoutes(routes, [writer], name)).toBe(target));

  it('keep the model without the service that stood in front of it', () => {
    const keep = [{ pattern: '*', target: 'other/', priority: 1 }];
    expect(applyModelRoutes(keep, [writer], 'writer/dear')).toBe('other/dear');
    expect(applyModelRoutes(keep, [writer], 'meta/llama')).toBe('other/meta/llama');
    expect(applyModelRoutes([], [writer], 'x')).toBe('x');
  });
});
