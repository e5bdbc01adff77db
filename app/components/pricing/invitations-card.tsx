import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { InvitationView } from '../../domain/plans/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { Badge } from '../ui/badge.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { TextField } from '../ui/field.tsx';
import { DateTime } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';

export interface InvitationsCardProps {
  invitations: readonly (InvitationView & { acceptedBy: string | null })[];
  canInvite: boolean;
  issues: FieldIssue[] | undefined;
  email: string | undefined;
}

/** Who may subscribe to a private plan: invite, send again, revoke. */
export function InvitationsCard({ invitations, canInvite, issues, email }: InvitationsCardProps) {
  const { t } = useTranslation('pricing');
  return (
    <Card className="mt-6">
      <CardHeader title={t('invitations.title')} description={t('invitations.description')} />
      {canInvite && (
        <CardBody>
          <Form method="post" className="flex flex-wrap items-end gap-3" key={invitations.length}>
            <TextField
              name="email"
              type="email"
              label={t('invitations.email')}
              required
              maxLength={254}
              autoComplete="off"
              className="min-w-0 flex-1 basis-64"
              defaultValue={email}
              issues={issues}
            />
            <SubmitButton intent="invite">{t('invitations.invite')}</SubmitButton>
          </Form>
        </CardBody>
      )}
      <Table
        caption={t('invitations.title')}
        rows={invitations}
        rowKey={({ id }) => id}
        empty={<p className="text-muted px-5 pb-5 text-sm sm:px-6">{t('invitations.none')}</p>}
        columns={[
          { key: 'email', header: t('invitations.email') },
          {
            key: 'status',
            header: t('invitations.status'),
            render: ({ status, acceptedBy }) => (
              <span className="flex flex-wrap items-center gap-2">
                <Badge tone={status === 'accepted' ? 'success' : status === 'open' ? 'info' : 'neutral'}>
                  {t(`invitationStatus.${status}`)}
                </Badge>
                {acceptedBy}
              </span>
            ),
          },
          {
            key: 'expires',
            header: t('invitations.expires'),
            render: ({ status, expiresAt }) => (status === 'open' ? <DateTime value={expiresAt} /> : null),
          },
          {
            key: 'actions',
            header: <span className="sr-only">{t('invitations.actions')}</span>,
            align: 'end',
            render: ({ id, status }) =>
              status === 'revoked' ? null : (
                <Form method="post" className="flex flex-wrap justify-end gap-2">
                  <input type="hidden" name="invitationId" value={id} />
                  {status === 'open' && (
                    <SubmitButton intent="resend" variant="secondary" size="sm">
                      {t('invitations.resend')}
                    </SubmitButton>
                  )}
                  <SubmitButton intent="revoke" variant="ghost" size="sm">
                    {t('invitations.revoke')}
                  </SubmitButton>
                </Form>
              ),
          },
        ]}
      />
    </Card>
  );
}
