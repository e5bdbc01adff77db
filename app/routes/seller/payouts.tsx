import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Landmark } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { payoutColumns } from '../../components/seller/payout-columns.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { SelectField } from '../../components/ui/field.tsx';
import { Money } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { Table } from '../../components/ui/table.tsx';
import { getPayoutState, listPayouts, requestPayout, startOnboarding } from '../../domain/payouts/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import type { Locale } from '../../i18n/locales.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';
import { listCountries } from '../../lib/countries.ts';

export const handle = { i18n: ['payouts'] };

const PAGE_SIZE = 25;
const HOME: Record<Locale, string> = { en: 'US', 'zh-CN': 'CN', 'zh-TW': 'TW', ja: 'JP' };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, role } = await requireSeller(args);
    const t = await getTranslation(args, 'payouts');
    const { searchParams } = new URL(args.request.url);
    const before = searchParams.get('before')?.slice(0, 64) || undefined;
    const locale = await resolveLocale(args);
    const [state, found] = await Promise.all([
      getPayoutState(ctx),
      listPayouts(ctx, { before, limit: PAGE_SIZE + 1 }),
    ]);
    const payouts = found.slice(0, PAGE_SIZE);
    return {
      title: t('seller.title'),
      state,
      payouts,
      older: found.length > PAGE_SIZE ? (payouts.at(-1)?.id ?? null) : null,
      mayAct: role !== 'member',
      countries: listCountries(locale),
      /** Where most readers of this language would be. */
      country: HOME[locale],
      wasHere: searchParams.get('onboarding'),
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, async () => {
    const form = await args.request.formData();
    if (form.get('intent') === 'pay-out') {
      await requestPayout(ctx);
      return redirectWithFlash('/seller/payouts', {
        messageKey: 'payouts:flash.requested',
        tone: 'success',
      });
    }
    const { url } = await startOnboarding(ctx, { country: String(form.get('country') ?? '') });
    // Another program's page, also when the sandbox shows it on our own origin.
    return redirectDocument(url, 303);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function SellerPayouts() {
  const { t } = useTranslation('payouts');
  const { state, wasHere } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { currency } = state;
  return (
    <>
      <PageHeader title={t('seller.title')} description={t('seller.description')} />
      {wasHere === 'returned' && state.onboarding !== 'ready' && (
        <Alert tone="info">{t('seller.returned')}</Alert>
      )}
      {wasHere === 'expired' && <Alert tone="warning">{t('seller.linkExpired')}</Alert>}
      <FormAlert error={failure?.error} />
      <StatGrid>
        <Stat
          label={t('seller.available')}
          value={<Money nanos={state.availableNanos} currency={currency} />}
          hint={state.availableNanos < 0n ? t('seller.negativeHint') : t('seller.availableHint')}
        />
        <Stat
          label={t('seller.pending')}
          value={<Money nanos={state.pendingNanos} currency={currency} />}
          hint={t('seller.pendingHint', { count: state.settings.holdDays })}
        />
        <Stat
          label={t('seller.inTransit')}
          value={<Money nanos={state.inTransitNanos} currency={currency} />}
          hint={t('seller.inTransitHint')}
        />
      </StatGrid>
      <Account />
      <PayOut />
      <History />
    </>
  );
}

function Account() {
  const { t } = useTranslation('payouts');
  const { state, mayAct, countries, country } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { onboarding } = state;
  const tone = onboarding === 'ready' ? 'success' : onboarding === 'in_review' ? 'info' : 'warning';
  return (
    <Card>
      <CardHeader title={t('seller.account')} description={t('seller.accountHint')} />
      <CardBody>
        <div className="space-y-5">
          <Alert tone={tone} title={t(`onboarding.${onboarding}`)}>
            {t(`onboardingText.${onboarding}`)}
          </Alert>
          {onboarding !== 'ready' && mayAct && (
            <Form method="post" className="flex flex-wrap items-end gap-4">
              {state.country === null ? (
                <SelectField
                  name="country"
                  label={t('seller.country')}
                  autoComplete="country"
                  defaultValue={failure?.values['country'] ?? country}
                  issues={failure?.issues}
                  options={countries.map(({ code, name }) => ({ value: code, label: name }))}
                />
              ) : (
                <input type="hidden" name="country" value={state.country} />
              )}
              <SubmitButton intent="onboard" pendingLabel={t('seller.opening')}>
                {onboarding === 'none' ? t('seller.begin') : t('seller.continue')}
              </SubmitButton>
              {state.country === null && (
                <p className="text-muted basis-full text-sm">{t('seller.countryHint')}</p>
              )}
            </Form>
          )}
          {!mayAct && <p className="text-muted text-sm">{t('seller.notAllowed')}</p>}
        </div>
      </CardBody>
    </Card>
  );
}

function PayOut() {
  const { t } = useTranslation('payouts');
  const { state, mayAct } = useLoaderData<typeof loader>();
  const { settings, currency } = state;
  return (
    <Card>
      <CardHeader title={t('seller.schedule')} description={t(`interval.${settings.interval}`)} />
      <CardBody>
        <div className="flex flex-wrap items-center justify-between gap-4">
          <p className="text-muted text-sm">
            {t('seller.minimum')} <Money nanos={settings.minimumNanos} currency={currency} />
          </p>
          {state.canPayOut && mayAct && (
            <ConfirmDialog
              triggerLabel={t('seller.payOutNow')}
              triggerVariant="primary"
              title={t('seller.payOutNow')}
              description={
                <>
                  {t('seller.payOutText')} <Money nanos={state.availableNanos} currency={currency} />
                </>
              }
              confirmLabel={t('seller.payOutNow')}
              tone="primary"
              fields={{ intent: 'pay-out' }}
            />
          )}
        </div>
      </CardBody>
    </Card>
  );
}

function History() {
  const { t } = useTranslation('payouts');
  const { payouts, older } = useLoaderData<typeof loader>();
  return (
    <Section title={t('seller.history')}>
      <Card>
        <Table
          caption={t('seller.history')}
          rows={payouts}
          rowKey={(row) => row.id}
          columns={payoutColumns(t)}
          empty={
            <EmptyState icon={Landmark} title={t('seller.emptyTitle')}>
              {t('seller.empty')}
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
  );
}
