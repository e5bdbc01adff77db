/**
 * What an empty database gets: an administrator, and outside production a demo marketplace whose
 * services really run. Nothing here happens twice.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../app/domain/context.ts';
import { createProvider } from '../../app/domain/providers/index.ts';
import { createAdministrator } from '../../app/domain/users/index.ts';
import type { Platform } from '../../app/platform.ts';
import { users } from '../schema/index.ts';
import { seedDemo, type DemoAccounts } from './demo/seed-demo.ts';
import { startDemoUpstreams } from './demo/start-demo-upstreams.ts';

export interface LogIn {
  username: string;
  password: string;
}

/** `DATA_DIR/first-run.json`, mode 0600: what a person or a test needs to begin. */
export interface FirstRun extends Partial<DemoAccounts> {
  url: string;
  /** Without the password outside the demo: that one is printed, once. */
  admin: Pick<LogIn, 'username'> & Partial<LogIn>;
}

/** Two processes that start on one empty database must not both seed it. */
const SEED_LOCK = 7_011_902;

export const firstRunFile = (dataDir: string): string => join(dataDir, 'first-run.json');

/** Reads the file; null when there was no first run here. */
export function readFirstRun(dataDir: string): FirstRun | null {
  const file = firstRunFile(dataDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FirstRun) : null;
}

function writeFirstRun(dataDir: string, firstRun: FirstRun): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(firstRunFile(dataDir), `${JSON.stringify(firstRun, null, 2)}\n`, { mode: 0o600 });
}

/** For `npm start`: first run with the demo, and the demo's own upstreams. */
export async function prepareDemoMarketplace(platform: Platform): Promise<{ close(): Promise<void> }> {
  await seedEmptyDatabase(platform);
  return platform.config.demo ? startDemoUpstreams(platform) : { close: async () => {} };
}

/** For `npm run seed`, and the first half of every start: does nothing where there is a user. */
export async function seedEmptyDatabase(platform: Platform): Promise<void> {
  if (!platform.config.demo) {
    await prepareAdministrator(platform);
    return;
  }
  await onEmptyDatabase(platform, async () => {
    const admin = {
      username: platform.config.admin.username,
      password: platform.config.admin.password ?? newPassword(),
    };
    const administrator = await makeAdministrator(platform, { ...admin, mustChangePassword: false });
    const accounts = await seedDemo(platform, administrator, newPassword);
    writeFirstRun(platform.config.dataDir, { url: platform.publicUrl, admin, ...accounts });
  });
  const known = readFirstRun(platform.config.dataDir);
  // The port may have changed since.
  if (known && known.url !== platform.publicUrl)
    writeFirstRun(platform.config.dataDir, { ...known, url: platform.publicUrl });
}

/** For a real installation: a first administrator, whose generated password is printed once. */
export async function prepareAdministrator(platform: Platform): Promise<{ close(): Promise<void> }> {
  await onEmptyDatabase(platform, async () => {
    const { username, password: given } = platform.config.admin;
    const password = given ?? newPassword();
    await makeAdministrator(platform, { username, password, mustChangePassword: given === null });
    if (given === null) {
      console.log(
        `\nFirst administrator: ${username}\nPassword, shown this once: ${password}\nIt must be changed at the first log-in.\n`,
      );
    }
    writeFirstRun(platform.config.dataDir, { url: platform.publicUrl, admin: { username } });
  });
  return { close: async () => {} };
}

/** The administrator, with a provider for every LLM maker whose key the environment holds. */
async function makeAdministrator(
  platform: Platform,
  account: Parameters<typeof createAdministrator>[1],
): Promise<Context> {
  const { user, organization } = await createAdministrator(systemContext(platform), account);
  const ctx = platform.createContext({
    type: 'user',
    userId: user.id,
    organizationId: organization.id,
    role: 'owner',
    isPlatformAdmin: true,
  });
  const { openai, anthropic, google } = platform.config.providerKeys;
  for (const [name, dialect, apiKey] of [
    ['OpenAI', 'openai-chat', openai],
    ['Anthropic', 'anthropic', anthropic],
    ['Google', 'gemini', google],
  ] as const) {
    if (apiKey !== null) await createProvider(ctx, { name, dialect, apiKey });
  }
  return ctx;
}

async function onEmptyDatabase(platform: Platform, seed: () => Promise<void>): Promise<void> {
  const connection = await platform.database.sql.reserve();
  try {
    await connection`select pg_advisory_lock(${SEED_LOCK})`;
    const [row] = await platform.db.select({ id: users.id }).from(users).limit(1);
    if (!row) await seed();
  } finally {
    await connection`select pg_advisory_unlock(${SEED_LOCK})`;
    connection.release();
  }
}

const systemContext = (platform: Platform) => platform.createContext({ type: 'system', job: 'first-run' });

const newPassword = (): string => randomBytes(12).toString('base64url');
