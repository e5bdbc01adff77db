import { useTranslation } from 'react-i18next';
import type { Meter, PlanWithPrice } from '../../domain/plans/index.ts';
import { formatMoney, priceOf } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { numberFormat } from '../../lib/intl.ts';

type Price = PlanWithPrice['price'];
type Priced = Pick<PlanWithPrice, 'kind' | 'price'>;
type Component = Price['components'][number];

/** How many units a price is told for: so many that nothing reads as zero. */
const TOLD_UNITS: Partial<Record<Meter, bigint>> = { call: 1_000n, millisecond: 1_000n };
const MAX_MODELS_TOLD = 2;

export interface Prices {
  /** What a plan costs, one line for each price; tiers and long lists of models in short. */
  lines: (plan: Priced) => string[];
  /** What is included and what comes after it, one line for each quota. */
  quotas: (price: Pick<Price, 'quotas'>) => string[];
  /** One unit price, with the size of prompt that it is for. */
  unit: (price: Pick<Price, 'currency'>, component: Component) => string;
  quantity: (meter: Meter, units: number) => string;
  /** The shortest true thing about the cheapest plan, for a card. */
  starting: (plan: Priced | null, planCount: number) => string;
}

/** Prices in words: calls by the thousand and tokens by the million, so that nothing reads as zero. */
export function usePrices(): Prices {
  const { t } = useTranslation('common');
  const { locale } = useViewerPreferences();
  const number = numberFormat(locale);

  const quantity: Prices['quantity'] = (meter, units) =>
    t(`price.quantity.${meter}`, { units: number.format(units) });

  const unit: Prices['unit'] = ({ currency }, { meter, nanosPerMillion, fromContextTokens }) => {
    const amount = formatMoney(priceOf(TOLD_UNITS[meter] ?? 1_000_000n, nanosPerMillion), currency, locale);
    const price = t(`price.unit.${meter}`, { amount });
    return fromContextTokens === 0
      ? price
      : t('price.fromContext', { price, tokens: number.format(fromContextTokens) });
  };

  function feeLine(price: Price): string[] {
    if (price.recurringNanos === 0n) return [];
    const fee = t(price.recurringInterval === 'year' ? 'price.perYear' : 'price.perMonth', {
      amount: formatMoney(price.recurringNanos, price.currency, locale),
    });
    if (price.trialDays === 0) return [fee];
    return [t('price.trial', { count: price.trialDays, days: number.format(price.trialDays), price: fee })];
  }

  /** The first step of each meter of a model. */
  function unitLines(price: Price, model: string): string[] {
    const own = price.components.filter((one) => one.model === model);
    const first = own.filter(({ fromUnits, fromContextTokens }) => fromUnits + fromContextTokens === 0);
    return first.map((component) => {
      const tiers = own.filter((one) => one.meter === component.meter && one.fromContextTokens === 0).length;
      const text = unit(price, component);
      const told = tiers > 1 ? t('price.tiered', { price: text, count: tiers }) : text;
      return model === '*' ? told : t('price.forModel', { model, price: told });
    });
  }

  function lines({ price }: Priced): string[] {
    const models = [...new Set(price.components.map(({ model }) => model))].filter((model) => model !== '*');
    const all = [
      ...feeLine(price),
      ...unitLines(price, '*'),
      ...(models.length <= MAX_MODELS_TOLD
        ? models.flatMap((model) => unitLines(price, model))
        : [t('price.moreModels', { count: models.length })]),
    ];
    return all.length === 0 ? [t('price.free')] : all;
  }

  const quotas: Prices['quotas'] = (price) =>
    price.quotas.map(({ meter, includedUnits, overage }) => {
      const included = t('price.included', { units: quantity(meter, includedUnits) });
      return t(overage === 'priced' ? 'price.thenPriced' : 'price.thenStops', { included });
    });

  function starting(plan: Priced | null, planCount: number): string {
    const [first] = plan ? lines(plan) : [];
    if (!plan || first === undefined) return t('price.none');
    return planCount > 1 && plan.kind !== 'free' ? t('price.from', { price: first }) : first;
  }

  return { lines, quotas, unit, quantity, starting };
}
