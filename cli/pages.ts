/** Where pages come from: the build, made when it is missing or out of date, or Vite itself. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerBuild } from '@remix-run/node';
import { waitForProcessLock } from '../app/infra/process-lock.ts';
import type { Listener, Pages } from '../server.ts';

const SERVER_BUILD = 'build/server/index.js';
const INPUTS_HASH = 'build/inputs.sha256';
/** Everything the build is made of. */
const INPUTS = [
  'app/**/*',
  'public/**/*',
  'db/schema/*.ts',
  'package-lock.json',
  'vite.config.ts',
  'remix.config.js',
];
const REMIX_CLI = 'node_modules/@remix-run/dev/dist/cli.js';

interface LoadedPages {
  pages: Pages;
  close(): Promise<void>;
}

/** Loads the pages; in development Vite serves them with hot reloading. */
export async function loadPages(options: { development: boolean; listener: Listener }): Promise<LoadedPages> {
  if (options.development) return loadFromVite(options.listener);
  await ensureBuild();
  // React chooses its build when it is read here, and the slow one that helps developers unless told
  // otherwise. How strict we are with our own settings was decided before, when they were read.
  process.env['NODE_ENV'] = 'production';
  const build = (await import(pathToFileURL(resolve(SERVER_BUILD)).href)) as ServerBuild;
  return { pages: { build }, close: async () => {} };
}

async function loadFromVite(listener: Listener): Promise<LoadedPages> {
  const { createServer } = await import('vite');
  const own = process.listeners('SIGTERM');
  const vite = await createServer({ server: { middlewareMode: true, hmr: { server: listener.server } } });
  // The servers inside Vite would end the process in the middle of its own stopping, and leave PostgreSQL behind.
  for (const other of process.listeners('SIGTERM')) if (!own.includes(other)) process.off('SIGTERM', other);
  return {
    pages: {
      build: () => vite.ssrLoadModule('virtual:remix/server-build') as Promise<ServerBuild>,
      middleware: vite.middlewares,
    },
    close: () => vite.close(),
  };
}

function hashInputs(): string {
  const hash = createHash('sha256');
  for (const path of INPUTS.flatMap((pattern) => globSync(pattern)).sort()) {
    if (path.endsWith('.test.ts')) continue;
    try {
      hash.update(path).update('\0').update(readFileSync(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    }
  }
  return hash.digest('hex');
}

/**
 * Builds the web application unless the build fits its inputs.
 * @throws Error when the build fails.
 */
export async function ensureBuild(): Promise<void> {
  // An image without the build tools carries a finished build.
  if (existsSync(SERVER_BUILD) && !existsSync(REMIX_CLI)) return;
  // Two processes that start together must not build into one folder.
  const lock = await waitForProcessLock('build');
  try {
    const inputs = hashInputs();
    if (isBuilt(inputs)) return;
    console.log('Building the web application…');
    await build();
    writeFileSync(INPUTS_HASH, inputs);
  } finally {
    lock.release();
  }
}

function isBuilt(inputs: string): boolean {
  return existsSync(SERVER_BUILD) && existsSync(INPUTS_HASH) && readFileSync(INPUTS_HASH, 'utf8') === inputs;
}

async function build(): Promise<void> {
  const child = spawn(process.execPath, [REMIX_CLI, 'vite:build', '--logLevel', 'error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  if (code !== 0) throw new Error('The web application could not be built; see above.');
}

if (import.meta.main) await ensureBuild();
