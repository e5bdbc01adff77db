import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { LEDGER_TRANSACTION_KINDS } from '../../db/schema/index.ts';
import { JOBS } from '../../worker/jobs.ts';
import { environmentNames, loadConfig } from '../../app/infra/config.ts';
import { ERROR_STATUS } from '../../app/lib/app-error.ts';
import { readJson, repositoryFiles } from './files.ts';

const documents = repositoryFiles().filter((path) => /^(docs\/.*|[A-Z]+)\.md$/.test(path));
const { scripts } = readJson<{ scripts: Record<string, string> }>('package.json');

/** Text in backquotes that names something in the repository: `app/lib/money.ts`, `docs/decisions/`. */
function citedPaths(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  return (
    [...prose.matchAll(/`([^`\s]+)`/g)]
      .map((match) => match[1]!)
      .filter(
        (word) =>
          /^(app|worker|db|cli|tests|docs|public|\.ci)\/[\w./-]*$/.test(word) ||
          /^[\w.-]+\.(ts|js|yml|json)$/.test(word),
      )
      // Made at run time under DATA_DIR, or a name that many files have.
      .filter((word) => !['first-run.json', 'secrets.json', 'index.ts'].includes(word))
  );
}

describe('the documents', () => {
  it.each(documents)('%s cites only files that exist', (document) => {
    const missing = citedPaths(readFileSync(document, 'utf8')).filter((path) => !existsSync(path));
    expect(missing).toEqual([]);
  });

  it.each(documents)('%s links only to files that exist', (document) => {
    const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(
      (match) => match[1]!,
    );
    expect(links.filter((link) => !existsSync(join(dirname(document), link)))).toEqual([]);
  });

  it.each(documents)('%s names only commands that exist', (document) => {
    const named = [...readFileSync(document, 'utf8').matchAll(/npm run ([\w:-]+)/g)].map(
      (match) => match[1]!,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('what the documents list', () => {
  const missingIn = (document: string, names: readonly string[]) => {
    const text = readFileSync(document, 'utf8');
    return names.filter((name) => !text.includes(`\`${name}`));
  };

  it('is every job there is', () => {
    expect(missingIn('docs/ARCHITECTURE.md', Object.keys(JOBS))).toEqual([]);
  });

  it('is every kind of posting there is', () => {
    expect(missingIn('docs/money.md', LEDGER_TRANSACTION_KINDS)).toEqual([]);
  });

  it('is every event of Stripe that something is done about', () => {
    const table = readFileSync('app/domain/stripe-events/handlers.ts', 'utf8');
    const prefixes = [...table.matchAll(/^ {2}\['([a-z_.]+)'/gm)].map((match) => match[1]!);
    expect(prefixes).toContain('invoice.paid');
    expect(missingIn('README.md', prefixes)).toEqual([]);
  });
});

describe('the error reference', () => {
  const sections = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^## (\w+)\n\n(\d{3})\. (.+)/gm)];

  it('has one section for every code, and none for others', () => {
    expect(sections.map((section) => section[1]).sort()).toEqual(Object.keys(ERROR_STATUS).sort());
  });

  it('gives every code its status', () => {
    for (const [, code, status] of sections) {
      expect(Number(status), code).toBe(ERROR_STATUS[code as keyof typeof ERROR_STATUS]);
    }
  });
});

describe('.env.example', () => {
  const text = readFileSync('.env.example', 'utf8');
  const assigned = [...text.matchAll(/^([A-Za-z_]+)=(.*)$/gm)].map((match) => ({
    name: match[1]!,
    value: match[2]!,
  }));

  it('documents every variable that is read, each once', () => {
    const names = assigned.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    expect(environmentNames().filter((name) => !names.includes(name))).toEqual([]);
  });

  it('documents nothing that is not read', () => {
    const compose = readFileSync('docker-compose.yml', 'utf8');
    const known = environmentNames();
    const strangers = assigned.filter(({ name }) => !known.includes(name) && !compose.includes(`\${${name}`));
    expect(strangers).toEqual([]);
  });

  it('changes nothing when it is copied as it is, and publishes no secret', () => {
    expect(assigned.filter(({ value }) => value !== '')).toEqual([]);
    const copied = Object.fromEntries(assigned.map(({ name, value }) => [name, value]));
    const secrets = { SESSION_SECRET: 's', JWT_SECRET: 'j', KEY_PEPPER: 'p', ENCRYPTION_KEY: 'k'.repeat(32) };
    const load = (environment: Record<string, string>) =>
      loadConfig({ ...environment, NODE_ENV: 'test', DATA_DIR: 'test-results/none', ...secrets });
    expect(load(copied)).toEqual(load({}));
  });
});

describe('decisions', () => {
  const records = repositoryFiles().filter((path) => path.startsWith('docs/decisions/'));

  it('are numbered once each and named after what they decide', () => {
    const numbers = records.map((path) => /^docs\/decisions\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]);
    expect(numbers).not.toContain(undefined);
    expect(new Set(numbers).size).toBe(records.length);
  });

  it.each(records)('%s has its number as title, a status, context, decision and consequences', (path) => {
    const text = readFileSync(path, 'utf8');
    const number = Number(/(\d{4})/.exec(path)![1]);
    expect(text).toMatch(
      new RegExp(`^# ${number}\\. .+\\n\\nStatus: (accepted|superseded by \\d+), \\d{4}-\\d\\d-\\d\\d\\n`),
    );
    for (const heading of ['Context', 'Decision', 'Consequences'])
      expect(text).toContain(`\n## ${heading}\n`);
  });
});
