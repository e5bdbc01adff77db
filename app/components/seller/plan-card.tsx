import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { DecimalPrice, PlanWithPrice } from '../../domain/plans/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { Badge } from '../ui/badge.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DateTime, Num } from '../ui/format.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { limitValues, PlanLimitFields } from './plan-limit-fields.tsx';
import { PriceExample } from './price-example.tsx';
import { PriceFields, type PriceValues } from './price-fields.tsx';
import { PlanPrice } from '../pricing/plan-price.tsx';

export interface PlanCardProps {
  plan: PlanWithPrice;
  serviceKind: 'http' | 'llm';
  /** The price as its seller would type it. */
  decimals: DecimalPrice;
  models: readonly string[];
  feeBasisPoints: number;
  /** Off for the last plan of a listed service. */
  canArchive: boolean;
  /** Of the form of this plan alone. */
  issues: FieldIssue[] | undefined;
  /** What was typed, when the form comes back. */
  values: PriceValues | undefined;
}

/** Values of the price fields by field name; models take the order of the service's list. */
function fieldValues(decimals: DecimalPrice, models: readonly string[]): PriceValues {
  const { modelPrices = [], ...values } = decimals;
  const fields: PriceValues = { ...values };
  for (const price of modelPrices) {
    const index = models.indexOf(price.model);
    if (index === -1) continue;
    fields[`modelPrices.${index}.inputPrice`] = price.inputPrice;
    fields[`modelPrices.${index}.outputPrice`] = price.outputPrice;
  }
  return fields;
}

/** One plan: its price now, what that means in money, and what can be done with it. */
export function PlanCard({
  plan,
  serviceKind,
  decimals,
  models,
  feeBasisPoints,
  canArchive,
  issues,
  values,
}: PlanCardProps) {
  const { t } = useTranslation('seller');
  const current = fieldValues(decimals, models);
  const isActive = plan.status === 'active';
  return (
    <Card>
      <CardHeader
        title={plan.name}
        description={plan.description || undefined}
        actions={
          isActive ? (
            <Badge tone="info">{t(`common:planKind.${plan.kind}`)}</Badge>
          ) : (
            <StatusBadge noun="plan" status="archived" />
          )
        }
      />
      <CardBody className="grid gap-4">
        <p className="text-xl font-semibold">
          <PlanPrice plan={plan} />
        </p>
        <p className="text-muted text-sm">
          {t('plan.version', { version: plan.price.version })}{' '}
          <DateTime value={plan.price.effectiveFrom} dateStyle="medium" />
        </p>
        <PlanLimitList plan={plan} />
        <PriceExample kind={plan.kind} values={current} feeBasisPoints={feeBasisPoints} />
        {isActive && plan.kind !== 'free' && (
          <details open={issues !== undefined && values?.['intent'] === 'price'}>
            <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
              {t('plan.changePrice')}
            </summary>
            <Form method="post" className="mt-2 grid gap-4">
              <input type="hidden" name="planId" value={plan.id} />
              <input type="hidden" name="kind" value={plan.kind} />
              <PriceFields
                kind={plan.kind}
                models={models}
                values={values?.['intent'] === 'price' ? values : current}
                issues={issues}
                feeBasisPoints={feeBasisPoints}
              />
              <p className="text-muted text-sm">
                {plan.kind === 'flat' ? t('plan.changePriceFlatHint') : t('plan.changePriceHint')}
              </p>
              <div>
                <SubmitButton intent="price" size="sm">
                  {t('plan.savePrice')}
                </SubmitButton>
              </div>
            </Form>
          </details>
        )}
        {isActive && (
          <details open={issues !== undefined && values?.['intent'] === 'limits'}>
            <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
              {t('plan.changeLimits')}
            </summary>
            <Form method="post" className="mt-2 grid gap-4">
              <input type="hidden" name="planId" value={plan.id} />
              <PlanLimitFields
                serviceKind={serviceKind}
                values={values?.['intent'] === 'limits' ? values : limitValues(plan)}
                issues={issues}
              />
              <div>
                <SubmitButton intent="limits" size="sm">
                  {t('plan.saveLimits')}
                </SubmitButton>
              </div>
            </Form>
          </details>
        )}
        {isActive && canArchive && (
          <div>
            <ConfirmDialog
              triggerLabel={t('plan.archive')}
              title={t('plan.archiveTitle', { name: plan.name })}
              description={t('plan.archiveText')}
              confirmLabel={t('plan.archive')}
              fields={{ intent: 'archive', planId: plan.id }}
            />
          </div>
        )}
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
