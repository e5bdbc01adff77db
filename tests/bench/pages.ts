/** The program as `npm start` runs it, with its demo: where its pages are, and the cookies of who may see them. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFirstRun, type FirstRun, type LogIn } from '../../db/seed/first-run.ts';
import { findFreePort } from '../support/ports.ts';
import { until } from '../support/until.ts';

export interface Page {
  path: string;
  headers: Record<string, string>;
}

export interface DemoPages {
  port: number;
  pages: Page[];
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 180_000;
const PUBLIC = ['/', '/services/reader', '/login'];
const BUYER = ['/buyer', '/buyer/usage', '/buyer/reports', '/buyer/wallet', '/buyer/keys'];
const SELLER = ['/seller', '/seller/services', '/seller/earnings', '/seller/reports'];
const ADMIN = ['/admin', '/admin/users', '/admin/reports', '/admin/ledger'];

async function logIn(url: string, { username, password }: LogIn): Promise<string> {
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ login: username, password, next: '' }),
    redirect: 'manual',
  });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]!);
  if (answer.status >= 400 || cookies.length === 0)
    throw new Error(`the log-in was answered ${answer.status}`);
  return cookies.join('; ');
}

async function isReady(url: string, program: ChildProcess): Promise<boolean> {
  if (program.exitCode !== null) throw new Error(`the program ended with ${program.exitCode}`);
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

export async function startDemoPages(): Promise<DemoPages> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-bench-pages-'));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const program = fork(fileURLToPath(new URL('../../cli/start.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      NODE_ENV: 'development',
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      DEMO: '1',
      LOG_LEVEL: 'warn',
    },
  });
  const close = async (): Promise<void> => {
    const ended = once(program, 'exit');
    if (program.exitCode === null && program.kill('SIGTERM')) await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await until('the program answers', () => isReady(url, program), START_TIMEOUT_MS);
    const { buyer, seller, admin } = readFirstRun(dataDir) as Required<FirstRun> & { admin: LogIn };
    const pagesOf = async (paths: string[], who: LogIn): Promise<Page[]> => {
      const cookie = await logIn(url, who);
      return paths.map((path) => ({ path, headers: { cookie } }));
    };
    const pages = [
      ...PUBLIC.map((path) => ({ path, headers: {} })),
      ...(await pagesOf(BUYER, buyer)),
      ...(await pagesOf(SELLER, seller)),
      ...(await pagesOf(ADMIN, admin)),
    ];
    return { port, pages, close };
  } catch (error) {
    await close();
    throw error;
  }
}
