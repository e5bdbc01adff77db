import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../ui/badge.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardFooter, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DateTime } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';

interface SessionRow {
  id: string;
  browser: string | null;
  system: string | null;
  ipAddress: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  isCurrent: boolean;
}

/** Every browser the user is logged in with; each can be logged out from here. */
export function SessionList({ sessions }: { sessions: SessionRow[] }) {
  const { t } = useTranslation('account');
  const others = sessions.filter((session) => !session.isCurrent).length;
  const nameOf = ({ browser, system }: SessionRow) =>
    browser && system
      ? t('security.deviceOn', { browser, system })
      : (browser ?? system ?? t('security.unknownDevice'));
  return (
    <Card>
      <CardHeader title={t('security.sessionsTitle')} description={t('security.sessionsDescription')} />
      <div className="pt-3">
        <Table
          caption={t('security.sessions')}
          rows={sessions}
          rowKey={(session) => session.id}
          columns={[
            {
              key: 'device',
              header: t('security.device'),
              render: (session) => (
                <span className="flex flex-wrap items-center gap-2 max-sm:justify-end">
                  <span className="font-medium">{nameOf(session)}</span>
                  {session.isCurrent && <Badge tone="info">{t('security.thisDevice')}</Badge>}
                </span>
              ),
            },
            { key: 'address', header: t('security.address'), render: (session) => session.ipAddress ?? '–' },
            {
              key: 'lastSeen',
              header: t('security.lastSeen'),
              render: (session) => <DateTime value={session.lastSeenAt} />,
            },
            {
              key: 'since',
              header: t('security.since'),
              priority: 'low',
              render: (session) => <DateTime value={session.createdAt} />,
            },
            {
              key: 'actions',
              header: t('security.actions'),
              align: 'end',
              render: (session) =>
                session.isCurrent ? (
                  '–'
                ) : (
                  <Form method="post">
                    <input type="hidden" name="sessionId" value={session.id} />
                    <SubmitButton
                      intent="revoke"
                      variant="secondary"
                      size="sm"
                      aria-label={t('security.revokeDevice', { device: nameOf(session) })}
                    >
                      {t('security.revoke')}
                    </SubmitButton>
                  </Form>
                ),
            },
          ]}
        />
      </div>
      {others > 0 && (
        <CardFooter>
          <ConfirmDialog
            triggerLabel={t('security.revokeOthers')}
            title={t('security.revokeOthers')}
            description={t('security.revokeOthersText', { count: others })}
            confirmLabel={t('security.revokeOthers')}
            fields={{ intent: 'revoke-others' }}
          />
        </CardFooter>
      )}
    </Card>
  );
}
