import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { BookCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { Button, ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { DateTime, Money, Num } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import { findTransactions, listAccountTotals } from '../../domain/ledger/index.ts';
import { getLastVerdict, recordVerdict } from '../../domain/verdicts/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['ledger'] };

const PAGE_SIZE = 25;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireAdmin(args);
    const t = await getTranslation(args, 'ledger');
    const { searchParams } = new URL(args.request.url);
    const search = {
      reference: searchParams.get('reference')?.slice(0, 200) ?? '',
      organization: searchParams.get('organization')?.slice(0, 200) ?? '',
    };
    const before = searchParams.get('before')?.slice(0, 64) || undefined;
    const [verdict, totals, found] = await Promise.all([
      getLastVerdict(ctx),
      listAccountTotals(ctx),
      findTransactions(ctx, { ...search, before, limit: PAGE_SIZE + 1 }),
    ]);
    const transactions = found.slice(0, PAGE_SIZE);
    const next = found.length > PAGE_SIZE ? transactions.at(-1)?.id : undefined;
    return {
      title: t('admin.title'),
      verdict,
      totals,
      search,
      transactions,
      older: next && `?${new URLSearchParams({ ...search, before: next })}`,
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const form = await args.request.formData();
    const { ok } = await recordVerdict(ctx, { stripe: form.get('stripe') === 'on' });
    return redirectWithFlash('/admin/ledger', {
      messageKey: ok ? 'ledger:flash.agrees' : 'ledger:flash.differs',
      tone: ok ? 'success' : 'danger',
    });
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminLedger() {
  const { t } = useTranslation('ledger');
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('admin.title')} description={t('admin.description')} />
      <FormAlert error={failure?.error} />
      <Verdict />
      <Accounts />
      <Transactions />
    </>
  );
}

function Verdict() {
  const { t } = useTranslation('ledger');
  const { verdict } = useLoaderData<typeof loader>();
  return (
    <Card>
      <CardHeader title={t('admin.verdict')} description={t('admin.verdictHint')} />
      <CardBody>
        <div className="space-y-5">
          {verdict ? (
            <Alert
              tone={verdict.ok ? 'success' : 'danger'}
              title={verdict.ok ? t('admin.agrees') : t('admin.differs', { count: verdict.count })}
            >
              {t('admin.looked', { transactions: verdict.transactions, wallets: verdict.wallets })}{' '}
              <DateTime value={verdict.checkedAt} />
            </Alert>
          ) : (
            <Alert tone="info">{t('admin.neverChecked')}</Alert>
          )}
          {verdict && verdict.problems.length > 0 && (
            <Table
              caption={t('admin.differences')}
              rows={verdict.problems}
              rowKey={(row) => `${row.check} ${row.subject}`}
              columns={[
                { key: 'check', header: t('admin.check') },
                {
                  key: 'subject',
                  header: t('admin.subject'),
                  render: (row) => <code className="text-xs break-all">{row.subject}</code>,
                },
                { key: 'expected', header: t('admin.expected'), align: 'end' },
                { key: 'actual', header: t('admin.actual'), align: 'end' },
              ]}
            />
          )}
          <Form method="post" className="flex flex-wrap items-center gap-4">
            <label className="flex min-h-11 items-center gap-2 text-sm">
              <input type="checkbox" name="stripe" className="size-4" />
              {t('admin.alsoStripe')}
            </label>
            <SubmitButton pendingLabel={t('admin.running')}>{t('admin.run')}</SubmitButton>
          </Form>
        </div>
      </CardBody>
    </Card>
  );
}

function Accounts() {
  const { t } = useTranslation('ledger');
  const { totals } = useLoaderData<typeof loader>();
  return (
    <Section title={t('admin.accounts')} description={t('admin.accountsHint')}>
      <Card>
        <Table
          caption={t('admin.accounts')}
          rows={totals}
          rowKey={(row) => `${row.purpose} ${row.currency}`}
          columns={[
            { key: 'purpose', header: t('admin.purpose'), render: (row) => t(`purpose.${row.purpose}`) },
            {
              key: 'accounts',
              header: t('admin.count'),
              align: 'end',
              render: (row) => <Num value={row.accounts} />,
            },
            {
              key: 'balanceNanos',
              header: t('admin.balance'),
              align: 'end',
              render: (row) => <Money nanos={row.balanceNanos} currency={row.currency} />,
            },
          ]}
          empty={
            <EmptyState icon={BookCheck} title={t('admin.noAccounts')}>
              {t('admin.noAccountsText')}
            </EmptyState>
          }
        />
      </Card>
    </Section>
  );
}

function Transactions() {
  const { t } = useTranslation('ledger');
  const { transactions, search, older } = useLoaderData<typeof loader>();
  return (
    <Section title={t('admin.transactions')} description={t('admin.transactionsHint')}>
      <Form method="get" className="mb-4 grid items-end gap-4 sm:grid-cols-[1fr_1fr_auto]">
        <TextField
          name="reference"
          label={t('admin.reference')}
          quiet
          maxLength={200}
          defaultValue={search.reference}
        />
        <TextField
          name="organization"
          label={t('admin.organization')}
          quiet
          maxLength={200}
          defaultValue={search.organization}
        />
        <Button type="submit" variant="secondary">
          {t('admin.search')}
        </Button>
      </Form>
      <Card>
        <Table
          caption={t('admin.transactions')}
          rows={transactions}
          rowKey={(row) => row.id}
          columns={[
            {
              key: 'createdAt',
              header: t('admin.bookedAt'),
              render: (row) => <DateTime value={row.createdAt} timeStyle="medium" />,
            },
            {
              key: 'kind',
              header: t('admin.kind'),
              render: (row) => (
                <>
                  <span className="font-medium">{t(`kind.${row.kind}`)}</span>
                  <code className="text-muted block text-xs break-all">{row.reference}</code>
                </>
              ),
            },
            {
              key: 'entries',
              header: t('admin.entries'),
              align: 'end',
              render: (row) => (
                <ul className="space-y-1 text-sm">
                  {row.entries.map((entry, index) => (
                    <li key={index} className="flex flex-wrap items-baseline justify-end gap-x-3">
                      <span className="text-muted">
                        {entry.organizationName ?? t('admin.platform')} · {t(`purpose.${entry.purpose}`)}
                      </span>
                      <Money nanos={entry.amountNanos} />
                    </li>
                  ))}
                </ul>
              ),
            },
          ]}
          empty={
            <EmptyState icon={BookCheck} title={t('admin.noTransactions')}>
              {t('admin.noTransactionsText')}
            </EmptyState>
          }
        />
      </Card>
      {older && (
        <div className="mt-4 flex justify-center">
          <ButtonLink to={older} variant="secondary" size="sm">
            {t('admin.older')}
          </ButtonLink>
        </div>
      )}
    </Section>
  );
}
