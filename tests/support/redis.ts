/** A real Redis of the test's own: no persistence, loopback only. */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findFreePort } from './ports.ts';

export interface TestRedis {
  url: string;
  port: number;
  /** Frozen servers accept connections and answer nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends the server as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Path of `redis-server`, or null; `npm test` installs it where it can. */
export function findRedisServer(): string | null {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  for (const folder of folders) {
    const file = join(folder, 'redis-server');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** @param options.port starts again where a killed server was. */
export async function startRedis(options: { port?: number } = {}): Promise<TestRedis> {
  const program = findRedisServer();
  if (!program) throw new Error('redis-server is not on the PATH; run "npm test" once, or install Redis');
  const port = options.port ?? (await findFreePort());
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-redis-'));
  const server = spawn(
    program,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/Ready to accept connections/i.test(log)) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server stopped with code ${code}:\n${log}`)));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server.kill(signal);
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    close: () => end('SIGKILL'),
  };
}
