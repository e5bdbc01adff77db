import { useTranslation } from 'react-i18next';
import type { PlanKind } from '../../domain/plans/index.ts';
import { feeOf, formatMoney, parseDecimal, priceOf } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import type { PriceValues } from './price-fields.tsx';

const CALLS = 1_000n;
const PROMPT_TOKENS = 1_000n;
const ANSWER_TOKENS = 500n;

/** What a buyer of the example pays; null while the price is no price yet. */
function exampleCharge(kind: PlanKind, values: PriceValues): bigint | null {
  const nanos = (text: string | undefined): bigint | null => {
    const parsed = parseDecimal(text ?? '');
    return parsed !== null && parsed >= 0n ? parsed : null;
  };
  if (kind === 'flat') return nanos(values.monthlyFee);
  if (kind === 'per_call') {
    const price = nanos(values.callPrice);
    return price === null ? null : price * CALLS;
  }
  if (kind === 'per_token') {
    const input = nanos(values.inputPrice);
    const output = nanos(values.outputPrice);
    if (input === null || output === null) return null;
    return priceOf(CALLS * PROMPT_TOKENS, input) + priceOf(CALLS * ANSWER_TOKENS, output);
  }
  return null;
}

export interface PriceExampleProps {
  kind: PlanKind;
  values: PriceValues;
  feeBasisPoints: number;
}

/** A price worked through: what a buyer pays and what the seller gets of it. */
export function PriceExample({ kind, values, feeBasisPoints }: PriceExampleProps) {
  const { t } = useTranslation('seller');
  const { locale, currency } = useViewerPreferences();
  const charge = exampleCharge(kind, values);
  if (kind === 'free' || charge === null || charge === 0n) return null;
  const money = (nanos: bigint) => formatMoney(nanos, currency, locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
  const amounts = {
    cost: money(charge),
    received: money(charge - feeOf(charge, feeBasisPoints)),
    fee: percent.format(feeBasisPoints / 10_000),
  };
  return (
    <p className="bg-sunken rounded-md px-4 py-3 text-sm" aria-live="polite">
      {kind === 'flat' && t('example.flat', amounts)}
      {kind === 'per_call' && t('example.perCall', amounts)}
      {kind === 'per_token' && t('example.perToken', amounts)}
    </p>
  );
}
