import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { Ticket } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { CopyButton } from '../../components/ui/copy-button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { DateTime, Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table, type Column } from '../../components/ui/table.tsx';
import { useViewerPreferences } from '../../components/viewer-preferences.tsx';
import {
  createRedeemCodes,
  disableRedeemCode,
  listRedeemCodes,
  listRedemptions,
  type RedeemCodeView,
} from '../../domain/promotions/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { endOfDay } from '../../http/last-day.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction, formFailure, type FormFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';
import { wholeNumber } from '../../lib/whole-number.ts';

export const handle = { i18n: ['admin', 'wallet'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'wallet');
  const { searchParams } = new URL(args.request.url);
  return pageLoader(args, async () => {
    const codes = await listRedeemCodes(ctx, { page: Number(searchParams.get('page') ?? 1) });
    const shown = codes.items.find(({ id }) => id === searchParams.get('code'));
    const redemptions = shown ? await listRedemptions(ctx, { redeemCodeId: shown.id }) : [];
    return {
      title: t('codes.title'),
      codes,
      shown: shown ? { lastFour: shown.lastFour, redemptions } : null,
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

/** The answer to new codes carries them, and is the only one that does. */
export const headers = () => ({ 'cache-control': 'private, no-store' });

const form = z.discriminatedUnion('intent', [
  z.strictObject({
    intent: z.literal('make'),
    amountNanos: amountField,
    count: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    maxRedemptions: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    creditDays: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
    lastDay: z.iso.date().optional(),
    note: z.string().default(''),
  }),
  z.strictObject({ intent: z.literal('disable'), redeemCodeId: z.string() }),
]);

const FORM_NAMES: Record<string, string> = { expiresAt: 'lastDay' };

export async function action(args: ActionFunctionArgs) {
  const { ctx, user } = await requireAdmin(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    if (parsed.value.intent === 'disable') {
      await disableRedeemCode(ctx, { redeemCodeId: parsed.value.redeemCodeId });
      return redirectWithFlash('/admin/credits/codes', {
        messageKey: 'wallet:flash.codeDisabled',
        tone: 'success',
      });
    }
    const { intent: _intent, lastDay, creditDays = null, ...batch } = parsed.value;
    const expiresAt = endOfDay(lastDay, user.timeZone);
    const codes = await withWireFields(
      (field) => FORM_NAMES[field] ?? field,
      () => createRedeemCodes(ctx, { ...batch, creditDays, expiresAt }),
    );
    return { issued: codes.map(({ code }) => code) };
  });
}

function Issued({ codes }: { codes: string[] }) {
  const { t } = useTranslation('wallet');
  const text = codes.join('\n');
  return (
    <Card>
      <CardHeader
        title={t('codes.issuedTitle')}
        actions={<CopyButton value={text} label={t('codes.copy')} variant="primary" />}
      />
      <CardBody className="grid gap-5">
        <Alert tone="warning">{t('codes.issuedText')}</Alert>
        <CodeBlock code={text} language={t('codes.title')} />
      </CardBody>
    </Card>
  );
}

function MakeCodes({ failure }: { failure: FormFailure | null }) {
  const { t } = useTranslation('wallet');
  const { currency } = useViewerPreferences();
  const values = failure?.values ?? {};
  const issues = failure?.issues;
  return (
    <Card>
      <CardHeader title={t('codes.make')} />
      <CardBody>
        <Form method="post" className="space-y-4">
          <FormAlert error={failure?.error} />
          <div className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-3">
            <TextField
              name="amountNanos"
              label={t('admin.amount')}
              required
              inputMode="decimal"
              autoComplete="off"
              suffix={currency}
              defaultValue={values['amountNanos']}
              issues={issues}
            />
            <TextField
              name="count"
              type="number"
              min={1}
              max={500}
              label={t('codes.count')}
              required
              defaultValue={values['count'] ?? '1'}
              issues={issues}
            />
            <TextField
              name="maxRedemptions"
              type="number"
              min={1}
              label={t('codes.maxRedemptions')}
              hint={t('codes.maxRedemptionsHint')}
              required
              defaultValue={values['maxRedemptions'] ?? '1'}
              issues={issues}
            />
            <TextField
              name="creditDays"
              type="number"
              min={1}
              label={t('codes.creditDays')}
              hint={t('codes.creditDaysHint')}
              defaultValue={values['creditDays']}
              issues={issues}
            />
            <TextField
              name="lastDay"
              type="date"
              label={t('codes.lastDay')}
              defaultValue={values['lastDay']}
              issues={issues}
            />
            <TextField
              name="note"
              label={t('codes.note')}
              hint={t('codes.noteHint')}
              maxLength={300}
              defaultValue={values['note']}
              issues={issues}
            />
          </div>
          <SubmitButton intent="make">{t('codes.submit')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}

const TONES = { active: 'success', disabled: 'neutral', expired: 'warning', used_up: 'neutral' } as const;

function CodesTable() {
  const { t } = useTranslation('wallet');
  const { codes } = useLoaderData<typeof loader>();
  const columns: Column<RedeemCodeView>[] = [
    {
      key: 'code',
      header: t('codes.code'),
      render: (row) => <code>{t('codes.ending', { lastFour: row.lastFour })}</code>,
    },
    { key: 'note', header: t('codes.note'), render: (row) => row.note, priority: 'low' },
    {
      key: 'amount',
      header: t('admin.amount'),
      align: 'end',
      render: (row) => <Money nanos={row.amountNanos} />,
    },
    {
      key: 'redemptions',
      header: t('codes.redemptions'),
      align: 'end',
      render: (row) => (
        <Link to={`?page=${codes.page}&code=${row.id}`} className="text-link" aria-label={t('codes.show')}>
          {t('codes.redemptionsOf', { redemptions: row.redemptions, max: row.maxRedemptions })}
        </Link>
      ),
    },
    {
      key: 'expires',
      header: t('credits.expires'),
      render: (row) => (row.expiresAt ? <DateTime value={row.expiresAt} /> : t('credits.never')),
    },
    {
      key: 'state',
      header: t('codes.state'),
      render: (row) => <Badge tone={TONES[row.state]}>{t(`codes.stateOf.${row.state}`)}</Badge>,
    },
    {
      key: 'actions',
      header: t('codes.actions'),
      align: 'end',
      render: (row) =>
        row.status === 'active' && (
          <ConfirmDialog
            triggerLabel={t('codes.disable')}
            title={t('codes.disableTitle')}
            description={t('codes.disableText')}
            confirmLabel={t('codes.disable')}
            fields={{ intent: 'disable', redeemCodeId: row.id }}
            triggerVariant="ghost"
          />
        ),
    },
  ];
  return (
    <Card>
      <Table
        caption={t('codes.title')}
        rows={codes.items}
        rowKey={(row) => row.id}
        columns={columns}
        empty={
          <EmptyState icon={Ticket} title={t('codes.emptyTitle')}>
            {t('codes.empty')}
          </EmptyState>
        }
      />
    </Card>
  );
}

function Redemptions() {
  const { t } = useTranslation('wallet');
  const { shown } = useLoaderData<typeof loader>();
  if (!shown) return null;
  return (
    <Card>
      <CardHeader title={t('codes.redemptionsTitle', { lastFour: shown.lastFour })} />
      <CardBody className="px-0 pb-0 sm:px-0">
        <Table
          caption={t('codes.show')}
          rows={shown.redemptions}
          rowKey={(row) => row.creditId}
          columns={[
            {
              key: 'organization',
              header: t('admin.organization'),
              render: (row) => (
                <Link to={`/admin/credits/${row.organizationId}`} className="text-link wrap-anywhere">
                  {row.organizationName}
                </Link>
              ),
            },
            {
              key: 'at',
              header: t('codes.redeemedAt'),
              render: (row) => <DateTime value={row.redeemedAt} />,
            },
            {
              key: 'remaining',
              header: t('credits.remaining'),
              align: 'end',
              render: (row) => <Money nanos={row.remainingNanos} />,
            },
          ]}
          empty={<p className="text-muted px-5 pb-5 text-sm sm:px-6">{t('codes.noRedemptions')}</p>}
        />
      </CardBody>
    </Card>
  );
}

export default function AdminCreditCodes() {
  const { t } = useTranslation('wallet');
  const { codes } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const issued = result && 'issued' in result ? result.issued : null;
  const failure = result && 'issues' in result ? result : null;
  return (
    <>
      <PageHeader
        title={t('codes.title')}
        description={t('codes.description')}
        breadcrumbs={[{ to: '/admin/credits', label: t('admin.title') }]}
        actions={
          issued && (
            <ButtonLink to="/admin/credits/codes" variant="secondary">
              {t('codes.make')}
            </ButtonLink>
          )
        }
      />
      {issued ? <Issued codes={issued} /> : <MakeCodes key={codes.items[0]?.id ?? ''} failure={failure} />}
      <Redemptions />
      <CodesTable />
      <Pagination page={codes.page} pageCount={codes.pageCount} href={(page) => `?page=${page}`} />
    </>
  );
}
