import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentNames, loadConfig } from '../../app/infra/config.ts';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  env_file?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  stop_grace_period?: string;
  volumes?: string[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;
const dockerfile = readFileSync('Dockerfile', 'utf8');

describe('docker-compose.yml', () => {
  it('brings up web, worker, PostgreSQL and Redis', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['postgres', 'redis', 'web', 'worker']);
  });

  it.each(['web', 'worker'])(
    'starts %s with a program of this repository, after its database is healthy',
    (name) => {
      const service = compose.services[name]!;
      expect(service.command?.[0]).toBe('node');
      expect(existsSync(service.command![1]!)).toBe(true);
      expect(service.env_file).toBe('.env');
      for (const dependency of ['postgres', 'redis']) {
        expect(service.depends_on?.[dependency]?.condition).toBe('service_healthy');
        expect(compose.services[dependency]?.healthcheck?.test).toBeDefined();
      }
      // Longer than the 30 s that running calls may take.
      expect(parseInt(service.stop_grace_period ?? '0', 10)).toBeGreaterThan(30);
    },
  );

  it.each(['web', 'worker'])('gives %s an environment that the program accepts in production', (name) => {
    const environment = compose.services[name]!.environment!;
    expect(Object.keys(environment).filter((variable) => !environmentNames().includes(variable))).toEqual([]);
    const filled = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [
        key,
        value.replace(/\$\{\w+:\?[^}]*\}/g, 'pg-password'),
      ]),
    );
    const secret = (letter: string) => `${letter}9x/`.repeat(12);
    const config = loadConfig({
      ...filled,
      PUBLIC_URL: 'https://market.example.com',
      SESSION_SECRET: secret('s'),
      JWT_SECRET: secret('j'),
      KEY_PEPPER: secret('p'),
      ENCRYPTION_KEY: Buffer.alloc(32, 'k7q').toString('base64'),
      STRIPE_SECRET_KEY: 'sk_live_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
    });
    expect(config.mode).toBe('production');
    expect(new URL(config.databaseUrl!).hostname).toBe('postgres');
    expect(new URL(config.redis!.url).hostname).toBe('redis');
  });

  it('holds no secret and asks for the missing ones', () => {
    const text = readFileSync('docker-compose.yml', 'utf8');
    expect(text.match(/\$\{POSTGRES_PASSWORD[^}]*\}/g)).toEqual(
      Array<string>(2).fill('${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}'),
    );
    expect(text).not.toMatch(/PASSWORD: (?!\$)/);
  });

  it('declares every volume it mounts', () => {
    const mounted = Object.values(compose.services).flatMap((service) => service.volumes ?? []);
    for (const volume of mounted) expect(compose.volumes).toHaveProperty(volume.split(':')[0]!);
  });
});

describe('the image', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const last = stages.at(-1)!;

  it('is built in one stage and run in another, by an ordinary user', () => {
    expect(stages).toHaveLength(2);
    expect(stages.every((stage) => stage.startsWith('node:24-slim'))).toBe(true);
    expect(last).toMatch(/^USER node$/m);
  });

  it('copies only what exists, and everything the programs need', () => {
    const copied = [...last.matchAll(/^COPY --from=build (?:--chown=\S+ )?(.+) \S+$/gm)].flatMap((match) =>
      match[1]!.split(' ').map((path) => path.replace('/app/', '')),
    );
    const made = ['node_modules', 'build'];
    for (const path of copied) expect(made.includes(path) || existsSync(path), path).toBe(true);
    expect(copied).toEqual(
      expect.arrayContaining([
        ...made,
        'app',
        'db',
        'worker',
        'cli',
        'public',
        'docs/errors.md',
        'server.ts',
        'package.json',
      ]),
    );
  });

  it('starts the web process and asks it whether it is ready', () => {
    expect(last).toMatch(/^CMD \["node", "server\.ts"\]$/m);
    expect(last).toMatch(/^HEALTHCHECK [\s\S]*\/readyz/m);
  });

  it('leaves local data and secrets out', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.git', 'data', 'node_modules', 'build']));
  });
});
