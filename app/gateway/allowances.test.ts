import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compilePrice, type HoldRequest } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import { Allowances } from './allowances.ts';

const TICK_MS = 100;
const BUYER = 'org_buyer';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

let lastId = 0;

function requestOf(amountNanos: Nanos, more: Partial<HoldRequest> = {}): HoldRequest {
  return {
    organizationId: BUYER,
    requestId: `req_${++lastId}`,
    amountNanos,
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

interface Renewal {
  wanted: ReadonlyMap<string, Nanos>;
  /** All that was asked for, if nothing is said. */
  answer: (allowed?: Record<string, Nanos>) => Promise<void>;
  fail: (error: Error) => Promise<void>;
  /** Some wallet was busy: nothing has changed. */
  putOff: () => Promise<void>;
}

/** @param answers when renewals get all they ask for; later: when the test says so. */
function setUp(answers: 'at once' | 'later' = 'at once') {
  const asked: Renewal[] = [];
  const report = vi.fn();
  const allowances = new Allowances({
    renew: (wanted) => {
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, Nanos> | null>();
      const renewal: Renewal = {
        wanted: new Map(wanted),
        answer: (allowed) => {
          const all = allowed ? Object.entries(allowed) : [...wanted];
          resolve(new Map(all.filter(([, nanos]) => nanos > 0n)));
          return settled();
        },
        fail: (error) => {
          reject(error);
          return settled();
        },
        putOff: () => {
          resolve(null);
          return settled();
        },
      };
      asked.push(renewal);
      if (answers === 'at once') void renewal.answer();
      return promise;
    },
    report,
  });
  /** Calls that are held at once, one way or the other. */
  const call = (count: number, amountNanos: Nanos, organizationId = BUYER): void => {
    for (let i = 0; i < count; i++) {
      const request = requestOf(amountNanos, { organizationId });
      if (allowances.take(request)) allowances.held(request, true);
    }
  };
  return {
    allowances,
    asked,
    report,
    call,
    take: (amountNanos: Nanos) => allowances.take(requestOf(amountNanos)),
    lastWanted: () => Object.fromEntries(asked.at(-1)?.wanted ?? []),
    /** Takes it. */
    expectFree: (nanos: Nanos) => {
      expect(allowances.take(requestOf(nanos + 1n))).toBe(false);
      if (nanos > 0n) expect(allowances.take(requestOf(nanos))).toBe(true);
    },
    /** Ticks of a busy buyer that pass before it is asked for again. */
    ticksUntilAsked: async () => {
      const before = asked.length;
      for (let ticks = 0; ticks < 100; ticks++) {
        call(8, 10n);
        await tick();
        if (asked.length > before) return ticks;
      }
      return Infinity;
    },
  };
}

const tick = async (count = 1): Promise<void> => void (await vi.advanceTimersByTimeAsync(count * TICK_MS));
/** Lets those go on who wait for an answer; no timer is theirs. */
const settled = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0));

describe('what is set aside for a buyer', () => {
  it('is nothing for fewer than eight calls a tick', async () => {
    const { asked, call } = setUp();
    for (let i = 0; i < 5; i++) {
      call(7, 1_000n);
      await tick();
    }
    expect(asked).toEqual([]);
  });

  it('is twice what eight calls of a tick needed', async () => {
    const { asked, call, lastWanted, expectFree } = setUp();
    call(7, 10n);
    call(1, 30n);
    expect(asked).toEqual([]);
    await tick();
    expect(lastWanted()).toEqual({ [BUYER]: 200n });
    expectFree(200n);
  });

  it('is twice what the busier of the last two ticks needed, and no older one counts', async () => {
    const { call, lastWanted } = setUp();
    const wanted: Nanos[] = [];
    for (const amountNanos of [10n, 4n, 3n, 20n, 1n]) {
      call(8, amountNanos);
      await tick();
      wanted.push(lastWanted()[BUYER]!);
    }
    expect(wanted).toEqual([160n, 160n, 64n, 320n, 320n]);
  });

  it('stays for two calls a tick, and goes back for one', async () => {
    const { asked, call, lastWanted, expectFree } = setUp();
    call(8, 10n);
    await tick();
    call(2, 10n);
    await tick();
    expect(lastWanted()).toEqual({ [BUYER]: 160n });
    call(1, 10n);
    await tick();
    expect(lastWanted()).toEqual({ [BUYER]: 0n });
    expect(asked).toHaveLength(3);
    expectFree(0n);
  });

  it('is asked for with that of other buyers, each of whom is busy by itself', async () => {
    const { asked, call, lastWanted } = setUp();
    call(8, 10n, 'org_a');
    call(9, 1n, 'org_b');
    call(7, 100n, 'org_c');
    await tick();
    expect(asked).toHaveLength(1);
    expect(lastWanted()).toEqual({ org_a: 160n, org_b: 18n });
  });

  it('is what the database says', async () => {
    const { asked, call, expectFree } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer({ [BUYER]: 50n });
    expectFree(50n);
  });
});

describe('a call', () => {
  const PLAIN = requestOf(1n);
  it.each<[string, Partial<HoldRequest>]>([
    ['runs and needs more', { mode: 'extend' }],
    ['has ended and needs more', { mode: 'top_up' }],
    [
      'is priced by what was used before',
      { counted: { price: compilePrice({ components: [] }), model: null, quantities: {}, has: null } },
    ],
    ['has a budget', { call: { ...PLAIN.call, budgets: ['bud_1'] } }],
  ])('that %s is held by the wallet, and makes no buyer busy', async (_what, more) => {
    const { allowances, asked, call } = setUp();
    for (let i = 0; i < 20; i++) expect(allowances.take(requestOf(1n, more))).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    call(8, 10n);
    await tick();
    expect(asked).toHaveLength(1);
    expect(allowances.take(requestOf(1n, more))).toBe(false);
    expect(allowances.take(requestOf(1n, { mode: 'new', counted: null }))).toBe(true);
  });

  it('is held by the wallet before anything is set aside', () => {
    const { take } = setUp();
    for (let i = 0; i < 20; i++) expect(take(1n)).toBe(false);
  });

  it('takes what is free, to the last nano and no further', async () => {
    const { call, take } = setUp();
    call(8, 10n);
    await tick();
    expect([take(100n), take(61n), take(60n), take(1n)]).toEqual([true, false, true, false]);
  });

  it('counts for what is needed next, whoever holds it', async () => {
    const { call, take, lastWanted } = setUp();
    call(8, 10n);
    await tick();
    expect([take(100n), take(1_000n)]).toEqual([true, false]);
    await tick();
    expect(lastWanted()).toEqual({ [BUYER]: 2_200n });
  });

  it('takes nothing of what is set aside for another buyer', async () => {
    const { allowances, call } = setUp();
    call(8, 10n);
    await tick();
    expect(allowances.take(requestOf(1n, { organizationId: 'org_other' }))).toBe(false);
  });
});

describe('while a renewal is under way', () => {
  const MOMENTS = ['before', 'during', 'after'] as const;
  type Moment = (typeof MOMENTS)[number];
  const CASES = MOMENTS.flatMap((first) =>
    (['during', 'after'] as const).flatMap((second) =>
      (['in order', 'the other way round'] as const).map((order): [Moment, Moment, typeof order] => [
        first,
        second,
        order,
      ]),
    ),
  );

  it.each(CASES)(
    'what is taken before it and held %s, and what is taken during it and held %s, answered %s, is not free twice',
    async (first, second, order) => {
      const { allowances, asked, call, take, expectFree } = setUp('later');
      call(8, 100n);
      await tick();
      await asked[0]!.answer();
      const requests = [requestOf(30n), requestOf(200n)] as const;
      const answer = (moment: Moment): void => {
        const due = requests.filter((_request, i) => [first, second][i] === moment);
        for (const request of order === 'in order' ? due : due.reverse()) allowances.held(request, true);
      };
      expect(allowances.take(requests[0])).toBe(true);
      call(7, 100n);
      answer('before');
      await tick();
      expect(asked[1]!.wanted.get(BUYER)).toBe(1_600n);
      expect(allowances.take(requests[1])).toBe(true);
      answer('during');
      await asked[1]!.answer();
      // What the database has taken off before the renewal was asked for, it takes off no more.
      const leftNanos = 1_600n - (first === 'before' ? 0n : 30n) - 200n;
      expect(take(400n)).toBe(true);
      answer('after');
      expectFree(leftNanos - 400n);
    },
  );

  it('what was free before can be taken, and no more', async () => {
    const { asked, call, take } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    call(8, 1n);
    call(1, 52n);
    await tick();
    expect(asked).toHaveLength(2);
    expect([take(101n), take(100n), take(1n)]).toEqual([false, true, false]);
  });

  it('nothing can be taken that goes back with it', async () => {
    const { asked, call, take } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    await tick();
    expect(asked[1]!.wanted.get(BUYER)).toBe(0n);
    expect(take(10n)).toBe(false);
  });

  it('no more can be taken than is left by it', async () => {
    const { asked, call, take } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    for (let i = 1; i <= 2; i++) {
      call(2, 5n);
      await tick();
      if (i < 2) await asked[i]!.answer();
    }
    expect(asked[2]!.wanted.get(BUYER)).toBe(20n);
    expect([take(21n), take(20n), take(1n)]).toEqual([false, true, false]);
  });

  it('no other one is asked for, however long it takes', async () => {
    const { asked, call } = setUp('later');
    call(8, 10n);
    await tick();
    for (let i = 0; i < 5; i++) {
      call(8, 10n);
      await tick();
    }
    expect(asked).toHaveLength(1);
    await asked[0]!.answer();
    call(8, 10n);
    await tick();
    expect(asked).toHaveLength(2);
  });
});

describe('a buyer whose money somebody has taken back', () => {
  it('gives back the rest, and is not asked for again for ten ticks', async () => {
    const { allowances, call, lastWanted, take, ticksUntilAsked } = setUp();
    call(8, 10n);
    await tick();
    const request = requestOf(10n);
    expect(allowances.take(request)).toBe(true);
    allowances.held(request, false);
    expect(take(1n)).toBe(false);
    call(8, 10n);
    await tick();
    expect(lastWanted()).toEqual({ [BUYER]: 0n });
    expect(take(1n)).toBe(false);
    expect(await ticksUntilAsked()).toBe(9);
    expect(lastWanted()).toEqual({ [BUYER]: 160n });
  });

  it('is not forgotten while it rests, though it is idle', async () => {
    const { allowances, call, ticksUntilAsked } = setUp();
    call(8, 10n);
    await tick();
    const request = requestOf(10n);
    allowances.take(request);
    allowances.held(request, false);
    await tick(6);
    expect(await ticksUntilAsked()).toBe(4);
  });

  it('does not keep others from renewing', async () => {
    const { allowances, call, lastWanted } = setUp();
    call(8, 10n);
    call(8, 10n, 'org_other');
    await tick();
    const request = requestOf(10n);
    allowances.take(request);
    allowances.held(request, false);
    call(8, 10n);
    call(8, 10n, 'org_other');
    await tick();
    expect(lastWanted()).toEqual({ [BUYER]: 0n, org_other: 160n });
  });
});

describe('a renewal that is refused', () => {
  it('leaves nothing free, and is not repeated for ten ticks', async () => {
    const { asked, call, lastWanted, take, ticksUntilAsked } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    call(8, 10n);
    await tick();
    await asked[1]!.answer({});
    expect(take(1n)).toBe(false);
    expect(await ticksUntilAsked()).toBe(10);
    expect(lastWanted()).toEqual({ [BUYER]: 160n });
  });

  it('for one buyer rests this one alone', async () => {
    const { allowances, asked, call, lastWanted } = setUp('later');
    call(8, 10n);
    call(8, 10n, 'org_other');
    await tick();
    await asked[0]!.answer({ org_other: 160n });
    expect(allowances.take(requestOf(160n, { organizationId: 'org_other' }))).toBe(true);
    call(8, 10n);
    await tick();
    expect(asked).toHaveLength(2);
    expect(lastWanted()).not.toHaveProperty(BUYER);
  });
});

describe('a renewal that fails', () => {
  it('is reported once; nothing is free until the database is asked again, after ten ticks', async () => {
    const { asked, report, call, take, ticksUntilAsked } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    call(8, 10n);
    await tick();
    const error = new Error('the database is away');
    await asked[1]!.fail(error);
    expect(report.mock.calls).toEqual([[error]]);
    expect(take(1n)).toBe(false);
    expect(await ticksUntilAsked()).toBe(10);
    expect(take(1n)).toBe(false);
    expect(report).toHaveBeenCalledOnce();
  });

  it('is one of which nobody knows what became: it goes back', async () => {
    const { asked, call, lastWanted } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.fail(new Error('the database is away'));
    await tick(11);
    expect(lastWanted()).toEqual({ [BUYER]: 0n });
    await asked[1]!.answer();
    await tick(20);
    expect(asked).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a renewal that is put off', () => {
  it('leaves what there is, and is asked for again at the next tick', async () => {
    const { allowances, asked, call, report } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    call(8, 10n);
    await tick();
    await asked[1]!.putOff();
    expect(allowances.take(requestOf(70n))).toBe(true);
    await tick();
    expect(asked).toHaveLength(3);
    expect(report).not.toHaveBeenCalled();
  });

  it('is tried again when all is to go back', async () => {
    const { allowances, asked, call } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    const given = allowances.giveBack();
    await vi.advanceTimersByTimeAsync(0);
    await asked[1]!.putOff();
    await asked[2]!.answer({});
    await given;
    expect(asked.map(({ wanted }) => wanted.get(BUYER))).toEqual([160n, 0n, 0n]);
  });
});

describe('a buyer who goes idle', () => {
  it('gives back, and is forgotten with the timer', async () => {
    const { asked, call, lastWanted } = setUp();
    call(8, 10n);
    expect(vi.getTimerCount()).toBe(1);
    await tick(2);
    expect(lastWanted()).toEqual({ [BUYER]: 0n });
    await tick();
    expect(vi.getTimerCount()).toBe(0);
    expect(asked).toHaveLength(2);
  });

  it('and never was busy is forgotten as well', async () => {
    const { asked, call } = setUp();
    call(1, 10n);
    await tick(2);
    expect(vi.getTimerCount()).toBe(0);
    expect(asked).toEqual([]);
  });

  it('leaves the timer to those who are busy', async () => {
    const { call } = setUp();
    call(8, 10n);
    for (let i = 0; i < 5; i++) {
      call(8, 10n, 'org_other');
      await tick();
    }
    expect(vi.getTimerCount()).toBe(1);
  });

  it('can be busy again', async () => {
    const { asked, call, expectFree } = setUp();
    call(8, 10n);
    await tick(5);
    call(8, 10n);
    await tick();
    expect(asked).toHaveLength(3);
    expectFree(160n);
  });

  it('keeps what calls have taken that the database has not held yet', async () => {
    const { call, take, asked } = setUp();
    call(8, 10n);
    await tick();
    expect([take(50n), take(40n)]).toEqual([true, true]);
    await tick(3);
    for (const { wanted } of asked.slice(1)) expect(wanted.get(BUYER)).toBeGreaterThanOrEqual(90n);
  });

  it('is remembered until all that was taken is held: no later renewal counts it as given back', async () => {
    const { allowances, call, expectFree } = setUp();
    call(8, 10n);
    await tick();
    const slow = requestOf(100n);
    expect(allowances.take(slow)).toBe(true);
    await tick(5);
    call(8, 10n);
    allowances.held(slow, true);
    await tick();
    expectFree(160n);
  });
});

describe('a buyer whose calls wait long for the database', () => {
  it('is remembered when nothing is set aside any more', async () => {
    const { allowances, asked, call, expectFree } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    const slow = requestOf(100n);
    expect(allowances.take(slow)).toBe(true);
    await tick();
    await asked[1]!.answer({});
    await tick(15);
    call(8, 10n);
    allowances.held(slow, true);
    await tick();
    await asked[2]!.answer();
    expectFree(160n);
  });
});

describe('giving back', () => {
  it('asks for nothing for all who have something, and resolves when that is answered', async () => {
    const { allowances, asked, call, expectFree } = setUp('later');
    call(8, 10n);
    call(8, 10n, 'org_other');
    call(1, 10n, 'org_idle');
    await tick();
    await asked[0]!.answer();
    const resolved = vi.fn();
    void allowances.giveBack().then(resolved);
    await settled();
    expect(asked[1]!.wanted).toEqual(
      new Map([
        [BUYER, 0n],
        ['org_other', 0n],
      ]),
    );
    expect(resolved).not.toHaveBeenCalled();
    await asked[1]!.answer();
    expect(resolved).toHaveBeenCalledOnce();
    expectFree(0n);
  });

  it('waits for a renewal under way, and gives back what that brings', async () => {
    const { allowances, asked, call } = setUp('later');
    call(8, 10n);
    await tick();
    const resolved = vi.fn();
    void allowances.giveBack().then(resolved);
    await settled();
    expect(asked).toHaveLength(1);
    expect(resolved).not.toHaveBeenCalled();
    await asked[0]!.answer();
    expect(asked[1]!.wanted).toEqual(new Map([[BUYER, 0n]]));
    expect(resolved).not.toHaveBeenCalled();
    await asked[1]!.answer();
    expect(resolved).toHaveBeenCalledOnce();
  });

  it('asks nobody when nothing is set aside', async () => {
    const { allowances, asked, call } = setUp();
    await allowances.giveBack();
    call(7, 10n);
    await allowances.giveBack();
    expect(asked).toEqual([]);
  });

  it('gives back what a renewal that failed may have set aside', async () => {
    const { allowances, asked, call } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.fail(new Error('the database is away'));
    void allowances.giveBack();
    await settled();
    expect(asked[1]!.wanted).toEqual(new Map([[BUYER, 0n]]));
  });

  it('resolves when the database does not answer', async () => {
    const { allowances, asked, report, call } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    const given = allowances.giveBack();
    await settled();
    await asked[1]!.fail(new Error('the database is away'));
    await given;
    expect(report).toHaveBeenCalledOnce();
  });

  it('leaves nothing free while it is under way', async () => {
    const { allowances, asked, call, take } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    void allowances.giveBack();
    await settled();
    expect(asked).toHaveLength(2);
    expect(take(10n)).toBe(false);
  });

  it('is not undone at the next tick for calls that came before', async () => {
    const { allowances, asked, call } = setUp();
    call(8, 10n);
    await tick();
    call(8, 10n);
    await allowances.giveBack();
    expect(asked).toHaveLength(2);
    await tick();
    expect(asked).toHaveLength(2);
  });

  it('twice at the same time asks one after the other', async () => {
    const { allowances, asked, call } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    const resolved = vi.fn();
    void allowances.giveBack().then(resolved);
    void allowances.giveBack().then(resolved);
    await settled();
    expect(asked).toHaveLength(2);
    await asked[1]!.answer();
    await asked[2]?.answer();
    expect(resolved).toHaveBeenCalledTimes(2);
  });
});

describe('closing', () => {
  it('stops the timer, and nothing is asked for or free any more', async () => {
    const { allowances, asked, call, take } = setUp();
    call(8, 10n);
    await tick();
    call(8, 10n);
    allowances.close();
    expect(vi.getTimerCount()).toBe(0);
    await tick(20);
    expect(asked).toHaveLength(1);
    expect(take(1n)).toBe(false);
  });

  it('while the database is asked does no harm to what it answers', async () => {
    const { allowances, asked, report, call } = setUp('later');
    call(8, 10n);
    await tick();
    await asked[0]!.answer();
    const request = requestOf(10n);
    expect(allowances.take(request)).toBe(true);
    call(8, 10n);
    await tick();
    allowances.close();
    await asked[1]!.answer();
    allowances.held(request, true);
    allowances.held(request, false);
    await tick(20);
    expect(asked).toHaveLength(2);
    expect(report).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is possible before anything happened, and twice', () => {
    const { allowances } = setUp();
    allowances.close();
    allowances.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

type Step =
  | { do: 'call'; amountNanos: Nanos; count: number }
  | { do: 'tick' }
  /** The database does what it was sent, its answer is on the way. */
  | { do: 'hold'; pick: number }
  | { do: 'renew' }
  /** The answer arrives. */
  | { do: 'answer'; pick: number }
  | { do: 'answer renewal' }
  | { do: 'give back' }
  | { do: 'recall' }
  | { do: 'refuse' }
  /** The renewal is lost, or only its answer, when that was on its way. */
  | { do: 'fail' };

interface SentHold {
  request: HoldRequest;
  /** The last renewal that the process knew of when it was taken. */
  known: number;
  wasCovered: boolean | null;
}

interface SentRenewal {
  wantedNanos: Nanos;
  /** When the database did it, and what came of it. */
  done: { at: number; nanos: Nanos } | null;
  resolve: (allowed: ReadonlyMap<string, Nanos>) => void;
  reject: (error: Error) => void;
}

/** A database that does what it is sent in any order and answers when it likes. */
class Database {
  readonly allowances = new Allowances({
    renew: (wanted) => {
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, Nanos>>();
      expect(this.renewal, 'two renewals at a time').toBeNull();
      this.renewal = { wantedNanos: wanted.get(BUYER)!, done: null, resolve, reject };
      return promise;
    },
    report: () => undefined,
  });
  amountNanos: Nanos = 0n;
  holds: SentHold[] = [];
  renewal: SentRenewal | null = null;
  #now = 0;
  /** When the last renewal was done that has been answered, and when all that there was was taken last. */
  #known = 0;
  #takenBack = 0;

  call(amountNanos: Nanos): void {
    const request = requestOf(amountNanos);
    if (this.allowances.take(request)) this.holds.push({ request, known: this.#known, wasCovered: null });
  }

  hold(sent: SentHold | undefined): void {
    if (!sent) return;
    const { amountNanos } = sent.request;
    sent.wasCovered = amountNanos <= this.amountNanos;
    if (sent.wasCovered) this.amountNanos -= amountNanos;
    else
      expect(this.#takenBack, `short of ${amountNanos - this.amountNanos} nanos`).toBeGreaterThan(sent.known);
  }

  answer(sent: SentHold | undefined): void {
    if (!sent) return;
    this.holds.splice(this.holds.indexOf(sent), 1);
    this.allowances.held(sent.request, sent.wasCovered!);
  }

  renew(isRefused = false): void {
    if (!this.renewal || this.renewal.done) return;
    if (isRefused) this.recall();
    this.amountNanos = isRefused ? 0n : this.renewal.wantedNanos;
    this.renewal.done = { at: ++this.#now, nanos: this.amountNanos };
  }

  recall(): void {
    this.amountNanos = 0n;
    this.#takenBack = ++this.#now;
  }

  async answerRenewal(): Promise<void> {
    if (!this.renewal?.done) return;
    const { done, resolve } = this.renewal;
    this.renewal = null;
    this.#known = done.at;
    resolve(new Map(done.nanos > 0n ? [[BUYER, done.nanos]] : []));
    await settled();
  }

  async fail(): Promise<void> {
    const renewal = this.renewal;
    this.renewal = null;
    renewal?.reject(new Error('the database is away'));
    await settled();
  }

  /** All that was sent is done and answered. */
  async catchUp(): Promise<void> {
    for (const sent of this.holds.filter(({ wasCovered }) => wasCovered === null)) this.hold(sent);
    for (const sent of [...this.holds]) this.answer(sent);
    while (this.renewal) {
      this.renew();
      await this.answerRenewal();
    }
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        for (let i = 0; i < step.count; i++) this.call(step.amountNanos);
        return;
      case 'tick':
        return tick();
      case 'hold': {
        const sent = this.holds.filter(({ wasCovered }) => wasCovered === null);
        return this.hold(sent[step.pick % sent.length]);
      }
      case 'renew':
        return this.renew();
      case 'answer': {
        const held = this.holds.filter(({ wasCovered }) => wasCovered !== null);
        return this.answer(held[step.pick % held.length]);
      }
      case 'answer renewal':
        return this.answerRenewal();
      case 'give back': {
        // As the process does when it stops: what has been taken is held before.
        await this.catchUp();
        void this.allowances.giveBack();
        await settled();
        if (!this.renewal) expect(this.amountNanos).toBe(0n);
        return;
      }
      case 'recall':
        return this.recall();
      case 'refuse':
        return this.renew(true);
      case 'fail':
        return this.fail();
    }
  }
}

describe('the database', () => {
  const pick = fc.nat(9);
  const PEACE: fc.WeightedArbitrary<Step>[] = [
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('call'),
        amountNanos: fc.bigInt({ min: 1n, max: 30n }),
        count: fc.constantFrom(1, 2, 8),
      }),
    },
    { weight: 6, arbitrary: fc.constant({ do: 'tick' }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('hold'), pick }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('answer'), pick }) },
    { weight: 4, arbitrary: fc.constant({ do: 'renew' }) },
    { weight: 4, arbitrary: fc.constant({ do: 'answer renewal' }) },
    { weight: 1, arbitrary: fc.constant({ do: 'give back' }) },
  ];
  const TROUBLE: fc.WeightedArbitrary<Step>[] = [
    { weight: 1, arbitrary: fc.constant({ do: 'recall' }) },
    { weight: 1, arbitrary: fc.constant({ do: 'refuse' }) },
    { weight: 1, arbitrary: fc.constant({ do: 'fail' }) },
  ];

  it.each([
    ['is never short', PEACE],
    ['is short only of what somebody has taken back', [...PEACE, ...TROUBLE]],
  ])(
    '%s, whenever it does what it is sent, and has nothing left when the traffic ends',
    async (_name, steps) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(...steps), { size: 'large', maxLength: 80 }), async (all) => {
          vi.clearAllTimers();
          const database = new Database();
          for (const step of all) await database.step(step);
          for (let ticks = 0; ticks < 30; ticks++) {
            await database.catchUp();
            await tick();
          }
          expect(database.amountNanos).toBe(0n);
          expect(vi.getTimerCount()).toBe(0);
        }),
        { numRuns: 1_000 },
      );
    },
  );
});
