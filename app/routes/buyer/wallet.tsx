import { randomUUID } from 'node:crypto';
import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { Wallet as WalletIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { refundColumns } from '../../components/refund-columns.tsx';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Money } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { Table } from '../../components/ui/table.tsx';
import { AutoTopUpCard } from '../../components/wallet/auto-top-up-card.tsx';
import { CreditsTable } from '../../components/wallet/credits-table.tsx';
import { MovementsTable } from '../../components/wallet/movements-table.tsx';
import { RedeemCard } from '../../components/wallet/redeem-card.tsx';
import { TopUpCard } from '../../components/wallet/top-up-card.tsx';
import { configureAutoTopUp, getAutoTopUp } from '../../domain/auto-top-ups/index.ts';
import type { Context } from '../../domain/context.ts';
import { MAX_TOP_UP_NANOS, MIN_TOP_UP_NANOS, startTopUp } from '../../domain/payments/index.ts';
import { CUSTOM_AMOUNT, TOP_UP_PRESETS, topUpFormSchema } from '../../domain/payments/schemas.ts';
import { listPromotionalCredits, redeemCode } from '../../domain/promotions/index.ts';
import { listRefunds } from '../../domain/refunds/index.ts';
import { getWallet, getWalletStatement } from '../../domain/wallets/index.ts';
import { amountField, optionalAmountField } from '../../lib/amount-field.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formObject, formValues } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure, type FormFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';
import { AppError } from '../../lib/app-error.ts';
import { formatMoney, parseDecimal } from '../../lib/money.ts';
import { toFieldIssues } from '../../lib/parse-input.ts';
import { addDays } from '../../lib/time.ts';

export const handle = { i18n: ['buyer', 'wallet', 'payouts'] };

const RECENT_MOVEMENTS = 10;
const RECENT_DAYS = 30;
const RECENT_REFUNDS = 20;

/** The newest first, in days of the organization. */
async function listRecentMovements(ctx: Context) {
  const { to } = await getWalletStatement(ctx);
  const { movements } = await getWalletStatement(ctx, { from: addDays(to, 1 - RECENT_DAYS), to });
  return movements.toReversed().slice(0, RECENT_MOVEMENTS);
}

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'wallet');
  return pageLoader(args, async () => {
    const [wallet, credits, autoTopUp, movements, refunds] = await Promise.all([
      getWallet(ctx),
      listPromotionalCredits(ctx),
      getAutoTopUp(ctx),
      listRecentMovements(ctx),
      listRefunds(ctx, { perspective: 'buyer', limit: RECENT_REFUNDS }),
    ]);
    return {
      title: t('title'),
      wallet,
      credits,
      autoTopUp,
      movements,
      // One that the bank refused is back where it was.
      refunds: refunds.filter(({ status }) => status !== 'failed'),
      presets: TOP_UP_PRESETS.map((value) => ({ value, nanos: parseDecimal(value) ?? 0n })),
      customAmount: CUSTOM_AMOUNT,
      bounds: { min: MIN_TOP_UP_NANOS, max: MAX_TOP_UP_NANOS },
      mayPay: role !== 'member',
      wasCanceled: new URL(args.request.url).searchParams.has('canceled'),
      idempotencyKey: randomUUID(),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const autoTopUpForm = z.strictObject({
  thresholdNanos: amountField,
  amountNanos: amountField,
  monthlyLimitNanos: optionalAmountField,
});

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const form = await args.request.formData();
    const { intent = 'top-up', ...fields } = formObject(form);
    const done = (messageKey: string, params?: Record<string, string>) =>
      redirectWithFlash('/buyer/wallet', {
        messageKey: `wallet:flash.${messageKey}`,
        tone: 'success',
        ...(params && { params }),
      });
    const refuse = (error: z.core.$ZodError) =>
      formFailure({ issues: toFieldIssues(error, fields), values: formValues(form) });
    switch (intent) {
      case 'top-up': {
        const parsed = topUpFormSchema.safeParse(fields);
        if (!parsed.success) return refuse(parsed.error);
        const { url } = await startTopUp(ctx, parsed.data);
        // Another program's page, also when the sandbox shows it on our own origin.
        return redirectDocument(url, 303);
      }
      case 'redeem': {
        const credit = await redeemCode(ctx, {
          code: typeof fields['code'] === 'string' ? fields['code'] : '',
        });
        return done('redeemed', {
          amount: formatMoney(credit.amountNanos, 'USD', await resolveLocale(args)),
        });
      }
      case 'auto-top-up':
      case 'auto-top-up-off': {
        const parsed = autoTopUpForm.safeParse(fields);
        if (!parsed.success) return refuse(parsed.error);
        const enabled = intent === 'auto-top-up';
        await configureAutoTopUp(ctx, { enabled, ...parsed.data });
        return done(enabled ? 'autoSaved' : 'autoDisabled');
      }
      default:
        throw new AppError('invalid_request', 'This form has no such button.');
    }
  });
}

/** The failure of one of the page's forms; each shows its own. */
function failureOf(failure: FormFailure | undefined, ...intents: (string | undefined)[]): FormFailure | null {
  return failure && intents.includes(failure.values['intent']) ? failure : null;
}

function Balances() {
  const { t } = useTranslation('wallet');
  const { wallet, credits } = useLoaderData<typeof loader>();
  const { money, date } = useFormats();
  const next = credits.find(({ expiresAt }) => expiresAt !== null);
  const promoNanos = wallet.promoNanos + wallet.promoHeldNanos;
  const creditLeftNanos = wallet.spendableNanos - wallet.availableNanos - wallet.promoNanos;
  const hasLimit = wallet.creditLimitNanos > 0n || wallet.creditUsedNanos > 0n;
  return (
    <div className="space-y-3">
      <StatGrid>
        <Stat
          label={t('stat.available')}
          value={<Money nanos={wallet.availableNanos} currency={wallet.currency} />}
          hint={t('stat.availableHint')}
        />
        <Stat
          label={t('stat.held')}
          value={<Money nanos={wallet.heldNanos} currency={wallet.currency} />}
          hint={t('stat.heldHint')}
        />
        <Stat
          label={t('stat.promo')}
          value={<Money nanos={promoNanos} currency={wallet.currency} />}
          hint={
            next?.expiresAt
              ? t('stat.promoExpires', {
                  amount: money(next.remainingNanos),
                  date: date(next.expiresAt),
                })
              : t('stat.promoHint')
          }
        />
        {hasLimit && (
          <>
            <Stat
              label={t('stat.owed')}
              value={<Money nanos={wallet.creditUsedNanos} currency={wallet.currency} />}
              hint={t('stat.owedHint')}
            />
            <Stat
              label={t('stat.limit')}
              value={<Money nanos={creditLeftNanos} currency={wallet.currency} />}
              hint={t('stat.limitHint', {
                limit: money(wallet.creditLimitNanos),
                held: money(wallet.creditHeldNanos),
              })}
            />
            <Stat
              label={t('stat.together')}
              value={<Money nanos={wallet.spendableNanos} currency={wallet.currency} />}
              hint={t('stat.togetherHint')}
            />
          </>
        )}
      </StatGrid>
      {!hasLimit && (
        <p className="text-muted text-sm">{t('stat.spendable', { amount: money(wallet.spendableNanos) })}</p>
      )}
    </div>
  );
}

function Refunds() {
  const { t } = useTranslation('payouts');
  const { refunds } = useLoaderData<typeof loader>();
  if (refunds.length === 0) return null;
  return (
    <Section title={t('refunds.title')} description={t('refunds.buyerHint')}>
      <Card>
        <Table
          caption={t('refunds.title')}
          rows={refunds}
          rowKey={(row) => row.id}
          columns={refundColumns(t)}
        />
      </Card>
    </Section>
  );
}

export default function BuyerWallet() {
  const { t } = useTranslation('wallet');
  const { wallet, credits, autoTopUp, movements, mayPay, wasCanceled, ...topUp } =
    useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      {wasCanceled && <Alert tone="info">{t('canceled')}</Alert>}
      <Balances />
      {mayPay ? (
        <div className="grid items-start gap-5 xl:grid-cols-2">
          <TopUpCard
            currency={wallet.currency}
            presets={topUp.presets}
            customAmount={topUp.customAmount}
            bounds={topUp.bounds}
            idempotencyKey={topUp.idempotencyKey}
            failure={failureOf(failure, 'top-up', undefined)}
          />
          <AutoTopUpCard
            // Saved values take the place of typed ones.
            key={String(autoTopUp.settings?.enabled)}
            currency={wallet.currency}
            autoTopUp={autoTopUp}
            failure={failureOf(failure, 'auto-top-up', 'auto-top-up-off')}
          />
        </div>
      ) : (
        <Alert tone="info">{t('topUp.notAllowed')}</Alert>
      )}
      {mayPay && <RedeemCard failure={failureOf(failure, 'redeem')} />}
      {credits.length > 0 && (
        <Section title={t('credits.title')} description={t('credits.description')}>
          <Card>
            <CreditsTable credits={credits} />
          </Card>
        </Section>
      )}
      <Refunds />
      <Section
        title={t('recent.title')}
        actions={
          <ButtonLink to="/buyer/wallet/statement" variant="ghost" size="sm">
            {t('recent.all')}
          </ButtonLink>
        }
      >
        <Card>
          <MovementsTable
            caption={t('recent.title')}
            movements={movements}
            currency={wallet.currency}
            empty={
              <EmptyState icon={WalletIcon} title={t('recent.emptyTitle')}>
                {t('recent.empty')}
              </EmptyState>
            }
          />
        </Card>
      </Section>
    </>
  );
}
