import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { mostItCosts, type PlaygroundPlan } from './estimate.ts';

export interface EstimateTextProps {
  plan: PlaygroundPlan;
  model: string;
  textBytes: number;
  maxTokens: number | undefined;
}

/** What sending will cost at most, before it is sent. */
export function EstimateText({ plan, ...request }: EstimateTextProps) {
  const { t } = useTranslation('buyer');
  const { locale } = useViewerPreferences();
  const most = mostItCosts(plan, request);
  const amount = most === null ? '' : formatMoney(most, plan.price.currency, locale);
  return (
    <p className="text-neutral tnum text-sm">
      {most === null
        ? t('playground.estimateFree')
        : t(plan.kind === 'per_call' ? 'playground.estimateCall' : 'playground.estimate', { amount })}
    </p>
  );
}
