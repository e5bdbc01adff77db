import { randomUUID } from 'node:crypto';
import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Wallet as WalletIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { RadioCards, TextField } from '../../components/ui/field.tsx';
import { Day, Money } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { Table } from '../../components/ui/table.tsx';
import { startTopUp } from '../../domain/payments/index.ts';
import { CUSTOM_AMOUNT, TOP_UP_PRESETS, topUpFormSchema } from '../../domain/payments/schemas.ts';
import { getWallet, listWalletMovements } from '../../domain/wallets/index.ts';
import { STATEMENT_DAYS } from '../../domain/wallets/schemas.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { getTranslation } from '../../i18n/server.ts';
import { parseDecimal } from '../../lib/money.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user, role } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  const { searchParams } = new URL(args.request.url);
  const days = STATEMENT_DAYS.find((one) => String(one) === searchParams.get('days')) ?? STATEMENT_DAYS[0];
  const [wallet, statement] = await Promise.all([
    getWallet(ctx),
    listWalletMovements(ctx, { days, timeZone: user.timeZone }),
  ]);
  return {
    title: t('wallet.title'),
    wallet,
    statement,
    days,
    ranges: STATEMENT_DAYS,
    presets: TOP_UP_PRESETS.map((value) => ({ value, nanos: parseDecimal(value) ?? 0n })),
    customAmount: CUSTOM_AMOUNT,
    canTopUp: role !== 'member',
    wasCanceled: searchParams.has('canceled'),
    // One form, one checkout, however often it is sent.
    idempotencyKey: randomUUID(),
  };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const form = await parseForm(args.request, topUpFormSchema);
    if (!form.ok) return formFailure(form);
    const { url } = await startTopUp(ctx, form.value);
    // Another program's page, also when the sandbox shows it on our own origin.
    return redirectDocument(url, 303);
  });
}

function TopUpForm() {
  const { t } = useTranslation('buyer');
  const { wallet, idempotencyKey, presets, customAmount } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const values = failure?.values ?? {};
  const options = presets.map(({ value, nanos }) => ({
    value: value as string,
    label: <Money nanos={nanos} currency={wallet.currency} />,
  }));
  return (
    <Card>
      <CardHeader title={t('wallet.topUp.title')} description={t('wallet.topUp.description')} />
      <CardBody>
        <Form method="post" className="space-y-5">
          <FormAlert error={failure?.error} />
          <input type="hidden" name="idempotencyKey" value={idempotencyKey} />
          <RadioCards
            name="amount"
            legend={t('wallet.topUp.amount')}
            options={[...options, { value: customAmount, label: t('wallet.topUp.custom') }]}
            defaultValue={values['amount'] ?? presets[1]?.value}
            issues={failure?.issues}
          />
          <TextField
            name="customAmount"
            label={t('wallet.topUp.customAmount')}
            hint={t('wallet.topUp.customHint')}
            inputMode="decimal"
            autoComplete="off"
            maxLength={12}
            prefix={wallet.currency}
            defaultValue={values['customAmount']}
            issues={failure?.issues}
          />
          <SubmitButton pendingLabel={t('wallet.topUp.pending')}>{t('wallet.topUp.submit')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}

function Statement() {
  const { t } = useTranslation('buyer');
  const { statement, wallet, days, ranges } = useLoaderData<typeof loader>();
  return (
    <Section title={t('wallet.statement.title')} description={t('wallet.statement.description')}>
      <nav aria-label={t('wallet.statement.range')} className="mb-4 flex flex-wrap gap-2">
        {ranges.map((one) => (
          <ButtonLink
            key={one}
            to={`/buyer/wallet?days=${one}`}
            preventScrollReset
            size="sm"
            variant={one === days ? 'secondary' : 'ghost'}
            aria-current={one === days ? 'page' : undefined}
          >
            {t('wallet.statement.lastDays', { count: one })}
          </ButtonLink>
        ))}
      </nav>
      <Table
        caption={t('wallet.statement.title')}
        rows={statement.movements}
        rowKey={(row) => row.id}
        columns={[
          { key: 'day', header: t('wallet.statement.day'), render: (row) => <Day value={row.day} /> },
          {
            key: 'kind',
            header: t('wallet.statement.movement'),
            render: (row) => t(`wallet.kind.${row.kind}`),
          },
          {
            key: 'amountNanos',
            header: t('wallet.statement.amount'),
            align: 'end',
            render: (row) => <Money nanos={row.amountNanos} currency={wallet.currency} />,
          },
          {
            key: 'balanceNanos',
            header: t('wallet.statement.balance'),
            align: 'end',
            render: (row) => <Money nanos={row.balanceNanos} currency={wallet.currency} />,
          },
        ]}
        empty={
          <EmptyState icon={WalletIcon} title={t('wallet.statement.emptyTitle')}>
            {t('wallet.statement.empty')}
          </EmptyState>
        }
      />
      <p className="text-muted text-sm">
        {t('wallet.statement.opening')} <Money nanos={statement.openingNanos} currency={wallet.currency} />
      </p>
    </Section>
  );
}

export default function BuyerWallet() {
  const { t } = useTranslation('buyer');
  const { wallet, canTopUp, wasCanceled } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('wallet.title')} description={t('wallet.description')} />
      {wasCanceled && <Alert tone="info">{t('wallet.canceled')}</Alert>}
      <StatGrid>
        <Stat
          label={t('wallet.available')}
          value={<Money nanos={wallet.availableNanos} currency={wallet.currency} />}
          hint={t('wallet.availableHint')}
        />
        <Stat
          label={t('wallet.held')}
          value={<Money nanos={wallet.heldNanos} currency={wallet.currency} />}
          hint={t('wallet.heldHint')}
        />
      </StatGrid>
      {canTopUp ? <TopUpForm /> : <Alert tone="info">{t('wallet.topUp.notAllowed')}</Alert>}
      <Statement />
    </>
  );
}
