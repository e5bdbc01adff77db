import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { MessageParts } from '../../components/buyer/message-parts.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { buttonStyles } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { cn } from '../../components/ui/cn.ts';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { DateTime } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { deleteConversation, getConversation } from '../../domain/conversations/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  return pageLoader(args, async () => ({
    conversation: await getConversation(ctx, { conversation: args.params['id'] ?? '' }),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.conversation.title ?? ''} · Tollgate` },
];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    await deleteConversation(ctx, { conversation: args.params['id'] ?? '' });
    return redirectWithFlash('/buyer/conversations', {
      messageKey: 'buyer:flash.conversationDeleted',
      tone: 'success',
    });
  });
}

export default function Conversation() {
  const { t } = useTranslation('buyer');
  const { conversation } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  return (
    <>
      <PageHeader
        title={conversation.title || t('conversations.untitled')}
        breadcrumbs={[{ to: '/buyer/conversations', label: t('conversations.title') }]}
        description={
          <span className="text-sm">
            <code>{conversation.externalId}</code>
            {conversation.model && ` · ${conversation.model}`} · {t('conversations.expires')}{' '}
            <DateTime value={conversation.expiresAt} />
          </span>
        }
        actions={
          <>
            <a
              href={`/buyer/conversations/${conversation.id}/export`}
              className={buttonStyles({ variant: 'secondary', size: 'sm' })}
            >
              {t('conversations.export')}
            </a>
            <ConfirmDialog
              triggerLabel={t('conversations.delete')}
              title={t('conversations.deleteTitle')}
              description={t('conversations.deleteText', { count: conversation.messageCount })}
              confirmLabel={t('conversations.delete')}
            />
          </>
        }
      />
      <FormAlert error={result?.error} />
      {conversation.forkedFromId && <Alert tone="info">{t('conversations.forked')}</Alert>}
      <Messages />
    </>
  );
}

function Messages() {
  const { t } = useTranslation('buyer');
  const { conversation } = useLoaderData<typeof loader>();
  return (
    <ol className="grid gap-4">
      {conversation.messages.map(({ position, role, parts, requestId, createdAt }) => (
        <li key={position} className={cn('min-w-0', role === 'user' ? 'sm:ps-16' : 'sm:pe-16')}>
          <Card>
            <CardBody className="grid gap-3">
              <p className="text-muted flex flex-wrap items-baseline justify-between gap-x-4 text-xs">
                <span className="text-ink text-sm font-semibold">{t(`conversations.role.${role}`)}</span>
                <span>
                  <DateTime value={createdAt} />
                  {requestId && (
                    <Link to={`/buyer/requests/${requestId}`} className="text-link ms-3">
                      {t('conversations.call')}
                    </Link>
                  )}
                </span>
              </p>
              <MessageParts parts={parts} />
            </CardBody>
          </Card>
        </li>
      ))}
    </ol>
  );
}
