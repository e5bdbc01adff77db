import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { BudgetView } from '../../domain/budgets/index.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { Alert } from '../ui/alert.tsx';
import { useBudgetName } from './budget-card.tsx';

/** Budgets of which a threshold was reached, where everybody looks first. */
export function ReachedBudgets({ budgets }: { budgets: readonly BudgetView[] }) {
  const { t } = useTranslation('budgets');
  const { money } = useFormats();
  const nameOf = useBudgetName();
  const reached = budgets.filter(({ thresholds, spentPercent }) =>
    thresholds.some((threshold) => spentPercent >= threshold),
  );
  if (reached.length === 0) return null;
  const isOver = reached.some(({ spentPercent }) => spentPercent >= 100);
  return (
    <Alert tone={isOver ? 'danger' : 'warning'} title={t('overview.reached')}>
      <ul className="space-y-1">
        {reached.map((budget) => (
          <li key={budget.id}>
            {t('overview.line', {
              budget: nameOf(budget),
              percent: budget.spentPercent,
              amount: t(`card.perPeriod.${budget.period}`, { amount: money(budget.amountNanos) }),
            })}
          </li>
        ))}
      </ul>
      <Link
        to="/buyer/budgets"
        className="text-link mt-1 inline-flex min-h-11 items-center font-medium sm:min-h-8"
      >
        {t('overview.link')}
      </Link>
    </Alert>
  );
}
