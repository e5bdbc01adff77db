import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { formatMoney, priceOf } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';

type Priced = Pick<PlanWithPrice, 'kind' | 'price'>;

/** Price of a million units of a meter, for models without a price of their own. */
function unitPrice(plan: Priced, meter: string): bigint {
  return (
    plan.price.components.find((component) => component.meter === meter && component.model === '*')
      ?.nanosPerMillion ?? 0n
  );
}

/** A price in one line: calls by the thousand and tokens by the million, so that no price reads as zero. */
export function usePriceText(): (plan: Priced) => string {
  const { t } = useTranslation('seller');
  const { locale } = useViewerPreferences();
  return (plan) => {
    const money = (nanos: bigint) => formatMoney(nanos, plan.price.currency, locale);
    switch (plan.kind) {
      case 'free':
        return t('price.free');
      case 'flat':
        return t('price.flat', { amount: money(plan.price.recurringNanos) });
      case 'per_call':
        return t('price.perCall', { amount: money(priceOf(1_000n, unitPrice(plan, 'call'))) });
      case 'per_token':
        return t('price.perToken', {
          input: money(unitPrice(plan, 'input_token')),
          output: money(unitPrice(plan, 'output_token')),
        });
    }
  };
}

export function PriceLabel({ plan }: { plan: Priced }) {
  const text = usePriceText();
  return <span className="tnum">{text(plan)}</span>;
}
