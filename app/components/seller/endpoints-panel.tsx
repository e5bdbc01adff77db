import { Link, useSearchParams } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { EndpointView } from '../../domain/endpoints/index.ts';
import type { PublicError } from '../../http/error-response.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { FormAlert } from '../ui/alert.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { EndpointForm, type EndpointFormProps } from './endpoint-form.tsx';
import { StateBadge } from './health-badge.tsx';

export interface EndpointsPanelProps {
  endpoints: EndpointView[];
  services: EndpointFormProps['services'];
  /** Where custom paths are called: origin without a trailing slash. */
  origin: string;
  /** Administrators see whose they are. */
  showOwner?: boolean;
  failure: { issues: FieldIssue[]; values: Record<string, string>; error: PublicError | null } | undefined;
}

/** Custom paths, the form for a new one, and the one that the address chooses to be changed. */
export function EndpointsPanel({ endpoints, services, origin, showOwner, failure }: EndpointsPanelProps) {
  const { t } = useTranslation('seller');
  const [search] = useSearchParams();
  const failedId = failure?.values['endpointId'];
  const chosen = endpoints.find(({ id }) => id === (failedId ?? search.get('path'))) ?? null;
  return (
    <>
      <FormAlert error={failure?.error} />
      <Card>
        <Table
          caption={t('paths.title')}
          rows={endpoints}
          rowKey={(endpoint) => endpoint.id}
          columns={columns(t, origin, showOwner === true)}
          empty={
            <EmptyState
              title={t('paths.emptyTitle')}
              action={
                services.length === 0 && (
                  <ButtonLink to="/seller/services/new">{t('services.new')}</ButtonLink>
                )
              }
            >
              {t('paths.emptyText')}
            </EmptyState>
          }
        />
      </Card>
      {chosen && (
        <EndpointForm
          key={chosen.id + chosen.updatedAt.getTime()}
          endpoint={chosen}
          services={services}
          values={failedId ? (failure?.values ?? {}) : {}}
          issues={failedId ? failure?.issues : undefined}
        />
      )}
      {!chosen && services.length > 0 && (
        <EndpointForm
          key={endpoints.length}
          endpoint={null}
          services={services}
          values={failedId ? {} : (failure?.values ?? {})}
          issues={failedId ? undefined : failure?.issues}
        />
      )}
    </>
  );
}

function columns(
  t: ReturnType<typeof useTranslation<'seller'>>['t'],
  origin: string,
  showOwner: boolean,
): Column<EndpointView>[] {
  return [
    {
      key: 'path',
      header: t('paths.path'),
      render: ({ id, path }) => (
        <>
          <Link className="text-link font-medium break-all" to={`?path=${id}#path`} preventScrollReset>
            /{path}
          </Link>
          <span className="text-muted block text-xs break-all">{`POST ${origin}/${path}`}</span>
        </>
      ),
    },
    { key: 'service', header: t('paths.service'), render: ({ service }) => service.name },
    ...(showOwner ? [{ key: 'ownerName', header: t('paths.owner'), priority: 'low' as const }] : []),
    {
      key: 'defaultModel',
      header: t('paths.defaultModel'),
      priority: 'low',
      render: ({ defaultModel }) =>
        defaultModel ? (
          <code className="text-xs">{defaultModel}</code>
        ) : (
          <span className="text-muted">{t('paths.asAsked')}</span>
        ),
    },
    {
      key: 'streaming',
      header: t('paths.streaming'),
      priority: 'low',
      render: ({ streaming }) => t(`streaming.${streaming}`),
    },
    { key: 'status', header: t('services.status'), render: ({ status }) => <StateBadge state={status} /> },
  ];
}
