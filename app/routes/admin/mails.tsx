import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Mail as MailIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { DateTime } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table } from '../../components/ui/table.tsx';
import { listMails } from '../../domain/mails/index.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['admin'] };

const PAGE_SIZE = 50;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'admin');
  return pageLoader(args, async () => {
    const before = new URL(args.request.url).searchParams.get('before')?.slice(0, 64) || undefined;
    const found = await listMails(ctx, { limit: PAGE_SIZE + 1, before });
    const mails = found.slice(0, PAGE_SIZE);
    return {
      title: t('mails.title'),
      mails,
      nextBefore: found.length > PAGE_SIZE ? (mails.at(-1)?.id ?? null) : null,
      isOutbox: ctx.mailer.kind === 'outbox',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminMails() {
  const { t } = useTranslation('admin');
  const { mails, nextBefore, isOutbox } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('mails.title')} description={t('mails.description')} />
      {isOutbox && (
        <Alert tone="info" title={t('mails.outboxTitle')}>
          {t('mails.outbox')}
        </Alert>
      )}
      <Table
        caption={t('mails.title')}
        rows={mails}
        rowKey={(mail) => mail.id}
        columns={[
          {
            key: 'subject',
            header: t('mails.subject'),
            render: (mail) => (
              <details>
                <summary className="cursor-pointer font-medium">{mail.subject}</summary>
                <pre lang={mail.locale} className="mt-2 font-sans text-sm whitespace-pre-wrap">
                  {mail.textBody}
                </pre>
              </details>
            ),
          },
          { key: 'toAddress', header: t('mails.to') },
          {
            key: 'status',
            header: t('mails.status'),
            render: (mail) => <StatusBadge noun="mail" status={mail.sentAt ? 'sent' : 'queued'} />,
          },
          {
            key: 'createdAt',
            header: t('mails.createdAt'),
            render: (mail) => <DateTime value={mail.createdAt} />,
          },
        ]}
        empty={
          <EmptyState icon={MailIcon} title={t('mails.emptyTitle')}>
            {t('mails.empty')}
          </EmptyState>
        }
      />
      {nextBefore && (
        <ButtonLink to={`/admin/mails?before=${nextBefore}`} variant="secondary">
          {t('mails.older')}
        </ButtonLink>
      )}
    </>
  );
}
