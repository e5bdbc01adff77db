import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedEmptyDatabase, type FirstRun } from '../../db/seed/first-run.ts';
import {
  credentials,
  disputes,
  endpoints,
  invoices,
  plans,
  receipts,
  services,
  upstreams,
  usageEvents,
} from '../../db/schema/index.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await createTestPlatform({
    DEMO: '1',
    OPENAI_API_KEY: 'sk-canary-openai',
    ANTHROPIC_API_KEY: 'sk-canary-anthropic',
  });
  await seedEmptyDatabase(platform);
});
afterAll(() => platform.close());

describe('the first run', () => {
  it('makes a provider for every key of an LLM maker in the environment, unseen by buyers', async () => {
    const rows = await platform.db.select().from(services);
    const providers = rows.filter(({ name }) => ['OpenAI', 'Anthropic', 'Google'].includes(name));
    expect(providers.map(({ name, status, kind }) => [name, status, kind])).toEqual([
      ['OpenAI', 'draft', 'llm'],
      ['Anthropic', 'draft', 'llm'],
    ]);
    const stored = await platform.db.select().from(credentials);
    const secrets = stored.map(({ id, secretEnvelope }) =>
      platform.keyring.open(secretEnvelope!, `credential:${id}`),
    );
    expect(secrets).toEqual(expect.arrayContaining(['sk-canary-openai', 'sk-canary-anthropic']));
  });

  it('shows a pool, three dialects and a custom path, and writes no provider key down', async () => {
    const dialects = (await platform.db.select().from(upstreams)).map(({ name, dialect }) => [name, dialect]);
    expect(dialects).toEqual(
      expect.arrayContaining([
        ['Main', 'openai-chat'],
        ['Claude', 'anthropic'],
        ['Gemini', 'gemini'],
      ]),
    );
    const text = readFileSync(join(platform.config.dataDir, 'first-run.json'), 'utf8');
    const firstRun = JSON.parse(text) as FirstRun;
    const [path] = await platform.db.select().from(endpoints);
    expect(path?.path).toBe(firstRun.path);
    expect(text).not.toContain('canary');
  });

  it('shows money of every kind: plans, a paid invoice and one to review, a dispute, a receipt for each call', async () => {
    const kinds = new Set((await platform.db.select().from(plans)).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'custom',
      'flat',
      'free',
      'freemium',
      'per_call',
      'per_token',
      'tiered',
    ]);
    const papers = await platform.db.select().from(invoices);
    expect(papers.map(({ status }) => status).sort()).toEqual(['draft', 'paid']);
    expect(await platform.db.select().from(disputes)).toMatchObject([{ status: 'open' }]);
    const calls = await platform.db.select().from(usageEvents);
    expect(calls.length).toBeGreaterThan(100);
    expect(await platform.db.select().from(receipts)).toHaveLength(calls.length);
  });
});
