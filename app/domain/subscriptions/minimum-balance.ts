import type { Nanos } from '../../lib/money.ts';
import type { PlanWithPrice } from '../plans/index.ts';

const MILLION = 1_000_000n;

/** The least a wallet must hold before a plan can be used: one call, or a nano where calls vary. */
export function minimumBalance(plan: PlanWithPrice): Nanos {
  const priced = plan.price.components.filter(({ nanosPerMillion }) => nanosPerMillion > 0n);
  if (priced.length === 0) return 0n;
  const millionCalls = priced.find(({ meter }) => meter === 'call')?.nanosPerMillion ?? 0n;
  const call = (millionCalls + MILLION - 1n) / MILLION;
  return call > 0n ? call : 1n;
}
