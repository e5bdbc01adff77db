/** Exact amounts to whole cents, so that what is shown adds up. */
import { NANOS_PER_CENT, type Nanos } from './money.ts';

/** To the nearest cent; half a cent goes away from zero. */
export function roundToCents(nanos: Nanos): Nanos {
  const doubled = (nanos < 0n ? -nanos : nanos) * 2n + NANOS_PER_CENT;
  const cents = doubled / (NANOS_PER_CENT * 2n);
  return (nanos < 0n ? -cents : cents) * NANOS_PER_CENT;
}

/** The greatest whole cents that are not above. */
function floorToCents(nanos: Nanos): Nanos {
  const rest = nanos % NANOS_PER_CENT;
  return nanos - (rest < 0n ? rest + NANOS_PER_CENT : rest);
}

/**
 * Rounds amounts so that they add up to their rounded sum: each down to the cent, then the cents that are
 * missing to those that lost most, the first of equals first. None is off by a cent or more.
 */
export function toWholeCents(exact: readonly Nanos[]): { amounts: Nanos[]; sum: Nanos } {
  const sum = roundToCents(exact.reduce((total, amount) => total + amount, 0n));
  const amounts = exact.map(floorToCents);
  const missing = (sum - amounts.reduce((total, amount) => total + amount, 0n)) / NANOS_PER_CENT;
  const byLoss = exact
    .map((amount, index) => ({ index, loss: amount - amounts[index]! }))
    .sort((a, b) => (a.loss === b.loss ? a.index - b.index : a.loss > b.loss ? -1 : 1));
  for (const { index } of byLoss.slice(0, Number(missing))) amounts[index]! += NANOS_PER_CENT;
  return { amounts, sum };
}
