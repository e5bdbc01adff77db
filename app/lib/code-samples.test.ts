import { describe, expect, it } from 'vitest';
import { codeSamples } from './code-samples.ts';

const ORIGIN = 'https://api.example.com';

describe('codeSamples', () => {
  it('calls a REST service at its own address below the proxy', () => {
    const samples = codeSamples({ slug: 'toolbox', kind: 'http', models: [] }, ORIGIN);
    expect(samples.map(({ id }) => id)).toEqual(['curl', 'python', 'node']);
    for (const { code } of samples) {
      expect(code).toContain('https://api.example.com/proxy/v1/toolbox/');
      expect(code).toContain('TOLLGATE_KEY');
    }
  });

  it('gives OpenAI’s libraries the base URL with /v1 and a model that names the service', () => {
    const samples = codeSamples({ slug: 'reader', kind: 'llm', models: ['demo-1', 'demo-2'] }, ORIGIN);
    expect(samples.map(({ id }) => id)).toEqual(['curl', 'openai-python', 'openai-node']);
    for (const { code } of samples.slice(1)) {
      expect(code).toMatch(/(base_url="|baseURL: ')https:\/\/api\.example\.com\/v1["']/);
      expect(code).toContain('"reader/demo-1"');
    }
  });

  it('quotes whatever a seller calls a model', () => {
    const [, python] = codeSamples({ slug: 'x', kind: 'llm', models: ['a"b\\c'] }, ORIGIN);
    expect(python?.code).toContain('model="x/a\\"b\\\\c"');
  });

  it('falls back to plain HTTP while a seller has named no model', () => {
    const ids = codeSamples({ slug: 'x', kind: 'llm', models: [] }, ORIGIN).map(({ id }) => id);
    expect(ids).toEqual(['curl', 'python', 'node']);
  });
});
