import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Db } from '../../../../db/client.ts';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { createSandboxApi } from './api-router.ts';
import { completeCheckout } from './complete-checkout.ts';
import type { SandboxCore } from './core.ts';
import { createEventDelivery } from './deliver-events.ts';
import type { SandboxKeys } from './keys.ts';
import { lockSession } from './resources/checkout-sessions.ts';
import type { Sandbox } from './sandbox.ts';
import { SandboxError } from './sandbox-error.ts';
import { createSandboxState } from './state.ts';

export interface StartSandboxOptions {
  keys: SandboxKeys;
  webhookUrl: string;
  publicUrl: string;
  db: Db;
  clock: Clock;
  logger: Logger;
}

/** Listens on a free loopback port; state and undelivered events are the ones of the database. */
export async function startSandbox(
  options: StartSandboxOptions,
): Promise<{ sandbox: Sandbox; port: number; close(): Promise<void> }> {
  let webhookUrl = options.webhookUrl;
  const state = createSandboxState(options.db);
  const delivery = createEventDelivery({
    state,
    webhookUrl: () => webhookUrl,
    webhookSecret: options.keys.webhookSecret,
    clock: options.clock,
    logger: options.logger,
  });

  async function transact<T>(work: (core: SandboxCore, db: Db) => Promise<T>): Promise<T> {
    const outbox: SandboxCore['outbox'] = [];
    const result = await state.transaction((transactionState, db) =>
      work({ state: transactionState, clock: options.clock, publicUrl: options.publicUrl, outbox }, db),
    );
    delivery.deliver(outbox);
    return result;
  }

  const api = createSandboxApi({ apiKey: options.keys.apiKey, logger: options.logger, transact });
  const server = createServer(api);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It alone keeps no process alive.
  server.unref();
  const redelivery = delivery.redeliver().catch((error: unknown) => {
    options.logger.warn({ err: error }, 'earlier sandbox events could not be read');
  });

  return {
    port: (server.address() as AddressInfo).port,
    sandbox: {
      clock: options.clock,
      findSession: (id) =>
        transact((core) => lockSession(core, id)).catch((error: unknown) => {
          if (error instanceof SandboxError && error.status === 404) return null;
          throw error;
        }),
      completeCheckout: (sessionId, card) => transact((core) => completeCheckout(core, sessionId, card)),
      setWebhookUrl(url) {
        webhookUrl = url;
      },
    },
    async close() {
      await redelivery;
      await delivery.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
