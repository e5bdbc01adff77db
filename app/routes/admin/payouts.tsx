import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Landmark } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { payoutColumns } from '../../components/seller/payout-columns.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { SelectField, TextField } from '../../components/ui/field.tsx';
import { DateTime, Percent } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import { getPayoutSettings, listAllPayouts, updatePayoutSettings } from '../../domain/payouts/index.ts';
import { payoutSettingsFormSchema } from '../../domain/payouts/schemas.ts';
import { listPlatformFees, schedulePlatformFee } from '../../domain/platform-fees/index.ts';
import { platformFeeFormSchema } from '../../domain/platform-fees/schemas.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { toDecimal } from '../../lib/money.ts';

export const handle = { i18n: ['payouts'] };

const PAGE_SIZE = 25;
const INTERVALS = ['daily', 'weekly', 'monthly'] as const;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireAdmin(args);
    const t = await getTranslation(args, 'payouts');
    const before = new URL(args.request.url).searchParams.get('before')?.slice(0, 64) || undefined;
    const [settings, fees, found] = await Promise.all([
      getPayoutSettings(ctx),
      listPlatformFees(ctx),
      listAllPayouts(ctx, { before, limit: PAGE_SIZE + 1 }),
    ]);
    const payouts = found.slice(0, PAGE_SIZE);
    return {
      title: t('admin.title'),
      settings: { ...settings, minimum: toDecimal(settings.minimumNanos) },
      fees,
      payouts,
      older: found.length > PAGE_SIZE ? (payouts.at(-1)?.id ?? null) : null,
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const intent = (await args.request.clone().formData()).get('intent');
    if (intent === 'fee') {
      const form = await parseForm(args.request, platformFeeFormSchema);
      if (!form.ok) return formFailure(form);
      await schedulePlatformFee(ctx, form.value);
    } else {
      const form = await parseForm(args.request, payoutSettingsFormSchema);
      if (!form.ok) return formFailure(form);
      await updatePayoutSettings(ctx, form.value);
    }
    return redirectWithFlash('/admin/payouts', { messageKey: 'payouts:flash.saved', tone: 'success' });
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminPayouts() {
  const { t } = useTranslation('payouts');
  const { payouts, older } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('admin.title')} description={t('admin.description')} />
      <FormAlert error={failure?.error} />
      <Settings />
      <Fees />
      <Section title={t('admin.history')}>
        <Card>
          <Table
            caption={t('admin.history')}
            rows={payouts}
            rowKey={(row) => row.id}
            columns={[
              {
                key: 'organizationName',
                header: t('admin.seller'),
                render: (row) => (
                  <>
                    <span className="font-medium">{row.organizationName}</span>
                    <code className="text-muted block text-xs break-all">{row.id}</code>
                  </>
                ),
              },
              ...payoutColumns<(typeof payouts)[number]>(t),
            ]}
            empty={
              <EmptyState icon={Landmark} title={t('admin.emptyTitle')}>
                {t('admin.empty')}
              </EmptyState>
            }
          />
        </Card>
        {older && (
          <div className="mt-4 flex justify-center">
            <ButtonLink to={`?before=${older}`} variant="secondary" size="sm">
              {t('seller.older')}
            </ButtonLink>
          </div>
        )}
      </Section>
    </>
  );
}

function Settings() {
  const { t } = useTranslation('payouts');
  const { settings } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const values = failure?.values['intent'] === 'settings' ? failure.values : {};
  return (
    <Card>
      <CardHeader title={t('admin.rules')} description={t('admin.rulesHint')} />
      <CardBody>
        <Form method="post" className="grid items-start gap-4 sm:grid-cols-3">
          <TextField
            name="holdDays"
            label={t('admin.holdDays')}
            hint={t('admin.holdDaysHint')}
            inputMode="numeric"
            required
            maxLength={2}
            defaultValue={values['holdDays'] ?? settings.holdDays}
            issues={failure?.issues}
          />
          <TextField
            name="minimum"
            label={t('admin.minimum')}
            hint={t('admin.minimumHint')}
            inputMode="decimal"
            required
            maxLength={16}
            defaultValue={values['minimum'] ?? settings.minimum}
            issues={failure?.issues}
          />
          <SelectField
            name="interval"
            label={t('admin.interval')}
            required
            options={INTERVALS.map((value) => ({ value, label: t(`interval.${value}`) }))}
            defaultValue={values['interval'] ?? settings.interval}
            issues={failure?.issues}
          />
          <div className="sm:col-span-3">
            <SubmitButton intent="settings">{t('admin.save')}</SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}

const FEE_TONES = { future: 'info', current: 'success', past: 'neutral' } as const;

function Fees() {
  const { t } = useTranslation('payouts');
  const { fees } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const values = failure?.values['intent'] === 'fee' ? failure.values : {};
  return (
    <Card>
      <CardHeader title={t('admin.fees')} description={t('admin.feesHint')} />
      <Table
        caption={t('admin.fees')}
        rows={fees}
        rowKey={(row) => row.effectiveFrom.toISOString()}
        columns={[
          {
            key: 'effectiveFrom',
            header: t('admin.feeFrom'),
            render: (row) =>
              row.effectiveFrom.getTime() === 0 ? (
                t('admin.feeAlways')
              ) : (
                <DateTime value={row.effectiveFrom} />
              ),
          },
          {
            key: 'state',
            header: t('history.status'),
            render: (row) => <Badge tone={FEE_TONES[row.state]}>{t(`feeState.${row.state}`)}</Badge>,
          },
          {
            key: 'basisPoints',
            header: t('admin.feePercent'),
            align: 'end',
            render: (row) => <Percent value={row.basisPoints / 10_000} />,
          },
        ]}
      />
      <CardBody>
        <Form method="post" className="grid items-start gap-4 sm:grid-cols-2">
          <TextField
            name="percent"
            label={t('admin.newFee')}
            hint={t('admin.newFeeHint')}
            inputMode="decimal"
            required
            maxLength={6}
            defaultValue={values['percent']}
            issues={failure?.issues}
          />
          <TextField
            name="effectiveFrom"
            type="datetime-local"
            label={t('admin.newFeeFrom')}
            hint={t('admin.newFeeFromHint')}
            required
            defaultValue={values['effectiveFrom']}
            issues={failure?.issues}
          />
          <div className="sm:col-span-2">
            <SubmitButton intent="fee">{t('admin.schedule')}</SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
