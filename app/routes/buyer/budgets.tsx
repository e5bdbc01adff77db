import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Gauge } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { BudgetCard } from '../../components/budgets/budget-card.tsx';
import { BudgetFields } from '../../components/budgets/budget-fields.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { SelectField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import {
  createBudget,
  deleteBudget,
  listBudgets,
  listBudgetSubjects,
  updateBudget,
} from '../../domain/budgets/index.ts';
import { getOrganization } from '../../domain/organizations/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure, type FormFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';
import { BUDGET_ENFORCEMENTS, BUDGET_PERIODS, BUDGET_SCOPES } from '../../lib/budget-options.ts';
import { wholeNumber } from '../../lib/whole-number.ts';

export const handle = { i18n: ['buyer', 'budgets'] };

const DEFAULT_THRESHOLDS = [50, 80, 100];

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'budgets');
  return pageLoader(args, async () => {
    const mayManage = role !== 'member';
    const [budgets, subjects, organization] = await Promise.all([
      listBudgets(ctx),
      mayManage ? listBudgetSubjects(ctx) : [],
      getOrganization(ctx),
    ]);
    const wanted = new URL(args.request.url).searchParams.get('subject') ?? '';
    return { title: t('title'), budgets, subjects, mayManage, wanted, timeZone: organization.timeZone };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

/** `organization`, or scope and id in one choice: `key:key_…`. */
const subjectField = z.string().transform((text, refinement) => {
  const [first, subjectId = ''] = text.split(':', 2);
  const scope = BUDGET_SCOPES.find((known) => known === first);
  if (scope) return { scope, subjectId };
  refinement.addIssue({ code: 'custom', message: 'invalid_choice' });
  return z.NEVER;
});
const settings = {
  amount: amountField,
  enforcement: z.enum(BUDGET_ENFORCEMENTS),
  thresholds: z.array(wholeNumber(1, 100)).default([]),
};
const form = z.discriminatedUnion('intent', [
  z.strictObject({
    intent: z.literal('add'),
    subject: subjectField,
    period: z.enum(BUDGET_PERIODS),
    ...settings,
  }),
  z.strictObject({ intent: z.literal('save'), budgetId: z.string(), ...settings }),
  z.strictObject({ intent: z.literal('delete'), budgetId: z.string() }),
]);

const FORM_NAMES: Record<string, string> = { amountNanos: 'amount', subjectId: 'subject', scope: 'subject' };

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const done = (messageKey: string) =>
      redirectWithFlash('/buyer/budgets', { messageKey: `budgets:flash.${messageKey}`, tone: 'success' });
    const { value } = parsed;
    return withWireFields(
      (field) => FORM_NAMES[field] ?? field,
      async () => {
        if (value.intent === 'delete') {
          await deleteBudget(ctx, { budgetId: value.budgetId });
          return done('deleted');
        }
        const { amount: amountNanos, enforcement, thresholds } = value;
        if (value.intent === 'save') {
          await updateBudget(ctx, { budgetId: value.budgetId, amountNanos, enforcement, thresholds });
          return done('saved');
        }
        const { subject, period } = value;
        await createBudget(ctx, { ...subject, period, amountNanos, enforcement, thresholds });
        return done('created');
      },
    );
  });
}

function AddBudget({ failure }: { failure: FormFailure | null }) {
  const { t } = useTranslation('budgets');
  const { subjects, wanted, timeZone } = useLoaderData<typeof loader>();
  const values = failure?.values ?? {};
  const options = [
    { value: 'organization', label: t('subject.organization') },
    ...subjects.map(({ scope, id, name }) => ({
      value: `${scope}:${id}`,
      label: t(`subject.${scope}`, { name }),
    })),
  ];
  return (
    <Card>
      <CardHeader title={t('add.title')} description={t('add.description')} />
      <CardBody>
        <Form method="post" className="space-y-5">
          <FormAlert error={failure?.error} />
          <div className="grid items-start gap-4 sm:grid-cols-2">
            <SelectField
              name="subject"
              label={t('form.subject')}
              options={options}
              defaultValue={
                values['subject'] ?? (options.some(({ value }) => value === wanted) ? wanted : 'organization')
              }
              issues={failure?.issues}
            />
            <SelectField
              name="period"
              label={t('form.period')}
              hint={t('form.periodHint', { timeZone })}
              options={BUDGET_PERIODS.map((value) => ({ value, label: t(`periodChoice.${value}`) }))}
              defaultValue={values['period'] ?? 'month'}
              issues={failure?.issues}
            />
          </div>
          <BudgetFields
            amount={values['amount']}
            enforcement={values['enforcement'] ?? 'hard'}
            thresholds={DEFAULT_THRESHOLDS}
            issues={failure?.issues}
          />
          <SubmitButton intent="add">{t('add.submit')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}

export default function Budgets() {
  const { t } = useTranslation('budgets');
  const { budgets, mayManage } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>() ?? null;
  const of = (budgetId: string) => (failure?.values['budgetId'] === budgetId ? failure : null);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      {!mayManage && <Alert tone="info">{t('noRole')}</Alert>}
      {budgets.length === 0 && (
        <Card>
          <EmptyState icon={Gauge} title={t('emptyTitle')}>
            {mayManage ? t('empty') : t('emptyMember')}
          </EmptyState>
        </Card>
      )}
      {budgets.map((budget) => (
        <BudgetCard
          // Saved values take the place of typed ones.
          key={`${budget.id} ${budget.updatedAt.getTime()}`}
          budget={budget}
          mayManage={mayManage}
          failure={of(budget.id)}
        />
      ))}
      {mayManage && <AddBudget key={budgets.length} failure={failure?.values['budgetId'] ? null : failure} />}
    </>
  );
}
