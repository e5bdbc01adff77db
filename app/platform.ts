/**
 * Composition root: configuration in, adapters out. Built once by each entry point; state lives
 * here and nowhere else. Only entry points import this file (others import its type).
 */
import { readFileSync } from 'node:fs';
import { createDatabase, type Database } from '../db/client.ts';
import { PROGRAM_ROLE } from '../db/program-role.ts';
import type { Actor, Context, Dependencies } from './domain/context.ts';
import { systemClock, type Clock } from './infra/clock.ts';
import type { Config } from './infra/config.ts';
import { createEgress } from './infra/egress/create-egress.ts';
import { createDefaultRoute } from './infra/egress/default-routes.ts';
import { createKeyring } from './infra/keyring.ts';
import { createLogger, type Logger } from './infra/logger.ts';
import { createMailer } from './infra/mailer/create-mailer.ts';
import { createPasswords } from './infra/passwords.ts';
import { createPdfRenderer } from './infra/pdf/pdf-renderer.ts';
import { createStore } from './infra/store/create-store.ts';
import { createPayments } from './infra/stripe/create-payments.ts';
import { createTokens } from './infra/tokens.ts';
import { newId } from './lib/ids.ts';

export interface Platform extends Dependencies {
  database: Database;
  /** Of package.json. */
  version: string;
  /** What readiness tells the load balancer. */
  state: 'starting' | 'ready' | 'draining';
  /** A context for one request or job. */
  createContext(actor: Actor, options?: { requestId?: string; ipAddress?: string | null }): Context;
  close(): Promise<void>;
}

export interface PlatformOptions {
  config: Config;
  /** The embedded server's when there is no DATABASE_URL. */
  databaseUrl: string;
  /** What connections act as; null where the login may not take the program's role. */
  databaseRole?: string | null;
  /** Origin people reach us at. */
  publicUrl: string;
  /** Where the sandbox posts webhooks: `http://127.0.0.1:<port>/webhooks/stripe`. */
  webhookUrl: string;
  applicationName: string;
  clock?: Clock;
  logger?: Logger;
}

/** Builds the adapters; opens no connection that is not needed before the first request. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, clock = systemClock } = options;
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const logger = options.logger ?? createLogger(config);
  const database = createDatabase({
    url: options.databaseUrl,
    poolSize: config.databasePoolSize,
    applicationName: options.applicationName,
    role: options.databaseRole === undefined ? PROGRAM_ROLE : options.databaseRole,
  });
  const keyring = createKeyring(config.secrets.encryptionKeys);
  const passwords = createPasswords();
  const tokens = createTokens({ secret: config.secrets.jwt, lifetimeHours: config.jwtLifetimeHours, clock });
  const egress = createEgress({
    allow: config.egressAllow,
    logger,
    defaultRoute: createDefaultRoute(config.outboundProxies, clock),
  });
  const store = createStore({ redis: config.redis, clock, logger });
  const mailer = createMailer({ smtp: config.smtp });
  const pdf = createPdfRenderer();
  const payments = await createPayments({
    stripe: config.stripe,
    webhookUrl: config.stripeSandboxWebhookUrl ?? options.webhookUrl,
    publicUrl: options.publicUrl,
    webhookSecretSeed: config.secrets.session,
    db: database.db,
    clock,
    logger,
  });
  const dependencies: Dependencies = {
    config,
    logger,
    clock,
    db: database.db,
    keyring,
    passwords,
    tokens,
    egress,
    store,
    mailer,
    payments,
    pdf,
    publicUrl: options.publicUrl,
  };
  return {
    ...dependencies,
    database,
    version,
    state: 'starting',
    createContext: (actor, { requestId = newId('request'), ipAddress = null } = {}) => ({
      ...dependencies,
      actor,
      requestId,
      ipAddress,
    }),
    async close() {
      await Promise.allSettled([
        payments.close(),
        store.close(),
        mailer.close(),
        egress.close(),
        pdf.close(),
      ]);
      await database.close();
    },
  };
}
