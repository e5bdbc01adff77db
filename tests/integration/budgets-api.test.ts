/** Budgets, statements, codes and automatic top-up through the API alone. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedeemCodes } from '../../app/domain/promotions/index.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { newId } from '../../app/lib/ids.ts';
import * as autoTopUp from '../../app/routes/api/buyer-wallet-auto-top-up.ts';
import * as budget from '../../app/routes/api/buyer-budget.ts';
import * as budgets from '../../app/routes/api/buyer-budgets.ts';
import * as forecast from '../../app/routes/api/buyer-wallet-forecast.ts';
import * as redemptions from '../../app/routes/api/buyer-wallet-redemptions.ts';
import * as statement from '../../app/routes/api/buyer-wallet-statement.ts';
import * as wallet from '../../app/routes/api/buyer-wallet.ts';
import { makeAdministrator, makeBuyer, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
let buyer: Person;
beforeAll(async () => {
  platform = await createTestPlatform();
  buyer = await makeBuyer(platform, { balance: '10' });
});
afterAll(() => platform.close());

type Handler = (args: LoaderFunctionArgs & ActionFunctionArgs) => Promise<Response>;

interface CallOptions {
  method?: string;
  body?: unknown;
  id?: string;
  query?: string;
  as?: Person;
}

async function call(handler: Handler, options: CallOptions = {}) {
  const { body, id, query = '', as = buyer, method = body === undefined ? 'GET' : 'POST' } = options;
  const { token } = await issueAccessToken(as.ctx, { userId: as.userId });
  const headers = new Headers({ authorization: `Bearer ${token}` });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const request = new Request(`http://127.0.0.1/api/v1/buyer/x${query}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const context = { platform, requestId: newId('request'), cspNonce: '', clientIp: '203.0.113.9' };
  const response = await handler({ request, params: id === undefined ? {} : { id }, context });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) as never };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

describe('budgets API', () => {
  it('makes, shows, changes and deletes a budget', async () => {
    const body = { scope: 'organization', period: 'month', amount: '100.5', thresholds: [80, 100] };
    const made = await call(budgets.action, { body });
    expect(made.status).toBe(201);
    const { id } = (made.json as { budget: { id: string } }).budget;
    expect(made.headers.get('location')).toBe(`/api/v1/buyer/budgets/${id}`);
    expect(made.json).toMatchObject({
      budget: { amount: '100.50', spent: '0.00', remaining: '100.50', enforcement: 'hard', subject_id: null },
    });
    expect(await call(budgets.action, { body })).toMatchObject({ status: 409 });
    const changed = await call(budget.action, { id, method: 'PUT', body: { enforcement: 'soft' } });
    expect(changed.json).toMatchObject({ budget: { id, amount: '100.50', enforcement: 'soft' } });
    expect((await call(budgets.loader)).json).toMatchObject({ data: [{ id }] });
    expect((await call(budget.action, { id, method: 'DELETE' })).status).toBe(204);
    expect((await call(budget.loader, { id })).status).toBe(404);
  });

  it('names the field that is wrong as the caller wrote it', async () => {
    const body = { scope: 'key', subject_id: '', period: 'day', amount: '1' };
    for (const [change, param] of [
      [{ amount: '0' }, 'amount'],
      [{ amount: '1e3' }, 'amount'],
      [{ amount: 5 }, 'amount'],
      [{}, 'subject_id'],
      [{ period: 'year' }, 'period'],
      [{ thresholds: [101] }, 'thresholds.0'],
      [{ note: 'x' }, 'note'],
    ] as const) {
      expect(await call(budgets.action, { body: { ...body, ...change } })).toMatchObject({
        status: 400,
        json: { error: { code: 'invalid_request', param } },
      });
    }
  });

  it('keeps budgets within their organization', async () => {
    const stranger = await makeBuyer(platform);
    const body = { scope: 'organization', period: 'week', amount: '5' };
    const { id } = ((await call(budgets.action, { body })).json as { budget: { id: string } }).budget;
    expect((await call(budget.loader, { id, as: stranger })).status).toBe(404);
    expect((await call(budget.action, { id, as: stranger, method: 'DELETE' })).status).toBe(404);
    expect(
      (await call(budget.action, { id, as: stranger, method: 'PUT', body: { amount: '1' } })).status,
    ).toBe(404);
    expect((await call(budgets.loader, { as: stranger })).json).toEqual({ data: [] });
  });
});

describe('wallet API', () => {
  it('redeems a code and shows the credit', async () => {
    const admin = (await makeAdministrator(platform)).ctx;
    const [issued] = await createRedeemCodes(admin, { amountNanos: 2_500_000_000n, note: 'Fair' });
    const body = { code: issued!.code };
    expect(await call(redemptions.action, { body })).toMatchObject({
      status: 201,
      json: { credit: { amount: '2.50', remaining: '2.50', reason: 'Fair', expires_at: null } },
    });
    expect(await call(redemptions.action, { body })).toMatchObject({
      status: 409,
      json: { error: { code: 'already_exists', param: 'code' } },
    });
    expect((await call(wallet.loader)).json).toMatchObject({
      available: '10.00',
      promotional_credit: '2.50',
      spendable: '12.50',
      credits: [{ remaining: '2.50' }],
    });
  });

  it('gives the statement as JSON and as CSV, with the same total', async () => {
    const { json, text } = await call(statement.loader);
    expect(json).toMatchObject({ opening: { total: '0.00' }, closing: { wallet: '10.00' } });
    expect(text).not.toContain('Nanos');
    const csv = await call(statement.loader, { query: '?format=csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const last = csv.text.trimEnd().split('\r\n').at(-1);
    expect(last?.endsWith((json as { closing: { total: string } }).closing.total)).toBe(true);
    expect((await call(statement.loader, { query: '?from=2026-02-30' })).status).toBe(400);
  });

  it('shows automatic top-up and refuses it without a payment method', async () => {
    expect((await call(autoTopUp.loader)).json).toMatchObject({ enabled: false, payment_method: null });
    const body = { enabled: true, threshold: '5', amount: '20', monthly_limit: null };
    expect(await call(autoTopUp.action, { method: 'PUT', body })).toMatchObject({
      status: 400,
      json: { error: { param: 'enabled' } },
    });
    expect(
      await call(autoTopUp.action, { method: 'PUT', body: { ...body, monthly_limit: '10' } }),
    ).toMatchObject({
      status: 400,
      json: { error: { param: 'monthly_limit' } },
    });
    const saved = await call(autoTopUp.action, { method: 'PUT', body: { ...body, enabled: false } });
    expect(saved.json).toMatchObject({
      enabled: false,
      threshold: '5.00',
      amount: '20.00',
      monthly_limit: null,
    });
  });

  it('forecasts with its method', async () => {
    expect((await call(forecast.loader)).json).toMatchObject({
      spent: '0.00',
      projected: null,
      pace_days: 0,
    });
  });
});
