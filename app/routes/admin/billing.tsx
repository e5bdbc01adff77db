import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Percent as PercentIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { CheckboxField, SelectField, TextAreaField, TextField } from '../../components/ui/field.tsx';
import { DateTime, Percent } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import { getBillingSettings, saveBillingSettings } from '../../domain/invoices/index.ts';
import { billingSettingsFormSchema } from '../../domain/invoices/schemas.ts';
import { addTaxRate, listTaxRates, taxRateFormSchema, toBasisPoints } from '../../domain/tax-rates/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formObject } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';
import { listCountries } from '../../lib/countries.ts';
import { toDecimal } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';

export const handle = { i18n: ['invoices'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'invoices');
  return pageLoader(args, async () => {
    const countries = listCountries(await resolveLocale(args));
    const names = new Map(countries.map(({ code, name }) => [code, name]));
    const rates = await listTaxRates(ctx);
    return {
      title: t('settings.title'),
      settings: await getBillingSettings(ctx),
      rates: rates.map((rate) => ({ ...rate, countryName: names.get(rate.country) ?? rate.country })),
      countries,
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const lines = (text: string | undefined) =>
  (text ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const { intent, ...fields } = formObject(await args.request.formData());
    const done = (message: string) =>
      redirectWithFlash('/admin/billing', { messageKey: `invoices:flash.${message}`, tone: 'success' });
    if (intent === 'add-rate') {
      const { percent, reverseCharge, effectiveFrom, ...rate } = parseInput(taxRateFormSchema, fields);
      await addTaxRate(ctx, {
        ...rate,
        basisPoints: toBasisPoints(percent),
        reverseCharge: reverseCharge === 'on',
        ...(effectiveFrom && { effectiveFrom: new Date(`${effectiveFrom}T00:00:00Z`) }),
      });
      return done('rateAdded');
    }
    const form = parseInput(billingSettingsFormSchema, fields);
    const { name, address, country, taxId, email, autoFinalize, secondApprover, dunningDays, ...rest } = form;
    await saveBillingSettings(ctx, {
      ...rest,
      issuer: {
        name,
        address: lines(address),
        ...(country && { country }),
        ...(taxId && { taxId }),
        ...(email && { email }),
      },
      autoFinalizeNanos: autoFinalize ?? null,
      secondApproverNanos: secondApprover,
      dunningDays: dunningDays === '' ? [] : dunningDays.split(',').map(Number),
    });
    return done('settingsSaved');
  });
}

function SettingsForm() {
  const { t } = useTranslation('invoices');
  const { settings, countries } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const isMine = failure !== undefined && failure.values['intent'] !== 'add-rate';
  const { issuer } = settings;
  const saved: Record<string, string> = {
    name: issuer.name,
    address: issuer.address.join('\n'),
    country: issuer.country ?? '',
    taxId: issuer.taxId ?? '',
    email: issuer.email ?? '',
    invoiceSeries: settings.invoiceSeries,
    invoiceDraftHours: String(settings.invoiceDraftHours),
    autoFinalize: settings.autoFinalizeNanos === null ? '' : toDecimal(settings.autoFinalizeNanos),
    secondApprover: toDecimal(settings.secondApproverNanos),
    invoiceDueDays: String(settings.invoiceDueDays),
    dunningDays: settings.dunningDays.join(', '),
    dunningGraceDays: String(settings.dunningGraceDays),
  };
  const field = (name: string) => ({
    name,
    defaultValue: (isMine ? failure.values[name] : saved[name]) ?? '',
    issues: isMine ? failure.issues : undefined,
  });
  const number = { required: true, inputMode: 'numeric', maxLength: 4, autoComplete: 'off' } as const;
  const money = { inputMode: 'decimal', maxLength: 20, autoComplete: 'off' } as const;
  return (
    <Form method="post" className="grid gap-5">
      {isMine && <FormAlert error={failure.error} />}
      <Card>
        <CardHeader title={t('settings.issuer')} description={t('settings.issuerHint')} />
        <CardBody className="grid gap-5 sm:grid-cols-2">
          <TextField {...field('name')} label={t('profile.name')} required maxLength={120} />
          <TextField {...field('email')} type="email" label={t('profile.email')} maxLength={254} />
          <TextAreaField
            {...field('address')}
            label={t('profile.address')}
            hint={t('profile.addressHint')}
            rows={4}
            className="sm:col-span-2"
          />
          <SelectField
            {...field('country')}
            label={t('profile.country')}
            options={[
              { value: '', label: t('profile.noCountry') },
              ...countries.map(({ code, name }) => ({ value: code, label: name })),
            ]}
          />
          <TextField {...field('taxId')} label={t('profile.taxId')} maxLength={40} autoComplete="off" />
        </CardBody>
      </Card>
      <Card>
        <CardHeader title={t('settings.rules')} description={t('settings.description')} />
        <CardBody className="grid gap-5 sm:grid-cols-2">
          <TextField
            {...field('invoiceSeries')}
            label={t('settings.series')}
            hint={t('settings.seriesHint')}
            required
            maxLength={10}
            autoComplete="off"
          />
          <TextField {...field('invoiceDraftHours')} {...number} label={t('settings.draftHours')} />
          <TextField
            {...field('autoFinalize')}
            {...money}
            label={t('settings.autoFinalize')}
            hint={t('settings.autoFinalizeHint')}
          />
          <TextField {...field('secondApprover')} {...money} required label={t('settings.secondApprover')} />
          <TextField {...field('invoiceDueDays')} {...number} label={t('settings.dueDays')} />
          <TextField
            {...field('dunningDays')}
            label={t('settings.dunningDays')}
            hint={t('settings.dunningDaysHint')}
            maxLength={60}
            autoComplete="off"
          />
          <TextField
            {...field('dunningGraceDays')}
            {...number}
            label={t('settings.graceDays')}
            hint={t('settings.graceDaysHint')}
          />
        </CardBody>
      </Card>
      <div>
        <SubmitButton intent="save">{t('settings.submit')}</SubmitButton>
      </div>
    </Form>
  );
}

function TaxRates() {
  const { t } = useTranslation('invoices');
  const { rates, countries } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const mine = failure?.values['intent'] === 'add-rate' ? failure : undefined;
  const value = (name: string) => mine?.values[name] ?? '';
  return (
    <Section title={t('rates.title')} description={t('rates.description')}>
      <div className="grid gap-5">
        <Table
          caption={t('rates.title')}
          rows={rates}
          rowKey={(rate) => rate.id}
          columns={[
            { key: 'countryName', header: t('profile.country') },
            { key: 'name', header: t('rates.name') },
            {
              key: 'rate',
              header: t('rates.rate'),
              align: 'end',
              render: (rate) => <Percent value={rate.basisPoints / 10_000} />,
            },
            {
              key: 'reverseCharge',
              header: t('rates.reverseCharge'),
              priority: 'low',
              render: (rate) => (rate.reverseCharge ? t('rates.yes') : t('rates.no')),
            },
            {
              key: 'effectiveFrom',
              header: t('rates.from'),
              render: (rate) => <DateTime value={rate.effectiveFrom} />,
            },
          ]}
          empty={
            <EmptyState icon={PercentIcon} title={t('rates.emptyTitle')}>
              {t('rates.empty')}
            </EmptyState>
          }
        />
        <Card>
          <CardHeader title={t('rates.add')} />
          <CardBody>
            <Form method="post" className="grid gap-5 sm:grid-cols-2" key={rates.length}>
              <div className="grid gap-3 empty:hidden sm:col-span-2">
                <FormAlert error={mine?.error} />
                <FormErrors
                  issues={mine?.issues}
                  fields={['country', 'name', 'percent', 'effectiveFrom', 'reverseCharge']}
                />
              </div>
              <SelectField
                name="country"
                label={t('profile.country')}
                defaultValue={value('country')}
                issues={mine?.issues}
                options={countries.map(({ code, name }) => ({ value: code, label: name }))}
              />
              <TextField
                name="name"
                label={t('rates.name')}
                hint={t('rates.nameHint')}
                required
                maxLength={40}
                autoComplete="off"
                defaultValue={value('name')}
                issues={mine?.issues}
              />
              <TextField
                name="percent"
                label={t('rates.percent')}
                required
                maxLength={6}
                inputMode="decimal"
                autoComplete="off"
                defaultValue={value('percent')}
                issues={mine?.issues}
              />
              <TextField
                name="effectiveFrom"
                type="date"
                label={t('rates.from')}
                hint={t('rates.fromHint')}
                defaultValue={value('effectiveFrom')}
                issues={mine?.issues}
              />
              <CheckboxField
                name="reverseCharge"
                label={t('rates.reverseCharge')}
                defaultChecked={value('reverseCharge') === 'on'}
                className="sm:col-span-2"
              />
              <div>
                <SubmitButton intent="add-rate">{t('rates.add')}</SubmitButton>
              </div>
            </Form>
          </CardBody>
        </Card>
      </div>
    </Section>
  );
}

export default function AdminBilling() {
  const { t } = useTranslation('invoices');
  return (
    <>
      <PageHeader
        title={t('settings.title')}
        description={t('settings.description')}
        breadcrumbs={[{ to: '/admin/invoices', label: t('queue.title') }]}
      />
      <SettingsForm />
      <TaxRates />
    </>
  );
}
