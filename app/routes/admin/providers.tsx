import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useActionData, useLoaderData, useSearchParams } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { StateBadge } from '../../components/seller/health-badge.tsx';
import { ProviderForm } from '../../components/seller/provider-form.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { DateTime } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import {
  createProvider,
  deleteProvider,
  listProviders,
  updateProvider,
} from '../../domain/providers/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { readNewProvider, readProviderChanges, routingFormField } from '../../http/upstream-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';
import { dialectName } from '../../lib/dialect-defaults.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireAdmin(args);
    const t = await getTranslation(args, 'seller');
    return { title: t('providers.title'), providers: await listProviders(ctx) };
  });
}

/** The domain puts the key where the dialect expects it; the form has one box for it. */
const formField = (field: string) => (field.startsWith('credential') ? 'apiKey' : routingFormField(field));

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, () =>
    withWireFields(formField, async () => {
      const form = await args.request.formData();
      const providerId = String(form.get('providerId'));
      const done = (messageKey: string) =>
        redirectWithFlash('/admin/providers', { messageKey: `seller:flash.${messageKey}`, tone: 'success' });
      switch (form.get('intent')) {
        case 'delete':
          await deleteProvider(ctx, { providerId });
          return done('providerDeleted');
        case 'save':
          await updateProvider(ctx, readProviderChanges(form));
          return done('saved');
        default:
          await createProvider(ctx, readNewProvider(form));
          return done('providerAdded');
      }
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminProviders() {
  const { t } = useTranslation('seller');
  const { providers } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const [search] = useSearchParams();
  const failedId = failure?.values['providerId'];
  const chosen = providers.find(({ id }) => id === (failedId ?? search.get('provider'))) ?? null;
  return (
    <>
      <PageHeader title={t('providers.title')} description={t('providers.description')} />
      <FormAlert error={failure?.error} />
      <Card>
        <Table
          caption={t('providers.title')}
          rows={providers}
          rowKey={(provider) => provider.id}
          empty={<EmptyState title={t('providers.emptyTitle')}>{t('providers.emptyText')}</EmptyState>}
          columns={[
            {
              key: 'name',
              header: t('service.name'),
              render: (provider) => (
                <>
                  <Link
                    className="text-link font-medium"
                    to={`?provider=${provider.id}#provider`}
                    preventScrollReset
                  >
                    {provider.name}
                  </Link>
                  <span className="text-muted block text-xs break-all">{provider.upstream.baseUrl}</span>
                </>
              ),
            },
            {
              key: 'dialect',
              header: t('connection.dialect'),
              priority: 'low',
              render: ({ upstream }) => dialectName(upstream.dialect),
            },
            {
              key: 'models',
              header: t('connection.models'),
              priority: 'low',
              render: ({ upstream: { models } }) =>
                models.length === 0 ? t('providers.anyModel') : models.slice(0, 3).join(', '),
            },
            {
              key: 'key',
              header: t('pool.setOn'),
              render: ({ credential: { secretSetAt } }) =>
                secretSetAt ? (
                  <DateTime value={secretSetAt} timeStyle={null} />
                ) : (
                  <span className="text-muted">{t('upstreams.noKeys')}</span>
                ),
            },
            {
              key: 'status',
              header: t('services.status'),
              render: ({ upstream }) => <StateBadge state={upstream.status} />,
            },
          ]}
        />
      </Card>
      <ProviderForm
        key={chosen ? chosen.id + chosen.updatedAt.getTime() : providers.length}
        provider={chosen}
        values={failure && (failedId !== undefined) === (chosen !== null) ? failure.values : {}}
        issues={failure?.issues}
      />
    </>
  );
}
