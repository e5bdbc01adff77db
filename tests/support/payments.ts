/** A platform whose sandbox pays for real: hosted page, signed webhooks, jobs run when told to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Context } from '../../app/domain/context.ts';
import { applyStripeEvent, recordStripeEvent } from '../../app/domain/stripe-events/index.ts';
import { createSandboxCheckoutRouter } from '../../app/infra/stripe/sandbox/checkout-router.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from './platform.ts';
import { until } from './until.ts';

export const CARDS = {
  good: '4242 4242 4242 4242',
  declined: '4000 0000 0000 0002',
  insufficient: '4000 0000 0000 9995',
} as const;

export interface ReceivedWebhook {
  id: string;
  type: string;
  payload: Uint8Array;
  signature: string;
}

export interface PaymentsBench {
  platform: TestPlatform;
  url: string;
  system: Context;
  /** Events that arrived, in order of arrival; nothing is applied by itself. */
  received: ReceivedWebhook[];
  /** Fills in the card form of a checkout page. */
  pay(checkoutUrl: string, card?: string): Promise<Response>;
  /** Waits until `count` events have arrived since `from`, and gives them. */
  events(count: number, from?: number): Promise<ReceivedWebhook[]>;
  /** Records an event as the webhook route does, and applies it as the job does. */
  take(event: ReceivedWebhook): Promise<void>;
  close(): Promise<void>;
}

export async function startPaymentsBench(options: TestPlatformOptions = {}): Promise<PaymentsBench> {
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform = await createTestPlatform(
    {},
    { ...options, publicUrl: url, webhookUrl: `${url}/webhooks/stripe` },
  );
  const received: ReceivedWebhook[] = [];
  app.post('/webhooks/stripe', express.raw({ type: () => true }), (request, response) => {
    const payload = request.body as Buffer;
    const { id, type } = JSON.parse(payload.toString()) as { id: string; type: string };
    received.push({ id, type, payload, signature: request.get('stripe-signature') ?? '' });
    response.json({ received: true });
  });
  app.use('/stripe-sandbox', createSandboxCheckoutRouter(platform.payments));
  const system = platform.createContext({ type: 'system', job: 'test' });

  return {
    platform,
    url,
    system,
    received,
    pay: (checkoutUrl, card = CARDS.good) =>
      fetch(checkoutUrl, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ number: card, expiry: '12/34', cvc: '123' }),
      }),
    async events(count, from = 0) {
      await until(`${count} webhooks`, () => received.length >= from + count);
      return received.slice(from, from + count);
    },
    async take({ id, payload, signature }) {
      await recordStripeEvent(platform.createContext({ type: 'anonymous' }), { payload, signature });
      await applyStripeEvent(system, { eventId: id });
    },
    async close() {
      await platform.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
