import { Form } from '@remix-run/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { BudgetView } from '../../domain/budgets/index.ts';
import type { FormFailure } from '../../http/run-action.ts';
import { toDecimal } from '../../lib/money.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { FormAlert } from '../ui/alert.tsx';
import { Badge } from '../ui/badge.tsx';
import { buttonStyles, SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Money } from '../ui/format.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { BudgetFields } from './budget-fields.tsx';
import { dateTimeFormat } from '../../lib/intl.ts';

/** Whose budget it is, in the reader's words. */
export function useBudgetName(): (budget: Pick<BudgetView, 'scope' | 'subjectName'>) => string {
  const { t } = useTranslation('budgets');
  return ({ scope, subjectName }) =>
    scope === 'organization'
      ? t('subject.organization')
      : t(`subject.${scope}`, { name: subjectName ?? t('subject.gone') });
}

/** A moment by the clock of the organization, which cuts the windows. */
function useZonedTime(): (moment: Date, timeZone: string) => string {
  const { t } = useTranslation('budgets');
  const { locale } = useViewerPreferences();
  return (moment, timeZone) => {
    const format = dateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
    return t('card.inZone', { time: format.format(moment), timeZone });
  };
}

/** How much of a budget is gone: the bar shows it, the words beside it say it. */
function BudgetBar({ budget }: { budget: BudgetView }) {
  const { t } = useTranslation('budgets');
  const { money } = useFormats();
  const share = (nanos: bigint) => {
    const permille = (nanos * 1000n) / budget.amountNanos;
    return `${permille > 1000n ? 100 : parseInt(permille.toString(), 10) / 10}%`;
  };
  const isOver = budget.spentPercent >= 100;
  const isNear = !isOver && budget.thresholds.some((threshold) => budget.spentPercent >= threshold);
  return (
    <div className="space-y-2">
      <svg aria-hidden width="100%" height="10" className="block overflow-hidden rounded-full">
        <rect width="100%" height="10" className="fill-sunken" />
        <rect
          width={share(budget.spentNanos + budget.heldNanos)}
          height="10"
          className="fill-info opacity-40"
        />
        <rect
          width={share(budget.spentNanos)}
          height="10"
          className={isOver ? 'fill-danger' : isNear ? 'fill-warning' : 'fill-info'}
        />
      </svg>
      <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
        {t('card.percent', { percent: budget.spentPercent, amount: money(budget.amountNanos) })}
        {isOver && <Badge tone="danger">{t('card.over')}</Badge>}
        {isNear && <Badge tone="warning">{t('card.near')}</Badge>}
      </p>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="tnum mt-0.5 text-sm font-medium">{children}</dd>
    </div>
  );
}

export interface BudgetCardProps {
  budget: BudgetView;
  mayManage: boolean;
  failure: FormFailure | null;
}

/** One budget: where it stands, when it starts over, and the forms that change it. */
export function BudgetCard({ budget, mayManage, failure }: BudgetCardProps) {
  const { t } = useTranslation('budgets');
  const { money } = useFormats();
  const nameOf = useBudgetName();
  const name = nameOf(budget);
  const amount = t(`card.perPeriod.${budget.period}`, { amount: money(budget.amountNanos) });
  return (
    <Card>
      <CardHeader
        title={<span className="wrap-anywhere">{name}</span>}
        description={amount}
        actions={
          <Badge tone={budget.enforcement === 'hard' ? 'info' : 'neutral'}>
            {t(`enforcement.${budget.enforcement}`)}
          </Badge>
        }
      />
      <CardBody>
        <BudgetState budget={budget} />
      </CardBody>
      {mayManage && (
        <CardFooter className="items-start justify-between">
          <EditBudget budget={budget} failure={failure} />
          <ConfirmDialog
            triggerLabel={t('delete.action')}
            title={t('delete.title')}
            description={t('delete.text', { budget: `${name} · ${amount}` })}
            confirmLabel={t('delete.confirm')}
            fields={{ intent: 'delete', budgetId: budget.id }}
            triggerVariant="ghost"
          />
        </CardFooter>
      )}
    </Card>
  );
}

/** How much is spent, held and left, and until when. */
export function BudgetState({ budget }: { budget: BudgetView }) {
  const { t } = useTranslation('budgets');
  const zonedTime = useZonedTime();
  const list = budget.thresholds.map((percent) => t('card.percentOnly', { percent })).join(' · ');
  return (
    <div className="space-y-5">
      <BudgetBar budget={budget} />
      <dl className="grid grid-cols-1 gap-4 min-[420px]:grid-cols-2 lg:grid-cols-4">
        <Fact label={t('card.spent')}>
          <Money nanos={budget.spentNanos} />
        </Fact>
        <Fact label={t('card.held')}>
          <Money nanos={budget.heldNanos} />
        </Fact>
        <Fact label={t('card.remaining')}>
          <Money nanos={budget.remainingNanos} />
        </Fact>
        <Fact label={t('card.ends')}>
          <span suppressHydrationWarning>{zonedTime(budget.windowEnd, budget.timeZone)}</span>
        </Fact>
      </dl>
      <p className="text-muted text-sm">
        {t(`enforcement.${budget.enforcement}Text`)}{' '}
        {list === '' ? t('card.noAlerts') : t('card.alerts', { list })}
      </p>
    </div>
  );
}

function EditBudget({ budget, failure }: Pick<BudgetCardProps, 'budget' | 'failure'>) {
  const { t } = useTranslation('budgets');
  return (
    <details className="min-w-0 flex-1" open={failure !== null}>
      <summary className={buttonStyles({ variant: 'secondary', size: 'sm' })}>{t('edit.title')}</summary>
      <Form method="post" className="mt-4 space-y-5">
        <FormAlert error={failure?.error} />
        <input type="hidden" name="budgetId" value={budget.id} />
        <BudgetFields
          amount={failure?.values['amount'] ?? toDecimal(budget.amountNanos)}
          enforcement={failure?.values['enforcement'] ?? budget.enforcement}
          thresholds={budget.thresholds}
          issues={failure?.issues}
        />
        <SubmitButton intent="save" size="sm">
          {t('edit.submit')}
        </SubmitButton>
      </Form>
    </details>
  );
}
