import { useTranslation } from 'react-i18next';
import type { DatedPrice } from '../../domain/plans/index.ts';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DateTime } from '../ui/format.tsx';
import { usePrices } from './use-prices.ts';

export interface PriceHistoryProps {
  /** Those that count or counted, in order. */
  versions: readonly DatedPrice[];
  upcoming: readonly DatedPrice[];
  canWithdraw: boolean;
}

/** What was announced for later, and what counted before. */
export function PriceHistory({ versions, upcoming, canWithdraw }: PriceHistoryProps) {
  const { t } = useTranslation('pricing');
  return (
    <div className="grid min-w-0 gap-6">
      {upcoming.length > 0 && (
        <Card>
          <CardHeader title={t('upcoming.title')} description={t('upcoming.description')} />
          <CardBody className="grid gap-4">
            <VersionList versions={upcoming} />
            {canWithdraw && (
              <div>
                <ConfirmDialog
                  triggerLabel={t('upcoming.withdraw')}
                  title={t('upcoming.withdrawTitle')}
                  description={t('upcoming.withdrawText')}
                  confirmLabel={t('upcoming.withdraw')}
                  fields={{ intent: 'withdraw' }}
                />
              </div>
            )}
          </CardBody>
        </Card>
      )}
      {versions.length > 1 && (
        <details>
          <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
            {t('history.title', { count: versions.length })}
          </summary>
          <div className="pt-2">
            <VersionList versions={versions.toReversed()} />
          </div>
        </details>
      )}
    </div>
  );
}

function VersionList({ versions }: { versions: readonly DatedPrice[] }) {
  const { t } = useTranslation('pricing');
  const { lines, quotas } = usePrices();
  return (
    <ol className="grid gap-3 text-sm">
      {versions.map((price) => (
        <li key={price.id} className="border-line grid gap-1 border-s-2 ps-4">
          <span className="text-muted">
            {t('history.version', { version: price.version })}{' '}
            <DateTime value={price.effectiveFrom} timeStyle="medium" />
          </span>
          {[...lines({ kind: 'custom', price }), ...quotas(price)].map((line) => (
            <span key={line} className="tnum">
              {line}
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}
