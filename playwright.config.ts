import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { findChromium } from './tests/support/find-chromium.ts';
import { findFreePort } from './tests/support/ports.ts';

/** As many upstreams as workers; the program under test lets exactly these loopback ports through. */
const WORKERS = 2;

/** The file is loaded by every worker too: what the first one chose holds for all. */
async function once(name: string, choose: () => string | Promise<string>): Promise<string> {
  return (process.env[name] ??= await choose());
}

const port = await once('TOLLGATE_E2E_PORT', async () => String(await findFreePort()));
const dataDir = await once('TOLLGATE_E2E_DATA_DIR', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-e2e-'));
  // The program under test stops before this process does.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
});
const upstreamPorts = await once('TOLLGATE_E2E_UPSTREAM_PORTS', async () => {
  const ports = new Set<number>();
  while (ports.size < WORKERS) ports.add(await findFreePort());
  return [...ports].join(',');
});
const baseURL = `http://127.0.0.1:${port}`;

/** Blank wins over a developer's .env: the tests bring their own everything. */
const OWN_ENVIRONMENT = Object.fromEntries(
  [
    'DATABASE_URL',
    'DB_HOST',
    'REDIS_URL',
    'REDIS_HOST',
    'STRIPE_SECRET_KEY',
    'SMTP_URL',
    'PUBLIC_URL',
    'ADMIN_PASSWORD',
    'OPENAI_API_KEY',
    'ANTHROPIC_API_KEY',
    'GOOGLE_API_KEY',
  ].map((name) => [name, '']),
);

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: WORKERS,
  // Browsers on a shared machine; a test that needs it is reported as flaky.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    baseURL,
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: findChromium() ?? undefined,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
  webServer: {
    command: 'node cli/start.ts',
    url: `${baseURL}/readyz`,
    timeout: 180_000,
    reuseExistingServer: false,
    // The embedded database stops cleanly only when the program is asked to.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 45_000 },
    stdout: 'ignore',
    stderr: 'pipe',
    env: {
      ...OWN_ENVIRONMENT,
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: port,
      DATA_DIR: dataDir,
      DEMO: '1',
      LOG_LEVEL: 'warn',
      EGRESS_ALLOW: upstreamPorts
        .split(',')
        .map((upstreamPort) => `127.0.0.1:${upstreamPort}`)
        .join(','),
    },
  },
});
