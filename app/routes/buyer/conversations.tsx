import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { MessagesSquare } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { SelectField } from '../../components/ui/field.tsx';
import { DateTime, Num } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table, type Column } from '../../components/ui/table.tsx';
import { listConversations, type ConversationView } from '../../domain/conversations/index.ts';
import { getOrganization, updateOrganization } from '../../domain/organizations/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { conversationSample } from '../../lib/call-sample.ts';

export const handle = { i18n: ['buyer'] };

/** Retentions on offer, in days. */
const RETENTIONS = [1, 7, 30, 90, 365] as const;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const wanted = Number(new URL(args.request.url).searchParams.get('page') ?? '1');
    const page = Number.isInteger(wanted) && wanted >= 1 && wanted <= 10_000 ? wanted : 1;
    const [found, { conversationRetentionDays }] = await Promise.all([
      listConversations(ctx, { page }),
      getOrganization(ctx),
    ]);
    return {
      title: t('conversations.title'),
      ...found,
      retentionDays: conversationRetentionDays,
      mayChange: role === 'owner' || role === 'admin',
      sample: conversationSample(ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.discriminatedUnion('intent', [
  z.strictObject({ intent: z.literal('remember'), days: z.coerce.number().int() }),
  z.strictObject({ intent: z.literal('forget') }),
]);

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { value } = parsed;
    const isOn = value.intent === 'remember';
    await updateOrganization(ctx, { conversationRetentionDays: isOn ? value.days : null });
    return redirectWithFlash('/buyer/conversations', {
      messageKey: isOn ? 'buyer:flash.memorySaved' : 'buyer:flash.memoryOff',
      tone: 'success',
    });
  });
}

export default function Conversations() {
  const { t } = useTranslation('buyer');
  const { items, page, pageCount, retentionDays } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const columns: Column<ConversationView>[] = [
    {
      key: 'name',
      header: t('conversations.name'),
      render: (one) => (
        <>
          <Link to={`/buyer/conversations/${one.id}`} className="text-link line-clamp-2 min-w-32 font-medium">
            {one.title || t('conversations.untitled')}
          </Link>
          <code className="text-muted block text-xs">{one.externalId}</code>
        </>
      ),
    },
    { key: 'model', header: t('conversations.model'), render: (one) => one.model ?? t('usage.none') },
    {
      key: 'messages',
      header: t('conversations.messages'),
      align: 'end',
      render: (one) => <Num value={one.messageCount} />,
    },
    {
      key: 'updated',
      header: t('conversations.updated'),
      render: (one) => <DateTime value={one.updatedAt} />,
    },
    {
      key: 'expires',
      header: t('conversations.expires'),
      priority: 'low',
      render: (one) => <DateTime value={one.expiresAt} timeStyle={null} />,
    },
  ];
  return (
    <>
      <PageHeader title={t('conversations.title')} description={t('conversations.description')} />
      <FormAlert error={result?.error} />
      <Memory />
      <Card>
        <Table
          caption={t('conversations.caption')}
          columns={columns}
          rows={items}
          rowKey={(one) => one.id}
          empty={
            <EmptyState icon={MessagesSquare} title={t('conversations.empty')}>
              {t(retentionDays === null ? 'conversations.emptyOff' : 'conversations.emptyOn')}
            </EmptyState>
          }
        />
      </Card>
      <Pagination page={page} pageCount={pageCount} href={(number) => `?page=${number}`} />
    </>
  );
}

function Memory() {
  const { t } = useTranslation('buyer');
  const { retentionDays, mayChange, total, sample } = useLoaderData<typeof loader>();
  const days = [...new Set([...RETENTIONS, ...(retentionDays === null ? [] : [retentionDays])])];
  return (
    <Card>
      <CardHeader title={t('conversations.setting')} description={t('conversations.settingText')} />
      <CardBody className="grid gap-5">
        {mayChange ? (
          <div className="flex flex-wrap items-end gap-3">
            <Form method="post" className="flex flex-wrap items-end gap-3">
              <SelectField
                name="days"
                label={t('conversations.retention')}
                defaultValue={`${retentionDays ?? 30}`}
                options={days
                  .sort((a, b) => a - b)
                  .map((count) => ({ value: `${count}`, label: t('conversations.days', { count }) }))}
                className="w-72 max-w-full"
              />
              <SubmitButton intent="remember" variant={retentionDays === null ? 'primary' : 'secondary'}>
                {t(retentionDays === null ? 'conversations.turnOn' : 'conversations.save')}
              </SubmitButton>
            </Form>
            {retentionDays !== null && (
              <ConfirmDialog
                triggerLabel={t('conversations.turnOff')}
                triggerSize="md"
                triggerVariant="ghost"
                title={t('conversations.turnOffTitle')}
                description={t('conversations.turnOffText', { count: total })}
                confirmLabel={t('conversations.turnOff')}
                fields={{ intent: 'forget' }}
              />
            )}
          </div>
        ) : (
          <Alert tone="info">{t('conversations.noRole')}</Alert>
        )}
        <details className="min-w-0">
          <summary className="text-link inline-flex min-h-11 items-center text-sm font-medium sm:min-h-8">
            {t('conversations.sample')}
          </summary>
          <CodeBlock code={sample} className="mt-2" />
        </details>
      </CardBody>
    </Card>
  );
}
