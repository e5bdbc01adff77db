import Stripe from 'stripe';
import type { Db } from '../../../db/client.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { Payments } from './payments.ts';
import { deriveSandboxKeys } from './sandbox/keys.ts';
import { startSandbox } from './sandbox/start-sandbox.ts';

export interface CreatePaymentsOptions {
  /** Null: the sandbox. `webhookSecret` may be a comma-separated list while secrets are rolled. */
  stripe: Config['stripe'];
  /** Where the sandbox posts its events. */
  webhookUrl: string;
  /** Origin of the sandbox's checkout page. */
  publicUrl: string;
  /** Secret that the sandbox's keys are derived from, so that every process has the same. */
  webhookSecretSeed: string;
  db: Db;
  clock: Clock;
  logger: Logger;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_NETWORK_RETRIES = 2;

/** Opens the Stripe client; without keys it starts the sandbox on loopback first. */
export async function createPayments(options: CreatePaymentsOptions): Promise<Payments> {
  const limits = { timeout: REQUEST_TIMEOUT_MS, maxNetworkRetries: MAX_NETWORK_RETRIES, telemetry: false };
  if (options.stripe) {
    const { secretKey, webhookSecret } = options.stripe;
    return {
      mode: secretKey.includes('_live_') ? 'live' : 'test',
      stripe: new Stripe(secretKey, limits),
      webhookSecrets: webhookSecret.split(',').map((secret) => secret.trim()),
      sandbox: null,
      close: () => Promise.resolve(),
    };
  }
  const keys = deriveSandboxKeys(options.webhookSecretSeed);
  const { sandbox, port, close } = await startSandbox({ ...options, keys });
  return {
    mode: 'sandbox',
    stripe: new Stripe(keys.apiKey, { ...limits, host: '127.0.0.1', port, protocol: 'http' }),
    webhookSecrets: [keys.webhookSecret],
    sandbox,
    close,
  };
}
