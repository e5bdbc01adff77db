import { useTranslation } from 'react-i18next';
import type { DatedPrice, PlanWithPrice } from '../../domain/plans/index.ts';
import { Badge } from '../ui/badge.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DateTime, Num } from '../ui/format.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { PlanPrice } from '../pricing/plan-price.tsx';
import { usePrices } from '../pricing/use-prices.ts';

export interface PlanCardProps {
  plan: PlanWithPrice;
  /** The first price that was announced for later. */
  next: DatedPrice | undefined;
  /** Off for the last plan of a listed service. */
  canArchive: boolean;
}

/** One plan: its price now, the ceilings it sets, and the way to its own page. */
export function PlanCard({ plan, next, canArchive }: PlanCardProps) {
  const { t } = useTranslation(['seller', 'common']);
  const { t: pricing } = useTranslation('pricing');
  const { quotas } = usePrices();
  const isActive = plan.status === 'active';
  return (
    <Card>
      <CardHeader
        title={plan.name}
        description={plan.description || undefined}
        actions={
          <span className="flex flex-wrap justify-end gap-2">
            {plan.visibility === 'private' && <Badge tone="warning">{pricing('visibility.private')}</Badge>}
            {isActive ? (
              <Badge tone="info">{t(`common:planKind.${plan.kind}`)}</Badge>
            ) : (
              <StatusBadge noun="plan" status="archived" />
            )}
          </span>
        }
      />
      <CardBody className="grid gap-4">
        <p className="text-xl font-semibold">
          <PlanPrice plan={plan} />
        </p>
        {plan.price.quotas.length > 0 && (
          <ul className="grid gap-1 text-sm">
            {quotas(plan.price).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
        <p className="text-muted text-sm">
          {t('plan.version', { version: plan.price.version })}{' '}
          <DateTime value={plan.price.effectiveFrom} dateStyle="medium" />
        </p>
        {next && (
          <p className="text-sm">
            {pricing('card.announced')} <DateTime value={next.effectiveFrom} timeStyle="medium" />
          </p>
        )}
        <PlanLimitList plan={plan} />
        <div className="flex flex-wrap gap-3">
          <ButtonLink
            to={`/seller/services/${plan.serviceId}/plans/${plan.id}`}
            variant="secondary"
            size="sm"
          >
            {pricing('card.edit')}
            <span className="sr-only">: {plan.name}</span>
          </ButtonLink>
          {isActive && canArchive && (
            <ConfirmDialog
              triggerLabel={t('plan.archive')}
              triggerSize="sm"
              title={t('plan.archiveTitle', { name: plan.name })}
              description={t('plan.archiveText')}
              confirmLabel={t('plan.archive')}
              fields={{ intent: 'archive', planId: plan.id }}
            />
          )}
        </div>
      </CardBody>
    </Card>
  );
}

const LIMITS = [
  ...(['requestsPerMinute', 'requestsPerDay', 'tokensPerMinute', 'tokensPerDay', 'maxConcurrency'] as const),
];

/** The ceilings that this plan sets. */
function PlanLimitList({ plan }: { plan: PlanWithPrice }) {
  const { t } = useTranslation('seller');
  const own = LIMITS.filter((name) => plan[name] !== null);
  if (own.length === 0 && plan.modelLimits.length === 0) return null;
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 text-sm">
      {own.map((name) => (
        <div key={name} className="contents">
          <dt className="text-muted">{t(`plan.${name}`)}</dt>
          <dd className="text-end">
            <Num value={plan[name] ?? 0} />
          </dd>
        </div>
      ))}
      {plan.modelLimits.length > 0 && (
        <div className="contents">
          <dt className="text-muted">{t('plan.modelLimits')}</dt>
          <dd className="text-end">
            <Num value={plan.modelLimits.length} />
          </dd>
        </div>
      )}
    </dl>
  );
}
