import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useLoaderData } from '@remix-run/react';
import { FileSpreadsheet, FileText, Wallet as WalletIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buttonStyles, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import { MovementsTable } from '../../components/wallet/movements-table.tsx';
import { getWalletStatement } from '../../domain/wallets/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { hasErrorCode, isAppError } from '../../lib/app-error.ts';

export const handle = { i18n: ['buyer', 'wallet'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  const t = await getTranslation(args, 'wallet');
  const { searchParams } = new URL(args.request.url);
  const [from, to] = [searchParams.get('from') ?? '', searchParams.get('to') ?? ''];
  return pageLoader(args, async () => {
    const title = t('statement.title');
    const issues: FieldIssue[] = [];
    const statement = await getWalletStatement(ctx, { from: from || undefined, to: to || undefined }).catch(
      (error: unknown) => {
        // Days that make no range are the form's business, not an error page's.
        if (!isAppError(error) || !hasErrorCode(error, 'invalid_request')) throw error;
        issues.push(...error.issues);
        return getWalletStatement(ctx);
      },
    );
    const typed = issues.length > 0;
    return { title, statement, issues, from: typed ? from : statement.from, to: typed ? to : statement.to };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

function RangeForm() {
  const { t } = useTranslation('wallet');
  const { statement, issues, from, to } = useLoaderData<typeof loader>();
  const download = (format: string) =>
    `/buyer/wallet/statement/download?${new URLSearchParams({ format, from: statement.from, to: statement.to })}`;
  return (
    <Card>
      <CardBody className="flex flex-wrap items-start gap-4">
        <Form
          method="get"
          key={`${statement.from} ${statement.to}`}
          className="grid flex-1 basis-72 items-start gap-4 sm:grid-cols-[1fr_1fr_auto]"
        >
          <TextField
            name="from"
            type="date"
            label={t('statement.from')}
            required
            defaultValue={from}
            issues={issues}
          />
          <TextField
            name="to"
            type="date"
            label={t('statement.to')}
            required
            defaultValue={to}
            issues={issues}
          />
          <SubmitButton variant="secondary" className="sm:mt-6.5">
            {t('statement.apply')}
          </SubmitButton>
        </Form>
        <nav aria-label={t('statement.download')} className="flex flex-wrap gap-2 sm:mt-6.5">
          <a href={download('csv')} className={buttonStyles({ variant: 'ghost' })} download>
            <FileSpreadsheet aria-hidden />
            {t('statement.csv')}
          </a>
          <a href={download('pdf')} className={buttonStyles({ variant: 'ghost' })} download>
            <FileText aria-hidden />
            {t('statement.pdf')}
          </a>
        </nav>
      </CardBody>
    </Card>
  );
}

function Totals() {
  const { t } = useTranslation('wallet');
  const { statement } = useLoaderData<typeof loader>();
  const { currency, opening, moved, closing } = statement;
  const account = (key: string, header: string, part: 'walletNanos' | 'promoNanos' | 'owedNanos') => ({
    key,
    header,
    part,
  });
  const rows = [
    account('wallet', t('statement.wallet'), 'walletNanos'),
    account('promo', t('statement.promo'), 'promoNanos'),
    account('owed', t('statement.owed'), 'owedNanos'),
  ].filter(
    ({ part }) =>
      part === 'walletNanos' || opening[part] !== 0n || closing[part] !== 0n || moved[part] !== 0n,
  );
  const lines = [
    ...rows.map(({ key, header, part }) => ({
      key,
      header,
      opening: opening[part],
      moved: moved[part],
      closing: closing[part],
    })),
    ...(rows.length > 1
      ? [
          {
            key: 'total',
            header: t('statement.total'),
            opening: opening.totalNanos,
            moved: moved.totalNanos,
            closing: closing.totalNanos,
          },
        ]
      : []),
  ];
  return (
    <Card>
      <Table
        caption={t('statement.account')}
        rows={lines}
        rowKey={(row) => row.key}
        columns={[
          {
            key: 'account',
            header: t('statement.account'),
            render: (row) => <span className="font-medium">{row.header}</span>,
          },
          {
            key: 'opening',
            header: t('statement.opening'),
            align: 'end',
            render: (row) => <Money nanos={row.opening} currency={currency} />,
          },
          {
            key: 'moved',
            header: t('statement.moved'),
            align: 'end',
            render: (row) => <Money nanos={row.moved} currency={currency} />,
          },
          {
            key: 'closing',
            header: t('statement.closing'),
            align: 'end',
            render: (row) => (
              <span className="font-semibold">
                <Money nanos={row.closing} currency={currency} />
              </span>
            ),
          },
        ]}
      />
    </Card>
  );
}

export default function WalletStatementPage() {
  const { t } = useTranslation('wallet');
  const { statement } = useLoaderData<typeof loader>();
  const { movements } = statement;
  return (
    <>
      <PageHeader
        title={t('statement.title')}
        description={t('statement.description', { timeZone: statement.timeZone })}
        breadcrumbs={[{ to: '/buyer/wallet', label: t('title') }]}
      />
      <RangeForm />
      <Totals />
      <Card>
        <MovementsTable
          caption={t('statement.title')}
          movements={movements}
          currency={statement.currency}
          byAccount={movements.some(({ promoNanos, owedNanos }) => promoNanos !== 0n || owedNanos !== 0n)}
          empty={
            <EmptyState icon={WalletIcon} title={t('statement.emptyTitle')}>
              {t('statement.empty')}
            </EmptyState>
          }
        />
      </Card>
      <p className="text-muted text-sm">{t('statement.addUp')}</p>
    </>
  );
}
