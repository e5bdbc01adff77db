import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { AdminServicesPage } from '../../domain/services/index.ts';
import { SubmitButton } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { TextField } from '../ui/field.tsx';

const SUSPENDABLE = ['draft', 'in_review', 'published', 'paused'];

/** What an administrator can do with a service in its state. */
export function ServiceActions({ service }: { service: AdminServicesPage['items'][number] }) {
  const { t } = useTranslation('seller');
  return (
    <div className="flex flex-wrap gap-2">
      {service.status === 'in_review' && (
        <Form method="post">
          <input type="hidden" name="serviceId" value={service.id} />
          <SubmitButton intent="approve" size="sm">
            {t('adminServices.approve')}
          </SubmitButton>
        </Form>
      )}
      {SUSPENDABLE.includes(service.status) && (
        <ConfirmDialog
          triggerLabel={t('adminServices.suspend')}
          title={t('adminServices.suspendTitle', { name: service.name })}
          description={t('adminServices.suspendText', { count: service.subscriberCount })}
          confirmLabel={t('adminServices.suspend')}
          fields={{ intent: 'suspend', serviceId: service.id }}
        >
          <TextField name="reason" label={t('adminServices.reason')} maxLength={500} />
        </ConfirmDialog>
      )}
      {service.status === 'suspended' && (
        <Form method="post">
          <input type="hidden" name="serviceId" value={service.id} />
          <SubmitButton intent="reinstate" size="sm" variant="secondary">
            {t('adminServices.reinstate')}
          </SubmitButton>
        </Form>
      )}
    </div>
  );
}
