import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { formatMoney, priceOf } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';

type Component = PlanWithPrice['price']['components'][number];

/** Everything a plan costs, one line for each price: nothing small enough to read as zero. */
export function usePriceLines(): (plan: Pick<PlanWithPrice, 'kind' | 'price'>) => string[] {
  const { t } = useTranslation('buyer');
  const { locale } = useViewerPreferences();
  return ({ kind, price }) => {
    const money = (nanos: bigint) => formatMoney(nanos, price.currency, locale);
    const line = ({ meter, model, nanosPerMillion }: Component) => {
      const text =
        meter === 'call'
          ? t('price.perThousandCalls', { amount: money(priceOf(1_000n, nanosPerMillion)) })
          : t(meter === 'input_token' ? 'price.inputTokens' : 'price.outputTokens', {
              amount: money(nanosPerMillion),
            });
      return model === '*' ? text : t('price.forModel', { model, price: text });
    };
    if (kind === 'free') return [t('price.free')];
    const fee =
      price.recurringNanos > 0n
        ? [
            t(price.recurringInterval === 'year' ? 'price.perYear' : 'price.perMonth', {
              amount: money(price.recurringNanos),
            }),
          ]
        : [];
    return [...fee, ...price.components.map(line)];
  };
}

/** The price lines of a plan below each other. */
export function PlanPrice({ plan }: { plan: Pick<PlanWithPrice, 'kind' | 'price'> }) {
  const lines = usePriceLines()(plan);
  return (
    <span className="tnum">
      {lines.map((line) => (
        <span key={line} className="block">
          {line}
        </span>
      ))}
    </span>
  );
}
