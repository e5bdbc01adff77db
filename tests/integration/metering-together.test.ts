/** Calls that end and calls that begin are served in one transaction, and go apart when they must. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  holdCalls,
  settleAndHold,
  settleCalls,
  type HoldRequest,
  type UsageEventInput,
} from '../../app/domain/metering/index.ts';
import { newId } from '../../app/lib/ids.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

let fixture: GatewayFixture;
let service: AddedService;
let plan: AddedPlan;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  service = await fixture.addService({ baseUrl: 'http://127.0.0.1:9' });
  plan = await fixture.addPlan(service, { kind: 'per_call', prices: { call: 100_000_000n } });
});
afterAll(() => fixture.close());

const metering = () => ({ sql: fixture.platform.database.sql });

function requestOf({ organizationId, subscriptionId, key }: AddedBuyer, amountNanos: bigint): HoldRequest {
  return {
    organizationId,
    requestId: newId('request'),
    amountNanos,
    ttlSeconds: 600,
    call: {
      seller_organization_id: service.organizationId,
      service_id: service.id,
      plan_id: plan.id,
      price_version_id: 'prv_test',
      subscription_id: subscriptionId!,
      key_id: key.id,
      method: 'GET',
    },
  };
}

function eventOf({ organizationId, requestId, call }: HoldRequest, chargeNanos: bigint): UsageEventInput {
  return {
    ...call,
    organization_id: organizationId,
    request_id: requestId,
    status_code: 200,
    terminal_state: 'complete',
    fault: 'none',
    error_code: null,
    streamed: false,
    attempts: 1,
    request_bytes: 0,
    response_bytes: 2,
    model: null,
    input_tokens: null,
    output_tokens: null,
    usage_source: null,
    first_byte_ms: 1,
    total_ms: 2,
    upstream_id: null,
    credential_id: null,
    details: null,
    charge_nanos: chargeNanos.toString(),
    held: true,
  };
}

async function held(buyer: AddedBuyer, amountNanos: bigint): Promise<HoldRequest> {
  const request = requestOf(buyer, amountNanos);
  const answers = await holdCalls(metering(), [request]);
  expect(answers.get(request.requestId)?.refusal).toBeNull();
  return request;
}

async function expectBooksInOrder(): Promise<void> {
  const system = fixture.platform.createContext({ type: 'system', job: 'test' });
  expect((await verifyLedger(system)).problems).toEqual([]);
}

describe('what ends and what begins together', () => {
  it('has for the new call what the old one gives back', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    const old = await held(buyer, 100n);
    const next = requestOf(buyer, 90n);
    const { settlement, answers } = settleAndHold(metering(), [eventOf(old, 10n)], [next]);
    expect((await settlement).recorded).toBe(1);
    expect((await answers).get(next.requestId)?.refusal).toBeNull();
    await settleCalls(metering(), [eventOf(next, 0n)]);
    await expectBooksInOrder();
  });

  it('goes apart when the database refuses an event: the hold is granted all the same', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    const old = await held(buyer, 50n);
    const next = requestOf(buyer, 50n);
    const refused = { ...eventOf(old, 10n), status_code: Number.NaN };
    const { settlement, answers } = settleAndHold(metering(), [refused], [next]);
    const [settled, granted] = await Promise.allSettled([settlement, answers]);
    expect(settled.status).toBe('rejected');
    expect(granted.status === 'fulfilled' && granted.value.get(next.requestId)?.refusal).toBeNull();
  });

  it('never locks two wallets against another batch', async () => {
    const one = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    const other = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    for (let round = 0; round < 10; round++) {
      const olds = [await held(one, 10n), await held(other, 10n)] as const;
      const nexts = [requestOf(one, 10n), requestOf(other, 10n)] as const;
      const batches = [
        settleAndHold(metering(), [eventOf(olds[0], 10n)], [nexts[1]]),
        settleAndHold(metering(), [eventOf(olds[1], 10n)], [nexts[0]]),
      ];
      for (const { settlement } of batches) expect((await settlement).recorded).toBe(1);
      for (const [i, next] of [nexts[1], nexts[0]].entries())
        expect((await batches[i]!.answers).get(next.requestId)?.refusal).toBeNull();
      await settleCalls(
        metering(),
        nexts.map((next) => eventOf(next, 0n)),
      );
    }
    await expectBooksInOrder();
  });
});

it('a hold is found by its index, however many were deleted before', async () => {
  const buyer = await fixture.addBuyer(plan, { walletNanos: 1_000_000n });
  for (let round = 0; round < 3; round++) {
    const requests = Array.from({ length: 300 }, () => requestOf(buyer, 1n));
    await holdCalls(metering(), requests);
    await settleCalls(
      metering(),
      requests.map((request) => eventOf(request, 1n)),
    );
  }
  const old = await held(buyer, 1n);
  const scans = await metering().sql.begin(async (tx) => {
    // Counts of the connection: other tests read the whole table too.
    const count = async (): Promise<number> => {
      const [row] =
        await tx`select seq_scan::int as scans from pg_stat_xact_user_tables where relname = 'holds'`;
      return row!['scans'] as number;
    };
    const before = await count();
    await settleCalls({ sql: tx as never }, [eventOf(old, 1n)]);
    return (await count()) - before;
  });
  expect(scans).toBe(0);
});
