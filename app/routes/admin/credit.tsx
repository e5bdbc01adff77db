import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Gift } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { CreditsTable } from '../../components/wallet/credits-table.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { Money } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { grantPromotionalCredit, listCreditsOf } from '../../domain/promotions/index.ts';
import { getWalletOf, setCreditLimit } from '../../domain/wallets/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { endOfDay } from '../../http/last-day.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction, formFailure, type FormFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { toDecimal } from '../../lib/money.ts';

export const handle = { i18n: ['admin', 'wallet'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return pageLoader(args, async () => {
    const organizationId = args.params['id'] ?? '';
    const [wallet, credits] = await Promise.all([
      getWalletOf(ctx, { organizationId }),
      listCreditsOf(ctx, { organizationId }),
    ]);
    return { title: wallet.name, wallet, credits };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.discriminatedUnion('intent', [
  z.strictObject({
    intent: z.literal('grant'),
    amountNanos: amountField,
    lastDay: z.iso.date().optional(),
    reason: z.string().default(''),
  }),
  z.strictObject({
    intent: z.literal('limit'),
    creditLimitNanos: amountField,
    reason: z.string().default(''),
  }),
]);

const FORM_NAMES: Record<string, string> = { expiresAt: 'lastDay' };

export async function action(args: ActionFunctionArgs) {
  const { ctx, user } = await requireAdmin(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const organizationId = args.params['id'] ?? '';
    const done = (messageKey: string) =>
      redirectWithFlash(`/admin/credits/${encodeURIComponent(organizationId)}`, {
        messageKey: `wallet:flash.${messageKey}`,
        tone: 'success',
      });
    const { value } = parsed;
    if (value.intent === 'limit') {
      const { creditLimitNanos, reason } = value;
      await setCreditLimit(ctx, { organizationId, creditLimitNanos, reason });
      return done('limitSet');
    }
    const { amountNanos, lastDay, reason } = value;
    const expiresAt = endOfDay(lastDay, user.timeZone);
    await withWireFields(
      (field) => FORM_NAMES[field] ?? field,
      () => grantPromotionalCredit(ctx, { organizationId, amountNanos, expiresAt, reason }),
    );
    return done('granted');
  });
}

function GrantForm({ failure }: { failure: FormFailure | null }) {
  const { t } = useTranslation('wallet');
  const { wallet } = useLoaderData<typeof loader>();
  const values = failure?.values ?? {};
  return (
    <Card>
      <CardHeader title={t('admin.grant')} description={t('admin.grantText')} />
      <CardBody>
        <Form method="post" className="space-y-4">
          <FormAlert error={failure?.error} />
          <div className="grid items-start gap-4 sm:grid-cols-2">
            <TextField
              name="amountNanos"
              label={t('admin.amount')}
              required
              inputMode="decimal"
              autoComplete="off"
              maxLength={20}
              suffix={wallet.currency}
              defaultValue={values['amountNanos']}
              issues={failure?.issues}
            />
            <TextField
              name="lastDay"
              type="date"
              label={t('admin.lastDay')}
              hint={t('admin.lastDayHint')}
              defaultValue={values['lastDay']}
              issues={failure?.issues}
            />
          </div>
          <TextField
            name="reason"
            label={t('admin.reason')}
            required
            maxLength={300}
            defaultValue={values['reason']}
            issues={failure?.issues}
          />
          <SubmitButton intent="grant">{t('admin.grantSubmit')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}

function LimitForm({ failure }: { failure: FormFailure | null }) {
  const { t } = useTranslation('wallet');
  const { wallet } = useLoaderData<typeof loader>();
  const values = failure?.values ?? {};
  return (
    <Card>
      <CardHeader title={t('admin.limitTitle')} description={t('admin.limitText')} />
      <CardBody>
        <Form method="post" className="space-y-4">
          <FormAlert error={failure?.error} />
          <TextField
            name="creditLimitNanos"
            label={t('admin.limit')}
            required
            inputMode="decimal"
            autoComplete="off"
            maxLength={20}
            suffix={wallet.currency}
            defaultValue={values['creditLimitNanos'] ?? toDecimal(wallet.creditLimitNanos)}
            issues={failure?.issues}
          />
          <TextField
            name="reason"
            label={t('admin.reason')}
            required
            maxLength={300}
            defaultValue={values['reason']}
            issues={failure?.issues}
          />
          <SubmitButton intent="limit">{t('admin.limitSubmit')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}

export default function AdminCredit() {
  const { t } = useTranslation('wallet');
  const { wallet, credits } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const of = (intent: string) => (failure?.values['intent'] === intent ? failure : null);
  const stats = [
    { key: 'available', label: t('stat.available'), nanos: wallet.availableNanos },
    { key: 'held', label: t('stat.held'), nanos: wallet.heldNanos },
    { key: 'promo', label: t('stat.promo'), nanos: wallet.promoNanos + wallet.promoHeldNanos },
    { key: 'owed', label: t('stat.owed'), nanos: wallet.creditUsedNanos },
    { key: 'limit', label: t('admin.limit'), nanos: wallet.creditLimitNanos },
  ];
  return (
    <>
      <PageHeader
        title={<span className="wrap-anywhere">{wallet.name}</span>}
        description={wallet.organizationId}
        breadcrumbs={[{ to: '/admin/credits', label: t('admin.title') }]}
      />
      <StatGrid>
        {stats.map(({ key, label, nanos }) => (
          <Stat key={key} label={label} value={<Money nanos={nanos} currency={wallet.currency} />} />
        ))}
      </StatGrid>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <GrantForm key={`grant ${credits.length}`} failure={of('grant')} />
        <LimitForm key={`limit ${wallet.creditLimitNanos}`} failure={of('limit')} />
      </div>
      <Section title={t('admin.creditsOf')}>
        <Card>
          <CreditsTable
            credits={credits}
            empty={
              <EmptyState icon={Gift} title={t('admin.noCredits')}>
                {t('admin.noCreditsText')}
              </EmptyState>
            }
          />
        </Card>
      </Section>
    </>
  );
}
