/** Invoices through the API: what the buyer reads, what an administrator does, and who gets 404. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { draftInvoice } from '../../app/domain/invoices/index.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { newId } from '../../app/lib/ids.ts';
import * as adminAdjustment from '../../app/routes/api/admin-invoice-adjustment.ts';
import * as adminInvoice from '../../app/routes/api/admin-invoice.ts';
import * as adminInvoices from '../../app/routes/api/admin-invoices.ts';
import * as reconciliation from '../../app/routes/api/admin-reconciliation.ts';
import * as billingProfile from '../../app/routes/api/buyer-billing-profile.ts';
import * as buyerFile from '../../app/routes/api/buyer-invoice-file.ts';
import * as buyerPayment from '../../app/routes/api/buyer-invoice-payment.ts';
import * as buyerInvoice from '../../app/routes/api/buyer-invoice.ts';
import * as buyerInvoices from '../../app/routes/api/buyer-invoices.ts';
import { createTestClock } from '../support/clock.ts';
import { makeAdministrator, makeBuyer, makeSeller, type Person } from '../support/factories.ts';
import { recordUsage } from '../support/invoices.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const DOLLAR = 1_000_000_000n;

let platform: TestPlatform;
let buyer: Person;
let stranger: Person;
let admin: Context;
let other: Context;
let invoiceId: string;
beforeAll(async () => {
  platform = await createTestPlatform();
  buyer = await makeBuyer(platform);
  stranger = await makeBuyer(platform);
  admin = (await makeAdministrator(platform)).ctx;
  other = (await makeAdministrator(platform)).ctx;
  const seller = await makeSeller(platform);
  const now = new Date();
  const closedMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 15));
  await recordUsage(platform, {
    buyer: buyer.organizationId,
    seller: seller.organizationId,
    at: closedMonth.toISOString(),
    charge: 500n * DOLLAR,
    credit: 500n * DOLLAR,
  });
  const system = {
    ...platform.createContext({ type: 'system', job: 'test' }),
    clock: createTestClock(Date.now()),
  };
  invoiceId = (await draftInvoice(system, { organizationId: buyer.organizationId, at: closedMonth }))!.id;
});
afterAll(() => platform.close());

type Handler = (args: LoaderFunctionArgs & ActionFunctionArgs) => Promise<Response>;

async function call(
  handler: Handler,
  as: Context,
  options: { method?: string; body?: unknown; params?: Record<string, string>; search?: string } = {},
) {
  const { body, params = {}, search = '' } = options;
  const method = options.method ?? (body === undefined ? 'GET' : 'POST');
  const { userId } = as.actor as { userId: string };
  const { token } = await issueAccessToken(as, { userId });
  const headers = new Headers({ authorization: `Bearer ${token}` });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const request = new Request(`http://127.0.0.1/api/v1/${search}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const context = { platform, requestId: newId('request'), cspNonce: '', clientIp: '203.0.113.9' };
  const response = await handler({ request, params, context });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, text, json: (isJson ? JSON.parse(text) : {}) as Record<string, unknown> };
}

const about = () => ({ params: { id: invoiceId } });

describe('invoices API', () => {
  it('shows buyers their own invoices, and no one else’s', async () => {
    const list = await call(buyerInvoices.loader, buyer.ctx);
    expect(list.json['data']).toMatchObject([
      { id: invoiceId, status: 'draft', number: null, due: '500.00' },
    ]);
    const one = await call(buyerInvoice.loader, buyer.ctx, about());
    expect(one.json).toMatchObject({ total: '500.00', lines: [{ meter: 'call', amount: '500.00' }] });
    const csv = await call(buyerFile.loader, buyer.ctx, { params: { id: invoiceId, format: 'csv' } });
    expect(csv.text).toContain(',500.00\r\n');
    expect((await call(buyerInvoices.loader, stranger.ctx)).json['total']).toBe(0);
    for (const [handler, method] of [
      [buyerInvoice.loader, 'GET'],
      [buyerFile.loader, 'GET'],
      [buyerPayment.action, 'POST'],
    ] as const) {
      const params = { id: invoiceId, format: 'csv' };
      expect((await call(handler, stranger.ctx, { method, params })).status).toBe(404);
    }
    expect(
      (await call(buyerFile.loader, buyer.ctx, { params: { id: invoiceId, format: 'xml' } })).status,
    ).toBe(404);
  });

  it('keeps the billing profile, and names the field of a wrong tax id', async () => {
    const put = (body: unknown) => call(billingProfile.action, buyer.ctx, { method: 'PUT', body });
    const wrong = await put({ name: 'Ltd', country: 'GB', tax_id_type: 'gb_vat', tax_id: 'DE1' });
    expect(wrong.status).toBe(400);
    expect(wrong.json['error']).toMatchObject({ param: 'tax_id', issues: [{ reason: 'invalid_tax_id' }] });
    expect((await put({ name: 'Ltd', balance: '1' })).status).toBe(400);
    expect((await put({ name: 'Ltd', address: ['1 Main St', 'London'], country: 'gb' })).json).toMatchObject({
      name: 'Ltd',
      address: ['1 Main St', 'London'],
      country: 'GB',
      tax_id: null,
    });
    expect((await call(billingProfile.loader, buyer.ctx)).json).toMatchObject({ name: 'Ltd', locale: 'en' });
  });

  it('lets administrators alone review, adjust with a second one, approve and credit', async () => {
    const act = (as: Context, body: unknown) => call(adminInvoice.action, as, { ...about(), body });
    for (const handler of [adminInvoices.loader, adminInvoice.loader, reconciliation.loader]) {
      expect((await call(handler, buyer.ctx, about())).status).toBe(403);
    }
    expect((await act(buyer.ctx, { action: 'approve' })).status).toBe(403);
    const queue = await call(adminInvoices.loader, admin);
    expect(queue.json).toMatchObject({ total: 1, totals: { due: '500.00' } });
    expect((await act(admin, { action: 'adjust', amount: '1.234', reason: 'A part of a cent' })).status).toBe(
      400,
    );
    expect((await act(admin, { action: 'explode' })).status).toBe(400);
    const asked = await act(admin, { action: 'adjust', amount: '-150', reason: 'A promise' });
    const [adjustment] = asked.json['adjustments'] as { id: string; status: string }[];
    expect(adjustment?.status).toBe('pending');
    const decide = (as: Context) =>
      call(adminAdjustment.action, as, {
        method: 'PUT',
        params: { id: adjustment!.id },
        body: { decision: 'approve' },
      });
    expect((await decide(admin)).status).toBe(403);
    expect((await act(admin, { action: 'approve' })).status).toBe(409);
    expect((await decide(other)).json).toMatchObject({ status: 'approved', amount: '-150.00' });
    const approved = await act(admin, { action: 'approve' });
    expect(approved.json).toMatchObject({ status: 'finalized', due: '350.00', number: 'INV-000001' });
    const credited = await act(admin, { action: 'credit', amount: '350', reason: 'Goodwill' });
    expect(credited.json).toMatchObject({ status: 'refunded', open: '0.00', credited: '350.00' });
    expect((await act(admin, { action: 'void', reason: 'Too late', reissue: false })).status).toBe(409);
    expect((await call(buyerPayment.action, buyer.ctx, { ...about(), method: 'POST' })).status).toBe(409);
  });

  it('reconciles a month', async () => {
    const now = new Date();
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 1))
      .toISOString()
      .slice(0, 7);
    const found = await call(reconciliation.loader, admin, { search: `?month=${month}` });
    expect(found.json).toMatchObject({
      difference: '0.00',
      complete: true,
      data: [{ usage: '500.00', ledger: '500.00', invoiced: '500.00' }],
    });
    expect((await call(reconciliation.loader, admin, { search: '?month=soon' })).status).toBe(400);
  });
});
