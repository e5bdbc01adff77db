/** The wallet through the API alone: top up, pay, see it confirmed. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { newId } from '../../app/lib/ids.ts';
import * as checkout from '../../app/routes/api/buyer-checkout.ts';
import * as topUps from '../../app/routes/api/buyer-wallet-top-ups.ts';
import * as wallet from '../../app/routes/api/buyer-wallet.ts';
import { makeBuyer, unique, type Person } from '../support/factories.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

let bench: PaymentsBench;
let buyer: Person;
beforeAll(async () => {
  bench = await startPaymentsBench();
  buyer = await makeBuyer(bench.platform);
});
afterAll(() => bench.close());

type Handler = (args: LoaderFunctionArgs & ActionFunctionArgs) => Promise<Response>;

async function call(handler: Handler, options: { body?: unknown; id?: string; as?: Person | null } = {}) {
  const { body, id, as = buyer } = options;
  const headers = new Headers(body === undefined ? {} : { 'content-type': 'application/json' });
  if (as) {
    const { token } = await issueAccessToken(as.ctx, { userId: as.userId });
    headers.set('authorization', `Bearer ${token}`);
  }
  const request = new Request(`${bench.url}/api/v1/buyer/wallet`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const context = {
    platform: bench.platform,
    requestId: newId('request'),
    cspNonce: '',
    clientIp: '203.0.113.9',
  };
  const response = await handler({ request, params: id === undefined ? {} : { id }, context });
  return { status: response.status, headers: response.headers, json: (await response.json()) as never };
}

interface CheckoutAnswer {
  id: string;
  status: string;
  url: string | null;
  amount: string;
}

describe('wallet API', () => {
  it('starts a checkout whose payment fills the wallet', async () => {
    const from = bench.received.length;
    const started = await call(topUps.action, { body: { amount: '25.00' } });
    expect(started.status).toBe(201);
    const { id, url, status, amount } = (started.json as { checkout: CheckoutAnswer }).checkout;
    expect({ status, amount }).toEqual({ status: 'open', amount: '25.00' });
    expect(started.headers.get('location')).toBe(`/api/v1/buyer/checkouts/${id}`);
    await bench.pay(url!);
    for (const event of await bench.events(2, from)) await bench.take(event);
    expect((await call(checkout.loader, { id })).json).toMatchObject({ status: 'paid', url: null });
    expect((await call(wallet.loader)).json).toEqual({
      available: '25.00',
      held: '0.00',
      promotional_credit: '0.00',
      promotional_credit_held: '0.00',
      credit_limit: '0.00',
      owed: '0.00',
      spendable: '25.00',
      currency: 'USD',
      credits: [],
    });
  });

  it('gives the same checkout to the same idempotency key and a conflict to another amount', async () => {
    const body = { amount: '5', idempotency_key: unique('api-key-') };
    const first = (await call(topUps.action, { body })).json as { checkout: CheckoutAnswer };
    const again = (await call(topUps.action, { body })).json as { checkout: CheckoutAnswer };
    expect(again.checkout).toEqual(first.checkout);
    expect(await call(topUps.action, { body: { ...body, amount: '6' } })).toMatchObject({
      status: 409,
      json: { error: { code: 'conflict', param: 'idempotency_key' } },
    });
  });

  it('names the field that is wrong', async () => {
    for (const amount of [
      '0.50',
      '10000.01',
      '1.005',
      '-5',
      '1e3',
      'NaN',
      '',
      ' ',
      '0x10',
      5,
      null,
      undefined,
    ]) {
      expect(await call(topUps.action, { body: { amount } }), String(amount)).toMatchObject({
        status: 400,
        json: { error: { code: 'invalid_request', param: 'amount' } },
      });
    }
    expect(await call(topUps.action, { body: { amount: '5', balance: '100' } })).toMatchObject({
      status: 400,
    });
  });

  it('shows wallets and checkouts to their own organization only', async () => {
    const started = await call(topUps.action, { body: { amount: '5' } });
    const { id } = (started.json as { checkout: CheckoutAnswer }).checkout;
    const stranger = await makeBuyer(bench.platform);
    expect((await call(checkout.loader, { id, as: stranger })).status).toBe(404);
    expect((await call(wallet.loader, { as: stranger })).json).toMatchObject({ available: '0.00' });
    expect((await call(wallet.loader, { as: null })).status).toBe(401);
  });
});
