import { useTranslation } from 'react-i18next';
import type { UsageTotals } from '../../domain/usage/index.ts';
import { Money, Ms, Num } from '../ui/format.tsx';
import { Stat, StatGrid } from '../ui/stat.tsx';
import { useFormats } from './use-formats.ts';

/** The sums of a range at a glance. */
export function UsageStats({ totals }: { totals: UsageTotals }) {
  const { t } = useTranslation('buyer');
  const { percent, number, ms } = useFormats();
  const none = t('usage.none');
  return (
    <StatGrid>
      <Stat label={t('usage.calls')} value={<Num value={totals.calls} />} />
      <Stat
        label={t('usage.errors')}
        value={<Num value={totals.errors} />}
        hint={totals.calls > 0 && t('usage.errorShare', { share: percent(totals.errors / totals.calls) })}
      />
      <Stat
        label={t('usage.latency')}
        value={totals.averageMs === null ? none : <Ms value={totals.averageMs} />}
        hint={totals.p95Ms !== null && t('usage.p95', { time: ms(totals.p95Ms) })}
      />
      <Stat
        label={t('usage.tokens')}
        value={<Num value={totals.inputTokens + totals.outputTokens} />}
        hint={t('usage.tokensSplit', {
          input: number(totals.inputTokens),
          output: number(totals.outputTokens),
        })}
      />
      <Stat label={t('usage.cost')} value={<Money nanos={totals.chargeNanos} />} />
    </StatGrid>
  );
}
