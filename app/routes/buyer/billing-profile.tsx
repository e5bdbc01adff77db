import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { SelectField, TextAreaField, TextField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import {
  getBillingProfile,
  saveBillingProfile,
  TAX_ID_EXAMPLES,
  TAX_ID_TYPES,
  type SaveBillingProfileInput,
} from '../../domain/billing-profiles/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formObject } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { LOCALE_NAMES, LOCALES } from '../../i18n/locales.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';
import { listCountries } from '../../lib/countries.ts';

export const handle = { i18n: ['invoices'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'invoices');
  return {
    title: t('profile.title'),
    profile: await getBillingProfile(ctx),
    countries: listCountries(await resolveLocale(args)),
    taxIds: TAX_ID_TYPES.map((type) => ({ type, example: TAX_ID_EXAMPLES[type] })),
    canEdit: role !== 'member',
  };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const input = formObject(await args.request.formData());
    await saveBillingProfile(ctx, input as SaveBillingProfileInput);
    return redirectWithFlash('/buyer/billing-profile', {
      messageKey: 'invoices:flash.profileSaved',
      tone: 'success',
    });
  });
}

/** `eu_vat` as `EU VAT`. */
const typeLabel = (type: string) => type.replaceAll('_', ' ').toUpperCase();

function ProfileForm() {
  const { t } = useTranslation('invoices');
  const { profile, countries, taxIds } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { party } = profile;
  const saved: Record<string, string | undefined> = {
    name: party.name,
    address: party.address.join('\n'),
    country: party.country,
    email: party.email,
    taxIdType: profile.taxIdType ?? undefined,
    taxId: party.taxId,
    locale: profile.locale,
  };
  const value = (name: string) => (failure ? failure.values[name] : saved[name]) ?? '';
  const issues = failure?.issues;
  return (
    <Form method="post" className="grid max-w-xl gap-5">
      <FormAlert error={failure?.error} />
      <TextField
        name="name"
        label={t('profile.name')}
        required
        maxLength={120}
        autoComplete="organization"
        defaultValue={value('name')}
        issues={issues}
      />
      <TextAreaField
        name="address"
        label={t('profile.address')}
        hint={t('profile.addressHint')}
        rows={4}
        autoComplete="street-address"
        defaultValue={value('address')}
        issues={issues}
      />
      <SelectField
        name="country"
        label={t('profile.country')}
        autoComplete="country"
        defaultValue={value('country')}
        issues={issues}
        options={[
          { value: '', label: t('profile.noCountry') },
          ...countries.map(({ code, name }) => ({ value: code, label: name })),
        ]}
      />
      <TextField
        name="email"
        type="email"
        label={t('profile.email')}
        hint={t('profile.emailHint')}
        maxLength={254}
        autoComplete="email"
        defaultValue={value('email')}
        issues={issues}
      />
      <SelectField
        name="taxIdType"
        label={t('profile.taxIdType')}
        defaultValue={value('taxIdType')}
        issues={issues}
        options={[
          { value: '', label: t('profile.noTaxId') },
          ...taxIds.map(({ type, example }) => ({ value: type, label: `${typeLabel(type)} (${example})` })),
        ]}
      />
      <TextField
        name="taxId"
        label={t('profile.taxId')}
        hint={t('profile.taxIdHint')}
        maxLength={40}
        autoComplete="off"
        defaultValue={value('taxId')}
        issues={issues}
      />
      <SelectField
        name="locale"
        label={t('profile.locale')}
        defaultValue={value('locale')}
        issues={issues}
        options={LOCALES.map((locale) => ({ value: locale, label: LOCALE_NAMES[locale] }))}
      />
      <div>
        <SubmitButton>{t('profile.submit')}</SubmitButton>
      </div>
    </Form>
  );
}

export default function BillingProfile() {
  const { t } = useTranslation('invoices');
  const { canEdit } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader
        title={t('profile.title')}
        description={t('profile.description')}
        breadcrumbs={[{ to: '/buyer/invoices', label: t('list.title') }]}
      />
      {canEdit ? (
        <Card>
          <CardBody>
            <ProfileForm />
          </CardBody>
        </Card>
      ) : (
        <Alert tone="info">{t('profile.notAllowed')}</Alert>
      )}
    </>
  );
}
