/** Calls that cost nothing are recorded once each, in batches that nobody waits for. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settleCalls, type UsageEventInput } from '../../app/domain/metering/index.ts';
import { pricePlainly, settleParameters } from '../../app/domain/metering/settle-calls.ts';
import { newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';
import { usageEvents } from '../../db/schema/index.ts';
import { createTestPlatform } from '../support/platform.ts';
import { PLAIN_CALL } from '../support/usage-events.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await createTestPlatform();
});
afterAll(async () => {
  await platform.close();
});

function eventOf(buyer: string, parts: Partial<UsageEventInput> = {}): UsageEventInput {
  return {
    organization_id: buyer,
    request_id: newId('request'),
    seller_organization_id: 'org_seller',
    service_id: 'svc_1',
    plan_id: 'pln_1',
    price_version_id: 'prv_1',
    subscription_id: 'sub_1',
    key_id: 'key_1',
    ...PLAIN_CALL,
    request_bytes: 3,
    response_bytes: 7,
    first_byte_ms: 4,
    total_ms: 5,
    upstream_id: 'ups_1',
    charge_nanos: '0',
    held: false,
    ...parts,
  };
}

const settle = async (events: UsageEventInput[]) =>
  (await settleCalls({ sql: platform.database.sql }, events)).recorded;

const recordedOf = (buyer: string) =>
  platform.db.select().from(usageEvents).where(eq(usageEvents.organizationId, buyer));

describe('calls that cost nothing', () => {
  it('are recorded as they were, each with what is its own', async () => {
    const buyer = newId('organization');
    const trace = { path: '/chat/completions' };
    const events = [
      eventOf(buyer),
      eventOf(buyer, { details: { served_model: 'one', trace }, input_tokens: 10, model: 'asked "for"' }),
      eventOf(buyer, { details: { served_model: 'two', cached_input_tokens: 5 }, status_code: 404 }),
      eventOf(buyer, { details: { served_model: 'one', trace }, first_byte_ms: null, error_code: 'x' }),
      eventOf(buyer, { details: { cache: 'hit' } }),
    ];
    expect(await settle(events)).toBe(5);
    const rows = new Map((await recordedOf(buyer)).map((row) => [row.requestId, row]));
    expect(events.map(({ request_id: id }) => rows.get(id))).toMatchObject([
      { servedModel: null, trace: null, cache: null, model: null, firstByteMs: 4, responseBytes: 7 },
      { servedModel: 'one', trace, inputTokens: 10, model: 'asked "for"', statusCode: 200 },
      { servedModel: 'two', trace: null, cachedInputTokens: 5, statusCode: 404, inputTokens: null },
      { servedModel: 'one', trace, firstByteMs: null, errorCode: 'x' },
      { servedModel: null, cache: 'hit', chargeNanos: 0n, feeNanos: 0n },
    ]);
  });

  it('are recorded once, however often they are said, and keep none that is new out', async () => {
    const buyer = newId('organization');
    const [first, second, third] = [eventOf(buyer), eventOf(buyer), eventOf(buyer)];
    expect(await settle([first])).toBe(1);
    expect(await settle([first, second, second, third])).toBe(2);
    expect(await settle([first, second, third])).toBe(0);
    expect(await recordedOf(buyer)).toHaveLength(3);
  });

  it('are recorded once where several processes say them at the same time', async () => {
    const buyer = newId('organization');
    const events = Array.from({ length: 200 }, () => eventOf(buyer));
    const recorded = await Promise.all([settle(events), settle(events), settle(events), settle(events)]);
    expect(recorded.reduce((sum, one) => sum + one, 0)).toBe(200);
    expect(await recordedOf(buyer)).toHaveLength(200);
  });

  it('are recorded by a process of the version before, too, while this one is rolled out', async () => {
    const buyer = newId('organization');
    const event = eventOf(buyer, { details: { served_model: 'one' } });
    const { sql } = platform.database;
    const settleAsBefore = () => sql<{ recorded: number }[]>`
      select settle_batch(${settleParameters(sql, [pricePlainly(event)])}) as recorded`;
    expect(await settleAsBefore()).toEqual([{ recorded: 1 }]);
    expect(await settleAsBefore()).toEqual([{ recorded: 0 }]);
    expect(await settle([event])).toBe(0);
    expect(await recordedOf(buyer)).toMatchObject([{ servedModel: 'one', chargeNanos: 0n, lines: null }]);
  });

  it('are recorded beside calls that hold money, of which a former program may have spooled no details', async () => {
    const buyer = newId('organization');
    const { details: _details, ...spooled } = eventOf(buyer);
    const held = eventOf(buyer, { held: true, charge_nanos: '0' });
    expect(await settle([eventOf(buyer), held, spooled as UsageEventInput])).toBe(3);
    expect((await recordedOf(buyer)).map(({ chargeNanos }) => chargeNanos)).toEqual([0n, 0n, 0n]);
  });
});
