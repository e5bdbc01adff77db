import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { CatalogueService } from '../../domain/services/index.ts';
import { Badge } from '../ui/badge.tsx';
import { ServiceIcon } from './service-icon.tsx';
import { usePrices } from '../pricing/use-prices.ts';

export type ServiceSummary = Pick<
  CatalogueService,
  'id' | 'slug' | 'name' | 'summary' | 'kind' | 'category' | 'seller' | 'startingPlan'
> & { planCount: number };

/** One service of the catalogue; the whole card leads to it. */
export function ServiceCard({ service }: { service: ServiceSummary }) {
  const { t } = useTranslation(['storefront', 'common']);
  const prices = usePrices();
  const isFree = service.startingPlan?.kind === 'free';
  return (
    <article className="group border-line bg-surface shadow-card hover:shadow-lift relative flex min-w-0 flex-col rounded-lg border p-5 transition-shadow">
      <div className="flex min-w-0 items-center gap-3.5">
        <ServiceIcon name={service.name} slug={service.slug} />
        <div className="min-w-0">
          <h3 className="truncate text-base leading-snug font-semibold">
            <Link
              to={`/services/${service.slug}`}
              prefetch="intent"
              className="group-hover:text-link after:absolute after:inset-0 after:rounded-lg"
            >
              {service.name}
            </Link>
          </h3>
          <p className="text-muted truncate text-sm">{t('card.by', { seller: service.seller.name })}</p>
        </div>
      </div>
      <p className="text-muted mt-3.5 line-clamp-2 min-h-10 text-sm leading-5">
        {service.summary || t('card.noSummary')}
      </p>
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <Badge tone={isFree ? 'success' : 'neutral'} className="tnum whitespace-normal">
          {prices.starting(service.startingPlan, service.planCount)}
        </Badge>
        <Badge tone={service.kind === 'llm' ? 'info' : 'neutral'}>{t(`common:kind.${service.kind}`)}</Badge>
        <Badge>{t(`common:category.${service.category}`)}</Badge>
      </div>
    </article>
  );
}
