/** What every end-to-end test gets: a page whose complaints fail the test, an upstream, the demo's log-ins. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  test as base,
  expect,
  type APIRequestContext,
  type BrowserContext,
  type BrowserContextOptions,
} from '@playwright/test';
import type { FirstRun, LogIn } from '../../db/seed/first-run.ts';
import { unique } from '../support/unique.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

export { expect, unique };

/** The demo's administrator has a password that the first run made. */
export type DemoFirstRun = Required<FirstRun> & { admin: LogIn };

interface TestFixtures {
  /** Console errors, CSP violations and uncaught exceptions of every page of this test. */
  complaints: string[];
  /** Another person's browser; closed with the test. */
  openContext(options?: BrowserContextOptions): Promise<BrowserContext>;
}
interface WorkerFixtures {
  upstream: Upstream;
  firstRun: DemoFirstRun;
}

/** Chromium reports every answer that is no success; pages that answer 4xx on purpose are none of ours. */
const EXPECTED = /^Failed to load resource: the server responded with a status of 4\d\d/;

function watch(context: BrowserContext, complaints: string[]): void {
  context.on('page', (page) => {
    page.on('console', (message) => {
      const text = message.text();
      const isComplaint = message.type() === 'error' || /Content Security Policy|hydrat/i.test(text);
      if (isComplaint && !EXPECTED.test(text)) complaints.push(`${page.url()}: ${text}`);
    });
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  });
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  complaints: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      watch(context, complaints);
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  openContext: async ({ browser, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      watch(context, complaints);
      contexts.push(context);
      return context;
    });
    for (const context of contexts) await context.close();
  },
  upstream: [
    // Playwright wants the first argument destructured.
    async ({ browserName: _ }, use, workerInfo) => {
      const ports = (process.env['TOLLGATE_E2E_UPSTREAM_PORTS'] ?? '').split(',').map(Number);
      const upstream = await startUpstream(
        (request, response, recorded) => {
          request.on('end', () => {
            const url = new URL(recorded.url, 'http://upstream');
            response.setHeader('content-type', 'application/json');
            response.end(JSON.stringify({ greeting: `Hello, ${url.searchParams.get('name') ?? 'nobody'}!` }));
          });
        },
        { port: ports[workerInfo.parallelIndex] },
      );
      await use(upstream);
      await upstream.close();
    },
    { scope: 'worker' },
  ],
  firstRun: [
    async ({ browserName: _ }, use) => {
      const file = join(process.env['TOLLGATE_E2E_DATA_DIR'] ?? '', 'first-run.json');
      await use(JSON.parse(readFileSync(file, 'utf8')) as DemoFirstRun);
    },
    { scope: 'worker' },
  ],
});

export interface ApiClient {
  get<T>(path: string): Promise<T>;
  send<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    expectedStatus?: number,
  ): Promise<T>;
}

/** A program that uses the management API with an access token. */
export function apiClient(request: APIRequestContext, token?: string): ApiClient {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return {
    async get<T>(path: string) {
      const response = await request.get(path, { headers });
      expect(response.status(), await response.text()).toBe(200);
      return (await response.json()) as T;
    },
    async send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, expectedStatus = 200) {
      const response = await request.fetch(path, { method, headers, data: body });
      expect(response.status(), await response.text()).toBe(expectedStatus);
      return (await response.json()) as T;
    },
  };
}

export interface Registered {
  username: string;
  password: string;
  api: ApiClient;
}

/** Registers over the API and logs in. */
export async function registerOverApi(
  request: APIRequestContext,
  role: 'seller' | 'buyer',
): Promise<Registered> {
  const username = unique(role);
  const password = `${unique('correct-horse')}-battery`;
  const anonymous = apiClient(request);
  await anonymous.send('POST', '/api/v1/auth/register', { username, password, role }, 201);
  const { token } = await anonymous.send<{ token: string }>('POST', '/api/v1/auth/login', {
    username,
    password,
  });
  return { username, password, api: apiClient(request, token) };
}
