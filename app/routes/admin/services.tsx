import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PageLinks } from '../../components/seller/page-links.tsx';
import { ServiceActions } from '../../components/seller/service-actions.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { SelectField, TextField } from '../../components/ui/field.tsx';
import { DateTime, Num } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table } from '../../components/ui/table.tsx';
import {
  approveService,
  listAllServices,
  listAllServicesSchema,
  reinstateService,
  suspendService,
} from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { AppError } from '../../lib/app-error.ts';

export const handle = { i18n: ['seller'] };

const STATUSES = ['in_review', 'published', 'paused', 'suspended', 'draft', 'archived'] as const;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireAdmin(args);
    const t = await getTranslation(args, 'seller');
    const { searchParams } = new URL(args.request.url);
    // What the address says wrongly is left out: a filter is no form.
    const { shape } = listAllServicesSchema;
    const filter = {
      query: shape.query.safeParse(searchParams.get('q') || undefined).data,
      status: shape.status.safeParse(searchParams.get('status') || undefined).data,
      page: shape.page.safeParse(Number(searchParams.get('page') ?? 1)).data ?? 1,
    };
    return { title: t('adminServices.title'), filter, services: await listAllServices(ctx, filter) };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const form = await args.request.formData();
    const serviceId = String(form.get('serviceId'));
    const { search } = new URL(args.request.url);
    const done = (messageKey: string) =>
      redirectWithFlash(`/admin/services${search}`, { messageKey, tone: 'success' });
    switch (form.get('intent')) {
      case 'approve':
        await approveService(ctx, { serviceId });
        return done('seller:adminServices.approved');
      case 'suspend':
        await suspendService(ctx, { serviceId, reason: String(form.get('reason') ?? '') });
        return done('seller:adminServices.suspended');
      case 'reinstate':
        await reinstateService(ctx, { serviceId });
        return done('seller:adminServices.reinstated');
      default:
        throw new AppError('invalid_request', 'There is no such action.');
    }
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminServices() {
  const { t } = useTranslation('seller');
  const { services, filter } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const isFiltered = filter.query !== undefined || filter.status !== undefined;
  return (
    <>
      <PageHeader title={t('adminServices.title')} description={t('adminServices.description')} />
      <FormAlert error={failure?.error} />
      <Form method="get" className="grid items-end gap-4 sm:grid-cols-[1fr_14rem_auto]">
        <TextField
          name="q"
          type="search"
          label={t('adminServices.search')}
          maxLength={100}
          defaultValue={filter.query}
        />
        <SelectField
          name="status"
          label={t('services.status')}
          defaultValue={filter.status ?? ''}
          options={[
            { value: '', label: t('adminServices.anyStatus') },
            ...STATUSES.map((status) => ({ value: status, label: t(`common:status.service.${status}`) })),
          ]}
        />
        <SubmitButton variant="secondary">{t('adminServices.filter')}</SubmitButton>
      </Form>
      <div>
        <Card>
          <Table
            caption={t('adminServices.title')}
            rows={services.items}
            rowKey={(row) => row.id}
            columns={[
              {
                key: 'name',
                header: t('services.name'),
                render: (row) => (
                  <>
                    <Link className="text-link font-medium" to={`/services/${row.slug}`}>
                      {row.name}
                    </Link>
                    <span className="text-muted block text-xs">{row.slug}</span>
                  </>
                ),
              },
              { key: 'sellerName', header: t('adminServices.seller') },
              {
                key: 'status',
                header: t('services.status'),
                render: (row) => <StatusBadge noun="service" status={row.status} />,
              },
              {
                key: 'subscribers',
                header: t('services.subscribers'),
                align: 'end',
                priority: 'low',
                render: (row) => <Num value={row.subscriberCount} />,
              },
              {
                key: 'updatedAt',
                header: t('adminServices.changed'),
                priority: 'low',
                render: (row) => <DateTime value={row.updatedAt} />,
              },
              {
                key: 'actions',
                header: t('adminServices.actions'),
                render: (row) => <ServiceActions service={row} />,
              },
            ]}
            empty={
              <EmptyState
                title={isFiltered ? t('adminServices.noneFound') : t('adminServices.none')}
                action={
                  isFiltered && (
                    <ButtonLink to="/admin/services" variant="secondary">
                      {t('adminServices.clear')}
                    </ButtonLink>
                  )
                }
              />
            }
          />
        </Card>
        <PageLinks page={services.page} pageCount={services.pageCount} />
      </div>
    </>
  );
}
