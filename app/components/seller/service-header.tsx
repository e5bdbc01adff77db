import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OwnService } from '../../domain/services/index.ts';
import { Alert } from '../ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../ui/button.tsx';
import { PageHeader } from '../ui/page.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { TabLinks } from '../ui/tabs.tsx';

export interface ServiceHeaderProps {
  service: Pick<OwnService, 'id' | 'slug' | 'name' | 'kind' | 'status'>;
  /** Whether there is something to subscribe to. */
  hasPlans: boolean;
  page: '' | 'connection' | 'routing' | 'limits' | 'plans' | 'paths';
}

/** Title of a service's pages: its status, the next step, and the way between them. */
export function ServiceHeader({ service, hasPlans, page }: ServiceHeaderProps) {
  const { t } = useTranslation('seller');
  const base = `/seller/services/${service.id}`;
  const { status } = service;
  return (
    <>
      <PageHeader
        breadcrumbs={[{ to: '/seller/services', label: t('services.title') }]}
        title={service.name}
        description={
          <span className="flex flex-wrap items-center gap-3">
            <StatusBadge noun="service" status={status} />
            <code className="text-sm break-all">
              {service.kind === 'llm' ? '/llm/' : '/proxy/v1/'}
              {service.slug}
            </code>
          </span>
        }
        actions={
          <>
            {status !== 'archived' && (
              <ButtonLink to={`/services/${service.slug}`} variant="secondary">
                {status === 'published' ? t('service.view') : t('service.preview')}
              </ButtonLink>
            )}
            <Form method="post" action={base}>
              <input type="hidden" name="from" value={page} />
              {(status === 'draft' || status === 'paused') && hasPlans && (
                <SubmitButton intent="publish">
                  {status === 'paused' ? t('service.resume') : t('service.publish')}
                </SubmitButton>
              )}
              {status === 'published' && (
                <SubmitButton intent="pause" variant="secondary">
                  {t('service.pause')}
                </SubmitButton>
              )}
              {status === 'in_review' && (
                <SubmitButton intent="pause" variant="secondary">
                  {t('service.withdraw')}
                </SubmitButton>
              )}
            </Form>
          </>
        }
      />
      <TabLinks
        label={t('service.tabs')}
        items={[
          { to: base, label: t('service.overview'), end: true },
          { to: `${base}/connection`, label: t('service.connection') },
          { to: `${base}/routing`, label: t('service.routing') },
          { to: `${base}/limits`, label: t('service.limits') },
          { to: `${base}/plans`, label: t('service.plans') },
          { to: `${base}/paths`, label: t('service.paths') },
        ]}
      />
      {status === 'draft' && !hasPlans && page === '' && (
        <Alert tone="info" title={t('service.needsPlan')} className="mb-6">
          <ButtonLink to={`${base}/plans`} variant="secondary" size="sm">
            {t('plans.addFirst')}
          </ButtonLink>
        </Alert>
      )}
      {status === 'suspended' && (
        <Alert tone="danger" title={t('service.suspended')} className="mb-6">
          {t('service.suspendedText')}
        </Alert>
      )}
      {status === 'in_review' && (
        <Alert tone="info" title={t('service.inReview')} className="mb-6">
          {t('service.inReviewText')}
        </Alert>
      )}
      {status === 'archived' && (
        <Alert tone="warning" title={t('service.archived')} className="mb-6">
          {t('service.archivedText')}
        </Alert>
      )}
    </>
  );
}
