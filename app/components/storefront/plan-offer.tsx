import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { Badge } from '../ui/badge.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { paymentWay } from '../pricing/payment-way.ts';
import { usePrices } from '../pricing/use-prices.ts';
import { numberFormat } from '../../lib/intl.ts';

export interface PlanOfferProps {
  plan: PlanWithPrice;
  slug: string;
  /** False while nobody can subscribe. */
  isOpen: boolean;
  isFirst: boolean;
}

/** What a plan costs, what is in it, and the way to it. */
export function PlanOffer({ plan, slug, isOpen, isFirst }: PlanOfferProps) {
  const { t } = useTranslation(['storefront', 'common']);
  const { locale } = useViewerPreferences();
  const prices = usePrices();
  const [headline, ...others] = prices.lines(plan);
  const included = [
    ...prices.quotas(plan.price),
    plan.requestsPerMinute !== null &&
      t('plan.requestsPerMinute', { limit: numberFormat(locale).format(plan.requestsPerMinute) }),
    t(`plan.billing.${paymentWay(plan)}`),
  ].filter((text) => text !== false);
  return (
    <li className="border-line bg-surface shadow-card flex min-w-0 flex-col gap-4 rounded-lg border p-5">
      <div className="flex items-start justify-between gap-3">
        <h3 className="min-w-0 text-base font-semibold">{plan.name}</h3>
        <Badge tone={plan.kind === 'free' ? 'success' : 'neutral'}>{t(`common:planKind.${plan.kind}`)}</Badge>
      </div>
      <div className="tnum">
        <p className="text-xl leading-snug font-semibold tracking-tight">{headline}</p>
        {others.map((line) => (
          <p key={line} className="text-base font-medium">
            {line}
          </p>
        ))}
      </div>
      {plan.description && <p className="text-muted text-sm">{plan.description}</p>}
      <ul className="grid gap-1.5 text-sm">
        {included.map((text) => (
          <li key={text} className="flex items-start gap-2">
            <Check aria-hidden className="text-success mt-0.5 size-4 shrink-0" />
            <span className="min-w-0">{text}</span>
          </li>
        ))}
      </ul>
      {isOpen && (
        <ButtonLink
          to={`/services/${slug}/subscribe?plan=${plan.id}`}
          variant={isFirst ? 'primary' : 'secondary'}
          className="mt-auto w-full whitespace-normal"
        >
          <span>
            {plan.kind === 'free' ? t('plan.startFree') : t('plan.choose')}
            <span className="sr-only">: {plan.name}</span>
          </span>
        </ButtonLink>
      )}
    </li>
  );
}
