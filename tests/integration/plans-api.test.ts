/** Plans, prices, invitations and price lists over JSON, as Remix calls the routes. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, UserActor } from '../../app/domain/context.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import * as buyerInvitations from '../../app/routes/api/buyer-invitations.ts';
import * as invitation from '../../app/routes/api/seller-invitation.ts';
import * as resend from '../../app/routes/api/seller-invitation-resend.ts';
import * as plan from '../../app/routes/api/seller-plan.ts';
import * as invitations from '../../app/routes/api/seller-plan-invitations.ts';
import * as price from '../../app/routes/api/seller-plan-price.ts';
import * as priceList from '../../app/routes/api/seller-plan-price-list.ts';
import * as pricePreview from '../../app/routes/api/seller-plan-price-preview.ts';
import * as plans from '../../app/routes/api/seller-plans.ts';
import * as pricing from '../../app/routes/api/seller-service-pricing.ts';
import { mails } from '../../db/schema/index.ts';
import { makeBuyer, makeSeller, makeService } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { unique } from '../support/unique.ts';

type Args = LoaderFunctionArgs & ActionFunctionArgs;
type Person = Awaited<ReturnType<typeof makeSeller>>;
interface Route {
  loader(args: Args): Promise<Response>;
  action(args: Args): Promise<Response>;
}

let platform: TestPlatform;
let seller: Person;
let stranger: Person;
let buyer: Person;

beforeAll(async () => {
  platform = await createTestPlatform();
  [seller, stranger, buyer] = await Promise.all([
    makeSeller(platform),
    makeSeller(platform),
    makeBuyer(platform),
  ]);
});
afterAll(() => platform.close());

// Bodies differ by endpoint; each test says what it expects of them.
type Body = Record<string, unknown> & {
  id: string;
  pricing: Record<string, unknown>;
  error: { param: string };
};

async function send(
  person: { ctx: Context },
  route: Route,
  method: string,
  id: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const { token } = await issueAccessToken(person.ctx, person.ctx.actor as UserActor);
  const headers = new Headers({ authorization: `Bearer ${token}` });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const args = {
    request: new Request('http://127.0.0.1:3000/api/v1/x', {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
    params: { id },
    context: { platform, requestId: 'req_test', cspNonce: '', clientIp: '203.0.113.7' },
  } as unknown as Args;
  const response = await (method === 'GET' ? route.loader(args) : route.action(args));
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
}

const FREE = { name: 'Free', kind: 'free' as const };
const GENERAL = {
  fee: '10.00',
  interval: 'month',
  trial_days: 7,
  tier_mode: 'graduated',
  quotas: [{ meter: 'call', included: 1000, overage: 'priced' }],
  prices: [
    { meter: 'call', price: '0.01', model: '*', from_units: 0, from_context_tokens: 0 },
    { meter: 'call', price: '0.008', model: '*', from_units: 5000, from_context_tokens: 0 },
  ],
};

describe('the pricing of a service', () => {
  it('is set by one PUT: a plan is added, then its price changes', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const first = await send(seller, pricing, 'PUT', service.id, {
      kind: 'per_call',
      price_per_call: '0.0125',
    });
    expect(first).toMatchObject({
      status: 200,
      body: { kind: 'per_call', price_version: 1, price_per_call: '0.0125' },
    });
    const second = await send(seller, pricing, 'PUT', service.slug, {
      kind: 'per_call',
      price_per_call: '0.02',
    });
    expect(second.body).toMatchObject({ id: first.body.id, price_version: 2, price_per_call: '0.02' });
    const third = await send(seller, pricing, 'PUT', service.id, GENERAL);
    expect(third.body).toMatchObject({
      id: first.body.id,
      price_version: 3,
      kind: 'tiered',
      pricing: GENERAL,
    });
    const { body } = await send(seller, pricing, 'GET', service.id);
    expect((body['data'] as Body[]).map(({ id }) => id)).toContain(first.body.id);
  });

  it('takes tokens of LLM services, and names the field that it refuses', async () => {
    const llm = { kind: 'llm' as const, dialect: 'openai-chat' as const, models: ['small'], plans: [FREE] };
    const { service } = await makeService(seller, llm);
    const short = { kind: 'per_token', price_per_million_input_tokens: '0.15' };
    const refused = await send(seller, pricing, 'PUT', service.id, short);
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { param: 'price_per_million_output_tokens' } },
    });
    const full = await send(seller, pricing, 'PUT', service.id, {
      ...short,
      price_per_million_output_tokens: '0.6',
    });
    expect(full).toMatchObject({ status: 200, body: { kind: 'per_token' } });
    const steps = [{ meter: 'call', price: '1', from_units: 5 }];
    const bad = await send(seller, pricing, 'PUT', service.id, { prices: steps });
    expect(bad).toMatchObject({ status: 400, body: { error: { param: 'prices.0.from_units' } } });
  });

  it('asks which plan, where several cost something, and is nobody else’s', async () => {
    const paid = (name: string) => ({ name, kind: 'per_call' as const, callPrice: '1' });
    const { service, plans: made } = await makeService(seller, { plans: [paid('A'), paid('B')] });
    const change = { kind: 'per_call', price_per_call: '2' };
    expect((await send(seller, pricing, 'PUT', service.id, change)).body.error.param).toBe('plan_id');
    const chosen = await send(seller, pricing, 'PUT', service.id, { ...change, plan_id: made[1]!.id });
    expect(chosen.body).toMatchObject({ name: 'B', price_per_call: '2.00' });
    const foreign = await makeService(stranger, { plans: [paid('C')] });
    const mixed = await send(seller, pricing, 'PUT', service.id, { ...change, plan_id: foreign.plan.id });
    expect(mixed.status).toBe(404);
    expect((await send(stranger, pricing, 'PUT', service.id, change)).status).toBe(404);
  });
});

describe('a plan', () => {
  it('is added, read, priced for later, taken back and archived', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const created = await send(seller, plans, 'POST', service.id, { name: 'Everything', ...GENERAL });
    expect(created).toMatchObject({
      status: 201,
      body: { kind: 'tiered', visibility: 'public', pricing: GENERAL },
    });
    const { id } = created.body;
    // What was answered can be sent back as it is.
    const again = await send(seller, price, 'PUT', id, created.body.pricing);
    expect(again.body).toMatchObject({ price_version: 2, pricing: GENERAL });
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    await send(seller, price, 'PUT', id, { ...GENERAL, fee: '20.00', effective_from: tomorrow });
    const announced = await send(seller, price, 'GET', id);
    expect(announced.body['upcoming']).toMatchObject([{ fee: '20.00', effective_from: tomorrow }]);
    expect((await send(seller, price, 'PUT', id, GENERAL)).status).toBe(409);
    expect((await send(seller, price, 'DELETE', id)).status).toBe(204);
    expect((await send(seller, price, 'GET', id)).body['upcoming']).toEqual([]);
    expect((await send(seller, plan, 'PUT', id, { visibility: 'private' })).body['visibility']).toBe(
      'private',
    );
    expect((await send(seller, plan, 'DELETE', id)).body['status']).toBe('archived');
    for (const method of ['GET', 'DELETE']) expect((await send(stranger, plan, method, id)).status).toBe(404);
    expect((await send(stranger, price, 'PUT', id, GENERAL)).status).toBe(404);
  });

  it('shows what a price would mean, and writes nothing', async () => {
    const { plan: made } = await makeService(seller);
    const answer = await send(seller, pricePreview, 'POST', made.id, GENERAL);
    expect(answer.body['example']).toMatchObject({
      calls: 10_000,
      fee: '10.00',
      // 10,000 calls: 1,000 included, 5,000 at $0.01, 4,000 at $0.008.
      lines: [
        { meter: 'call', quantity: 5000, included: 1000, amount: '50.00' },
        { meter: 'call', quantity: 4000, included: 0, amount: '32.00' },
      ],
      total: '92.00',
      refused_calls: 0,
    });
    expect(answer.body['last_30_days']).toMatchObject({ status: 'replayed', calls: 0, charged: '0.00' });
    expect((await send(seller, price, 'GET', made.id)).body['data']).toHaveLength(1);
    expect((await send(stranger, pricePreview, 'POST', made.id, GENERAL)).status).toBe(404);
  });

  it('takes prices of models from a list', async () => {
    const llm = { kind: 'llm' as const, dialect: 'openai-chat' as const, models: ['small'] };
    const tokens = { name: 'Tokens', kind: 'per_token' as const, inputPrice: '1', outputPrice: '2' };
    const { plan: made } = await makeService(seller, { ...llm, plans: [tokens] });
    const list = 'model,input,cached_input,cache_write,output,reasoning\nsmall,0.15,0.075,,0.6,\n';
    const answer = await send(seller, priceList, 'POST', made.id, { list, markup_percent: '10' });
    expect(answer.body['model_prices']).toEqual([
      { model: 'small', price_per_million_input_tokens: '0.165', price_per_million_output_tokens: '0.66' },
    ]);
    const refused = await send(seller, priceList, 'POST', made.id, { list: 'nothing' });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'list' } } });
    expect((await send(stranger, priceList, 'POST', made.id, { list })).status).toBe(404);
  });

  it('is offered by invitation, sent again, accepted and revoked', async () => {
    const { service } = await makeService(seller, { plans: [FREE] });
    const hidden = await send(seller, plans, 'POST', service.id, {
      ...FREE,
      name: 'Hidden',
      visibility: 'private',
    });
    const email = `${unique('guest')}@example.com`;
    const invited = await send(seller, invitations, 'POST', hidden.body.id, { email });
    expect(invited).toMatchObject({ status: 201, body: { email, status: 'open', accepted_by: null } });
    const [mail] = await platform.db.select().from(mails).where(eq(mails.toAddress, email));
    const token = /\/invitations\/([\w-]+)/.exec(mail!.textBody)![1]!;
    expect(JSON.stringify(invited.body)).not.toContain(token);
    expect((await send(seller, resend, 'POST', invited.body.id)).status).toBe(429);
    expect((await send(stranger, resend, 'POST', invited.body.id)).status).toBe(404);
    expect((await send(stranger, invitation, 'DELETE', invited.body.id)).status).toBe(404);
    expect((await send(buyer, buyerInvitations, 'POST', '', { token: 'x' })).status).toBe(404);
    const accepted = await send(buyer, buyerInvitations, 'POST', '', { token });
    expect(accepted.body).toMatchObject({
      state: 'accepted',
      plan: { id: hidden.body.id },
      api: { slug: service.slug },
    });
    const listed = await send(seller, invitations, 'GET', hidden.body.id);
    expect(listed.body['data']).toMatchObject([{ status: 'accepted', accepted_by: expect.any(String) }]);
    expect((await send(seller, invitation, 'DELETE', invited.body.id)).status).toBe(204);
    expect((await send(stranger, invitations, 'GET', hidden.body.id)).status).toBe(404);
  });
});
