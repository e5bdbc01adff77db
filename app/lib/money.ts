/**
 * Exact money. An amount is a bigint of nanos (1e-9) of the ledger currency; no `number` ever
 * holds money. JSON carries decimal strings.
 */
import { numberFormat } from './intl.ts';

export type Nanos = bigint;

export const NANOS_PER_UNIT = 1_000_000_000n;
/** One cent of a two-decimal currency. */
export const NANOS_PER_CENT = 10_000_000n;
const MILLION = 1_000_000n;
/** A billion units: far below bigint's column limit of 9.2e18 nanos, so sums cannot overflow. */
export const MAX_AMOUNT_NANOS = 1_000_000_000n * NANOS_PER_UNIT;

const DECIMAL = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/;

/**
 * Parses a decimal string ("12.5") to nanos; null when it is no plain decimal, has more than nine
 * decimals, or is beyond MAX_AMOUNT_NANOS.
 */
export function parseDecimal(text: string): Nanos | null {
  const match = DECIMAL.exec(text.trim());
  if (!match) return null;
  const [, sign, whole = '0', fraction = ''] = match;
  const nanos = BigInt(whole) * NANOS_PER_UNIT + BigInt(fraction.padEnd(9, '0') || '0');
  if (nanos > MAX_AMOUNT_NANOS) return null;
  return sign === '-' ? -nanos : nanos;
}

/** Renders nanos as the shortest exact decimal string with at least `minDecimals` decimals. */
export function toDecimal(nanos: Nanos, minDecimals = 2): string {
  const negative = nanos < 0n;
  const absolute = negative ? -nanos : nanos;
  const fraction = (absolute % NANOS_PER_UNIT).toString().padStart(9, '0');
  let end = fraction.length;
  while (end > minDecimals && fraction[end - 1] === '0') end--;
  const decimals = end > 0 ? `.${fraction.slice(0, end)}` : '';
  return `${negative ? '-' : ''}${absolute / NANOS_PER_UNIT}${decimals}`;
}

/**
 * Formats for people. Intl takes decimal strings exactly, so nothing passes through a float; all
 * nine decimals are kept, because "$0.00" for a call that cost something is a lie.
 */
export function formatMoney(nanos: Nanos, currency: string, locale: string): string {
  return numberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: 9,
  }).format(toDecimal(nanos) as unknown as number);
}

/** Whole cents as Stripe counts them; throws when the amount has a fraction of a cent. */
export function toCents(nanos: Nanos): number {
  if (nanos % NANOS_PER_CENT !== 0n) throw new RangeError('amount has a fraction of a cent');
  return Number(nanos / NANOS_PER_CENT);
}

export function fromCents(cents: number): Nanos {
  return BigInt(cents) * NANOS_PER_CENT;
}

/**
 * `quantity` units at a price per million units, rounded up to the next nano: a nano is the
 * smallest amount there is, and rounding down would let tiny calls run free.
 */
export function priceOf(quantity: bigint, nanosPerMillion: Nanos): Nanos {
  return (quantity * nanosPerMillion + MILLION - 1n) / MILLION;
}

/** The platform's share of a charge, rounded down so that the seller is never short by a nano. */
export function feeOf(charge: Nanos, basisPoints: number): Nanos {
  return (charge * BigInt(basisPoints)) / 10_000n;
}
