import { describe, expect, it, vi } from 'vitest';
import { PLAIN_CALL } from '../../tests/support/usage-events.ts';
import {
  compilePrice,
  type HoldAnswer,
  type HoldRequest,
  type UsageEventInput,
} from '../domain/metering/index.ts';
import type { WaitingHold } from './hold-batches.ts';
import { storageUnavailable } from './snapshot.ts';
import { createTeller } from './teller.ts';

const ANSWER: HoldAnswer = {
  refusal: null,
  budgetId: null,
  meter: null,
  grantedNanos: 10n,
  quota: {},
  periodStart: null,
  isEarly: false,
};
const COUNTED = { price: compilePrice({ components: [] }), model: null, quantities: {}, has: null };

function requestOf(requestId: string, more: Partial<HoldRequest> = {}): HoldRequest {
  return {
    organizationId: 'org_buyer',
    requestId,
    amountNanos: 10n,
    ttlSeconds: 600,
    call: {
      seller_organization_id: 'org_seller',
      service_id: 'svc_1',
      plan_id: 'pln_1',
      price_version_id: 'prv_1',
      subscription_id: 'sub_1',
      key_id: 'key_1',
      method: 'GET',
    },
    ...more,
  };
}

/**
 * @param covered calls for which something is set aside.
 * @param taken those of them for which it was taken back.
 */
function setUp({ covered = [], taken = [] }: { covered?: string[]; taken?: string[] } = {}) {
  const log: string[] = [];
  const idsOf = (waiting: WaitingHold[]): string => waiting.map(({ request }) => request.requestId).join(' ');
  const allowances = {
    take: vi.fn(({ requestId }: HoldRequest) => covered.includes(requestId)),
    held: vi.fn(({ requestId }: HoldRequest, wasCovered: boolean) => {
      log.push(`${requestId} ${wasCovered ? 'was' : 'was not'} covered`);
    }),
    giveBack: vi.fn(async () => void log.push('gives back')),
  };
  const runHolds = vi.fn(async (waiting: WaitingHold[]) => {
    log.push(`wallet: ${idsOf(waiting)}`);
    await nextTurn();
    for (const { resolve } of waiting) resolve({ ...ANSWER, budgetId: 'of the wallet' });
  });
  const runAllowed = vi.fn(async (waiting: WaitingHold[]) => {
    log.push(`allowance: ${idsOf(waiting)}`);
    await nextTurn();
    return waiting.filter(({ request, resolve }) => {
      const isShort = taken.includes(request.requestId);
      if (!isShort) resolve(ANSWER);
      return isShort;
    });
  });
  const teller = createTeller({
    runHolds,
    runAllowed,
    allowances,
    settler: { settleAll: vi.fn() },
    journal: { write: vi.fn(), isFull: false, drain: async () => void log.push('drains the journal') },
  });
  return { teller, log, allowances, runHolds, runAllowed };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a call that begins', () => {
  it('is held by what is set aside where that covers it, and by the wallet where not', async () => {
    const { teller, log, runHolds, runAllowed } = setUp({ covered: ['a', 'c'] });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => teller.hold(requestOf(id))));
    expect(answers.map(({ budgetId }) => budgetId)).toEqual([null, 'of the wallet', null, 'of the wallet']);
    expect(log).toContain('allowance: a c');
    expect(log).toContain('wallet: b d');
    expect([runAllowed.mock.calls.length, runHolds.mock.calls.length]).toEqual([1, 1]);
  });

  it('is held by the wallet, and gets its answer there, when what was set aside has been taken back', async () => {
    const { teller, log, allowances } = setUp({ covered: ['a', 'b', 'c'], taken: ['a', 'c'] });
    const answers = await Promise.all(['a', 'b', 'c'].map((id) => teller.hold(requestOf(id))));
    expect(answers.map(({ budgetId }) => budgetId)).toEqual(['of the wallet', null, 'of the wallet']);
    expect(log).toEqual([
      'allowance: a b c',
      'a was not covered',
      'b was covered',
      'c was not covered',
      'wallet: a c',
    ]);
    expect(allowances.take).toHaveBeenCalledTimes(3);
  });

  it('is taken for held when nobody knows: it has its answer, and the wallet is not asked as well', async () => {
    const { teller, allowances, runHolds, runAllowed } = setUp({ covered: ['a'] });
    const away = storageUnavailable(new Error('no answer'));
    runAllowed.mockImplementation(async (waiting) => {
      for (const { reject } of waiting) reject(away);
      return [];
    });
    await expect(teller.hold(requestOf('a'))).rejects.toBe(away);
    await teller.drain();
    expect(allowances.held.mock.calls).toEqual([[requestOf('a'), true]]);
    expect(runHolds).not.toHaveBeenCalled();
  });

  it('is apart from plain ones, by buyer, when its units are counted', async () => {
    const { teller, log } = setUp();
    const counted = (id: string, organizationId: string): HoldRequest =>
      requestOf(id, { organizationId, counted: COUNTED });
    await Promise.all(
      [
        requestOf('a'),
        counted('b', 'org_1'),
        counted('c', 'org_2'),
        requestOf('d'),
        counted('e', 'org_1'),
      ].map((request) => teller.hold(request)),
    );
    expect(log).toEqual(['wallet: a d', 'wallet: b e', 'wallet: c']);
  });
});

describe('a teller that drains', () => {
  it('holds what waits, by the wallet last, and only then drains the journal and gives back', async () => {
    const { teller, log } = setUp({ covered: ['a', 'b'], taken: ['b'] });
    const answered = Promise.all(['a', 'b'].map((id) => teller.hold(requestOf(id))));
    await teller.drain();
    expect(log).toEqual([
      'allowance: a b',
      'a was covered',
      'b was not covered',
      'wallet: b',
      'drains the journal',
      'gives back',
    ]);
    expect(await answered).toHaveLength(2);
  });

  it('writes down the calls that ended before it drains the journal, or settles those that count', async () => {
    const log: string[] = [];
    const teller = createTeller({
      runHolds: vi.fn(),
      runAllowed: vi.fn(),
      allowances: { take: vi.fn(), held: vi.fn(), giveBack: vi.fn() },
      settler: {
        settleAll: async (waiting) => {
          await nextTurn();
          for (const { event, resolve } of waiting) resolve(BigInt(event.charge_nanos));
          log.push('settled');
        },
      },
      journal: {
        write: async (waiting) => {
          await nextTurn();
          for (const { event, resolve } of waiting) resolve(BigInt(event.charge_nanos));
          log.push('written down');
        },
        isFull: false,
        drain: async () => void log.push('drained'),
      },
    });
    const { organizationId, requestId, call } = requestOf('a');
    const event: UsageEventInput = {
      ...call,
      ...PLAIN_CALL,
      organization_id: organizationId,
      request_id: requestId,
      charge_nanos: '7',
      held: true,
    };
    const charges = Promise.all([teller.settle(event, false), teller.settle(event, true)]);
    await teller.drain();
    expect(log.slice(0, 2).sort()).toEqual(['settled', 'written down']);
    expect(log.slice(2)).toEqual(['drained']);
    expect(await charges).toEqual([7n, 7n]);
  });
});
