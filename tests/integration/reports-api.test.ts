/** Reports over HTTP: one table as JSON, CSV and PDF, for people, tokens and keys. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlanPrice } from '../../app/domain/plans/index.ts';
import { reportBilling, reportUsage } from '../../app/domain/reports/index.ts';
import { rollUpUsage } from '../../app/domain/usage/index.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { formatMoney, parseDecimal, toDecimal } from '../../app/lib/money.ts';
import { reportDocument } from '../../app/http/report-format.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import * as stats from '../../app/routes/api/admin-stats.ts';
import * as billing from '../../app/routes/api/report-billing.ts';
import * as usage from '../../app/routes/api/report-usage.ts';
import {
  makeAdministrator,
  makeBuyer,
  makeMarketplace,
  type Marketplace,
  type Person,
} from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { insertUsageEvent } from '../support/usage-events.ts';

const RANGE = 'from=2026-10-01&to=2026-10-31&time_zone=Europe/Berlin';
const CHARGES = Array.from({ length: 60 }, (_, index) => BigInt(1_234_567 + index * 7_919));
const TOTAL = CHARGES.reduce((sum, charge) => sum + charge, 0n);

let platform: TestPlatform;
let market: Marketplace;
let stranger: Person;

beforeAll(async () => {
  platform = await createTestPlatform();
  market = await makeMarketplace(platform);
  stranger = await makeBuyer(platform);
  const [key] = await platform.db.execute<{ id: string }>(
    sql`update keys set name = '=HYPERLINK("https://evil.example","x")' where organization_id = ${market.buyer.organizationId} returning id`,
  );
  for (const [index, chargeNanos] of CHARGES.entries()) {
    await insertUsageEvent(platform.db, {
      organizationId: market.buyer.organizationId,
      sellerOrganizationId: market.seller.organizationId,
      serviceId: market.service.id,
      planId: market.plan.id,
      keyId: index % 2 ? key!.id : 'env_1',
      model: index % 3 ? '=cmd|calc' : null,
      inputTokens: 10,
      outputTokens: 4,
      totalMs: index,
      occurredAt: new Date(Date.parse('2026-10-02T00:00:00Z') + index * 40_000_000),
      chargeNanos,
      feeNanos: chargeNanos / 10n,
    });
  }
  await rollUpUsage(platform.createContext({ type: 'system', job: 'test' }));
});
afterAll(() => platform.close());

async function ask(
  loader: (args: LoaderFunctionArgs) => Promise<Response>,
  query: string,
  secret: string | null,
  language = 'en',
): Promise<Response> {
  const request = new Request(`http://localhost/api/reports/x?${query}`, {
    headers: { ...(secret && { authorization: `Bearer ${secret}` }), 'accept-language': language },
  });
  const context = { platform, requestId: 'req_test', clientIp: '127.0.0.1', cspNonce: '' };
  return loader({ request, params: {}, context } as unknown as LoaderFunctionArgs);
}

async function tokenOf(person: Pick<Person, 'ctx' | 'userId'>): Promise<string> {
  return (await issueAccessToken(person.ctx, { userId: person.userId })).token;
}

interface Answer {
  totals: Record<string, string | number>;
  periods: Record<string, string>[];
  error: { code: string; issues: { field: string }[] };
}
const read = async (response: Response) => (await response.json()) as Answer;

/** Fields of a file without quotes inside of them. */
const fieldsOf = (line: string) =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field]) => field ?? '');

describe('one range', () => {
  it('has the same total as JSON, as CSV, as PDF and on the page, in every language', async () => {
    const token = await tokenOf(market.buyer);
    const json = await read(await ask(usage.loader, RANGE, token));
    expect(json.totals).toMatchObject({ calls: 60, charge: toDecimal(TOTAL), input_tokens: 600 });
    const onPage = await reportUsage(market.buyer.ctx, {
      perspective: 'buyer',
      from: new Date('2026-09-30T22:00:00Z'),
      to: new Date('2026-10-31T23:00:00Z'),
      timeZone: 'Europe/Berlin',
    });
    expect(onPage.totals.chargeNanos).toBe(TOTAL);
    for (const locale of ['en', 'zh-CN', 'zh-TW', 'ja'] as const) {
      const file = await ask(usage.loader, `${RANGE}&format=csv&group_by=key`, token, locale);
      expect(file.headers.get('content-disposition')).toBe(
        'attachment; filename="usage-2026-10-01-2026-10-31.csv"',
      );
      // text() would swallow the byte order mark.
      const csv = Buffer.from(await file.arrayBuffer()).toString('utf8');
      expect(csv.startsWith('\uFEFF')).toBe(true);
      const rows = csv.trimEnd().split('\r\n').slice(1).map(fieldsOf);
      const amounts = rows.map((row) => parseDecimal(row.filter((field) => field !== '').at(-1)!)!);
      expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(TOTAL);
      expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"",""x"")"`);
      const document = reportDocument(
        { kind: 'usage', table: onPage },
        { t: translateIn(locale, 'reports'), locale, organizationName: 'x', now: new Date() },
      );
      expect(document.tables[0]?.totals).toContain(formatMoney(TOTAL, 'USD', locale));
      const pdf = await ask(usage.loader, `${RANGE}&format=pdf`, token, locale);
      expect(pdf.headers.get('content-type')).toBe('application/pdf');
      expect(Buffer.from(await pdf.arrayBuffer()).toString('latin1')).toMatch(/^%PDF-/);
    }
    const bill = await read(await ask(billing.loader, RANGE, token));
    expect(bill.totals).toMatchObject({ usage: toDecimal(TOTAL), net: toDecimal(TOTAL) });
  });

  it('stays the same to the byte when prices change', async () => {
    const token = await tokenOf(market.buyer);
    const files = () =>
      Promise.all(
        ['json', 'csv', 'pdf'].map(async (format) =>
          Buffer.from(
            await (
              await ask(billing.loader, `${RANGE}&format=${format}&group_by=model`, token)
            ).arrayBuffer(),
          ),
        ),
      );
    const before = await files();
    await changePlanPrice(market.seller.ctx, { planId: market.plan.id, kind: 'per_call', callPrice: '9' });
    const after = await files();
    for (const [index, file] of before.entries()) expect(Buffer.compare(file, after[index]!)).toBe(0);
  });

  it('never has a formula in a file, whatever keys and models are called', async () => {
    const token = await tokenOf(market.buyer);
    for (const groupBy of ['key', 'model', 'service', 'plan']) {
      for (const loader of [usage.loader, billing.loader]) {
        const csv = await (await ask(loader, `${RANGE}&format=csv&group_by=${groupBy}`, token)).text();
        for (const field of csv.split('\r\n').flatMap(fieldsOf))
          expect(field.replace(/^"/, '')).not.toMatch(/^[=+@\t\r]/);
      }
    }
  });
});

describe('asking', () => {
  it('works with a key that may read, for its organization alone', async () => {
    const json = await read(await ask(usage.loader, RANGE, market.secret));
    expect(json.totals['charge']).toBe(toDecimal(TOTAL));
    expect((await ask(usage.loader, `${RANGE}&perspective=admin`, market.secret)).status).toBe(401);
    await platform.db.execute(
      sql`update keys set permissions = '{write}' where organization_id = ${market.buyer.organizationId}`,
    );
    const refused = await ask(usage.loader, RANGE, market.secret);
    expect(refused.status).toBe(403);
    await platform.db.execute(sql`
      update keys set permissions = '{read}', allowed_addresses = '{10.0.0.0/8}' where organization_id = ${market.buyer.organizationId}`);
    expect((await read(await ask(usage.loader, RANGE, market.secret))).error.code).toBe('key_not_allowed');
    await platform.db.execute(sql`
      update keys set allowed_addresses = '{}', status = 'disabled' where organization_id = ${market.buyer.organizationId}`);
    expect((await read(await ask(usage.loader, RANGE, market.secret))).error.code).toBe('invalid_api_key');
    await platform.db.execute(
      sql`update keys set status = 'active' where organization_id = ${market.buyer.organizationId}`,
    );
  });

  it('tells nobody about others', async () => {
    expect((await ask(usage.loader, RANGE, null)).status).toBe(401);
    expect((await ask(usage.loader, RANGE, `tg_live_${'a'.repeat(36)}`)).status).toBe(401);
    const token = await tokenOf(stranger);
    for (const loader of [usage.loader, billing.loader]) {
      for (const more of [
        '',
        '&perspective=seller',
        `&service=${market.service.id}`,
        `&service=${market.service.slug}`,
      ]) {
        const { totals } = await read(await ask(loader, RANGE + more, token));
        expect(Object.values(totals).filter((value) => value !== null && Number(value) !== 0)).toEqual([]);
      }
    }
    expect((await ask(usage.loader, `${RANGE}&perspective=admin`, token)).status).toBe(403);
    expect((await ask(stats.loader, '', token)).status).toBe(403);
  });

  it.each([
    ['granularity=minute', 'granularity'],
    ['granularity=hour&from=2026-08-01&to=2026-10-31', 'granularity'],
    ['group_by=nothing', 'group_by'],
    ['group_by=buyer', 'group_by'],
    ['time_zone=Mars/Olympus', 'time_zone'],
    ['from=2026-13-01', 'from'],
    ['from=2026-10-02&to=2026-10-01', 'to'],
    ['from=2020-01-01&to=2026-10-01', 'from'],
    ['range=1y', 'range'],
    ['format=xml', 'format'],
    ['perspective=god', 'perspective'],
    ['perspective=seller&key=key_1', 'key'],
    ['grouped_by=key', 'grouped_by'],
  ])('refuses %s by naming the field', async (query, field) => {
    const response = await ask(usage.loader, query, await tokenOf(market.buyer));
    expect(response.status).toBe(400);
    expect((await read(response)).error.issues.map((issue) => issue.field)).toContain(field);
  });
});

describe('statistics', () => {
  it('tell administrators the same numbers as their report', async () => {
    const { ctx, username } = await makeAdministrator(platform);
    const [user] = await platform.db.execute<{ id: string }>(
      sql`select id from users where username = ${username}`,
    );
    const token = await tokenOf({ ctx, userId: user!.id });
    const response = await ask(stats.loader, RANGE, token);
    expect(response.status).toBe(200);
    const report = await reportBilling(ctx, {
      perspective: 'admin',
      from: new Date('2026-09-30T22:00:00Z'),
      to: new Date('2026-10-31T23:00:00Z'),
      timeZone: 'Europe/Berlin',
    });
    expect(report.totals.usageNanos).toBe(TOTAL);
    expect(await response.json()).toMatchObject({
      usage: { calls: 60 },
      money: { charged: toDecimal(TOTAL), platform_fee: toDecimal(report.totals.feeNanos) },
      services: [{ id: market.service.id, calls: 60, charged: toDecimal(TOTAL) }],
      models: [{ id: '=cmd|calc', calls: 40 }],
    });
  });
});
