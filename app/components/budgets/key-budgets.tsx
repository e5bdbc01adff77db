import { useTranslation } from 'react-i18next';
import type { BudgetView } from '../../domain/budgets/index.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { BudgetState } from './budget-card.tsx';

export interface KeyBudgetsProps {
  keyId: string;
  budgets: readonly BudgetView[];
  mayManage: boolean;
}

/** What a key may spend, on the key's own page. */
export function KeyBudgets({ keyId, budgets, mayManage }: KeyBudgetsProps) {
  const { t } = useTranslation('budgets');
  const { money } = useFormats();
  return (
    <Card>
      <CardHeader
        title={t('key.title')}
        description={t('key.description')}
        actions={
          mayManage && (
            <ButtonLink to={`/buyer/budgets?subject=key:${keyId}`} variant="ghost" size="sm">
              {budgets.length > 0 ? t('key.manage') : t('key.add')}
            </ButtonLink>
          )
        }
      />
      <CardBody className="space-y-6">
        {budgets.length === 0 && <p className="text-muted text-sm">{t('key.empty')}</p>}
        {budgets.map((budget) => (
          <section key={budget.id} className="space-y-4">
            <h3 className="font-medium">
              {t(`card.perPeriod.${budget.period}`, { amount: money(budget.amountNanos) })}
            </h3>
            <BudgetState budget={budget} />
          </section>
        ))}
      </CardBody>
    </Card>
  );
}
