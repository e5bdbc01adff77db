import { useTranslation } from 'react-i18next';
import { formatMoney, type Nanos } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { mayGrow, mostItCosts, type EstimatedRequest, type PlaygroundPlan } from './estimate.ts';

export interface EstimateTextProps {
  plan: PlaygroundPlan;
  /** Everything that one press of the button sends. */
  requests: readonly EstimatedRequest[];
}

/** What sending will cost at most, before it is sent. */
export function EstimateText({ plan, requests }: EstimateTextProps) {
  const { t } = useTranslation('buyer');
  const { locale } = useViewerPreferences();
  const each = requests.map((request) => mostItCosts(plan, request)).filter((most) => most !== null);
  const most = each.reduce<Nanos>((sum, one) => sum + one, 0n);
  const amount = formatMoney(most, plan.price.currency, locale);
  const key =
    each.length === 0
      ? 'estimateFree'
      : mayGrow(plan)
        ? 'estimateFirst'
        : plan.kind === 'per_call'
          ? 'estimateCall'
          : 'estimate';
  return <p className="text-neutral tnum text-sm">{t(`playground.${key}`, { amount })}</p>;
}
