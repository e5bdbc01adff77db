import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { formatMoney, priceOf } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';

type Priced = Pick<PlanWithPrice, 'kind' | 'price'>;

export interface Prices {
  /** Everything a plan costs, one line for each price. */
  lines: (plan: Priced) => string[];
  /** The shortest true thing about the cheapest plan, for a card. */
  starting: (plan: Priced | null, planCount: number) => string;
}

/** Prices in words: calls by the thousand and tokens by the million, so that nothing reads as zero. */
export function usePrices(): Prices {
  const { t } = useTranslation('common');
  const { locale } = useViewerPreferences();

  function lines({ kind, price }: Priced): string[] {
    const money = (nanos: bigint) => formatMoney(nanos, price.currency, locale);
    if (kind === 'free') return [t('price.free')];
    const fee = t(price.recurringInterval === 'year' ? 'price.perYear' : 'price.perMonth', {
      amount: money(price.recurringNanos),
    });
    const units = price.components.map(({ meter, model, nanosPerMillion }) => {
      const text =
        meter === 'call'
          ? t('price.perThousandCalls', { amount: money(priceOf(1_000n, nanosPerMillion)) })
          : t(meter === 'input_token' ? 'price.perMillionInputTokens' : 'price.perMillionOutputTokens', {
              amount: money(nanosPerMillion),
            });
      return model === '*' ? text : t('price.forModel', { model, price: text });
    });
    return price.recurringNanos > 0n ? [fee, ...units] : units;
  }

  function starting(plan: Priced | null, planCount: number): string {
    const [first] = plan ? lines(plan) : [];
    if (!plan || first === undefined) return t('price.none');
    return planCount > 1 && plan.kind !== 'free' ? t('price.from', { price: first }) : first;
  }

  return { lines, starting };
}
