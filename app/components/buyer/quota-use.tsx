import { useTranslation } from 'react-i18next';
import type { QuotaUse } from '../../domain/subscriptions/index.ts';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { useFormats } from './use-formats.ts';

export interface QuotaUseCardProps {
  quotas: readonly QuotaUse[];
  resetsAt: Date;
}

/** What is used of what is included, meter by meter. */
export function QuotaUseCard({ quotas, resetsAt }: QuotaUseCardProps) {
  const { t } = useTranslation('payments');
  const { number, date } = useFormats();
  return (
    <Card>
      <CardHeader title={t('quota.title')} description={t('quota.resets', { date: date(resetsAt) })} />
      <CardBody className="grid gap-5">
        {quotas.map(({ meter, includedUnits, usedUnits, overage }) => (
          <div key={meter} className="grid gap-1.5 text-sm">
            <div className="flex flex-wrap justify-between gap-x-4">
              <span className="font-medium">{t(`common:meter.${meter}`)}</span>
              <span className="tnum">
                {t('quota.used', { used: number(usedUnits), included: number(includedUnits) })}
              </span>
            </div>
            <progress
              className="accent-brand h-2 w-full"
              aria-label={t(`common:meter.${meter}`)}
              value={Math.min(usedUnits, includedUnits)}
              max={includedUnits}
            />
            <p className="text-muted text-xs">{t(`quota.beyond.${overage}`)}</p>
          </div>
        ))}
      </CardBody>
    </Card>
  );
}
