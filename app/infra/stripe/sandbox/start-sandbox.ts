import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Db } from '../../../../db/client.ts';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { createSandboxApi, type Transact } from './api-router.ts';
import { runDue } from './billing/run-due.ts';
import type { SandboxCore } from './core.ts';
import { createEventDelivery } from './deliver-events.ts';
import { createFaults } from './faults.ts';
import type { SandboxKeys } from './keys.ts';
import type { SandboxEvent } from './objects.ts';
import type { Sandbox } from './sandbox.ts';
import { createSandboxState } from './state.ts';

export interface StartSandboxOptions {
  keys: SandboxKeys;
  webhookUrl: string;
  publicUrl: string;
  db: Db;
  clock: Clock;
  logger: Logger;
}

const TICK_MS = 30_000;
/** One transaction does so much; the rest waits for the next. */
const STEPS_PER_TICK = 200;

/** Listens on a free loopback port; state and undelivered events are the ones of the database. */
export async function startSandbox(
  options: StartSandboxOptions,
): Promise<{ sandbox: Sandbox; port: number; close(): Promise<void> }> {
  let webhookUrl = options.webhookUrl;
  const state = createSandboxState(options.db);
  const faults = createFaults(state);
  const delivery = createEventDelivery({
    state,
    faults,
    webhookUrl: () => webhookUrl,
    webhookSecret: options.keys.webhookSecret,
    clock: options.clock,
    logger: options.logger,
  });

  const transact: Transact = async (work, request) => {
    const outbox: SandboxCore['outbox'] = [];
    const result = await state.transaction((transactionState, db) =>
      work(
        {
          state: transactionState,
          now: () => Math.floor(options.clock.now() / 1000),
          testClock: null,
          publicUrl: options.publicUrl,
          account: null,
          request: { id: null, idempotency_key: null },
          ...request,
          outbox,
        },
        db,
      ),
    );
    delivery.deliver(outbox);
    return result;
  };

  async function tick(): Promise<void> {
    let steps = STEPS_PER_TICK;
    while (steps === STEPS_PER_TICK) {
      steps = await transact(async (core) => {
        // Another process is at it.
        if (!(await core.state.tryLock('tick'))) return 0;
        return runDue(core, core.now(), STEPS_PER_TICK);
      });
    }
  }

  const api = createSandboxApi({ apiKey: options.keys.apiKey, logger: options.logger, faults, transact });
  const server = createServer(api);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It alone keeps no process alive.
  server.unref();
  const warn = (text: string) => (error: unknown) => options.logger.warn({ err: error }, text);
  const redelivery = delivery.redeliver().catch(warn('earlier sandbox events could not be read'));
  let ticking = Promise.resolve();
  const timer = setInterval(() => {
    ticking = tick().catch(warn('the sandbox could not do what is due'));
  }, TICK_MS).unref();

  return {
    port: (server.address() as AddressInfo).port,
    sandbox: {
      clock: options.clock,
      faults,
      controlToken: options.keys.controlToken,
      transact: (work) => transact(work),
      tick,
      idle: () => delivery.idle(),
      async resend(eventId) {
        delivery.deliver([await state.get<SandboxEvent>('event', eventId)]);
      },
      setWebhookUrl(url) {
        webhookUrl = url;
      },
    },
    async close() {
      clearInterval(timer);
      await ticking;
      await redelivery;
      await delivery.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
