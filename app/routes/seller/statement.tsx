import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { Money, Num } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import { getSellerStatement } from '../../domain/earnings/index.ts';
import { isMonth } from '../../domain/earnings/schemas.ts';
import { requireSeller } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { dayOf } from '../../lib/time.ts';

export const handle = { i18n: ['payouts'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, user } = await requireSeller(args);
    const t = await getTranslation(args, 'payouts');
    const wanted = new URL(args.request.url).searchParams.get('month') ?? '';
    const thisMonth = dayOf(ctx.clock.date(), user.timeZone).slice(0, 7);
    const month = isMonth(wanted) ? wanted : thisMonth;
    return {
      title: t('statement.title'),
      thisMonth,
      statement: await getSellerStatement(ctx, { month, timeZone: user.timeZone }),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function SellerStatementPage() {
  const { t } = useTranslation('payouts');
  const { statement, thisMonth } = useLoaderData<typeof loader>();
  const { currency, month } = statement;
  const rows = [
    { key: 'opening', label: t('statement.opening'), count: null, amountNanos: statement.openingNanos },
    ...statement.lines.map(({ kind, count, amountNanos }) => ({
      key: kind,
      label: t(`statement.kind.${kind}`),
      count,
      amountNanos,
    })),
    { key: 'closing', label: t('statement.closing'), count: null, amountNanos: statement.closingNanos },
  ];
  return (
    <>
      <PageHeader
        title={t('statement.title')}
        description={t('statement.description', { timeZone: statement.timeZone })}
        breadcrumbs={[{ to: '/seller/earnings', label: t('statement.earnings') }]}
        actions={
          <>
            <ButtonLink
              reloadDocument
              to={`/seller/statement/file?month=${month}&format=csv`}
              variant="secondary"
            >
              {t('statement.csv')}
            </ButtonLink>
            <ButtonLink
              reloadDocument
              to={`/seller/statement/file?month=${month}&format=pdf`}
              variant="secondary"
            >
              {t('statement.pdf')}
            </ButtonLink>
          </>
        }
      />
      <Form method="get" className="grid items-end gap-4 sm:max-w-md sm:grid-cols-[1fr_auto]">
        <TextField
          key={month}
          name="month"
          type="month"
          label={t('statement.month')}
          pattern="20[0-9]{2}-[0-9]{2}"
          placeholder={thisMonth}
          required
          max={thisMonth}
          defaultValue={month}
        />
        <Button type="submit" variant="secondary">
          {t('statement.show')}
        </Button>
      </Form>
      <Card>
        <Table
          caption={t('statement.title')}
          rows={rows}
          rowKey={(row) => row.key}
          columns={[
            {
              key: 'label',
              header: t('statement.what'),
              render: (row) => (row.count === null ? <strong>{row.label}</strong> : row.label),
            },
            {
              key: 'count',
              header: t('statement.count'),
              align: 'end',
              render: (row) => row.count !== null && <Num value={row.count} />,
            },
            {
              key: 'amountNanos',
              header: t('statement.amount'),
              align: 'end',
              render: (row) => <Money nanos={row.amountNanos} currency={currency} />,
            },
          ]}
        />
      </Card>
      <p className="text-muted text-sm">{t('statement.note')}</p>
    </>
  );
}
