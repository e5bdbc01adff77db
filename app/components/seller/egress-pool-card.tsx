import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type {
  AddedProxies,
  EgressProxyHealth,
  OwnEgressPool,
  OwnEgressProxy,
} from '../../domain/egress/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { Alert } from '../ui/alert.tsx';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TextAreaField, TextField } from '../ui/field.tsx';
import { DateTime, Ms, Num } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';

const TONES = {
  working: 'success',
  unknown: 'neutral',
  out: 'danger',
  disabled: 'neutral',
} as const satisfies Record<EgressProxyHealth, BadgeTone>;
const SAMPLE = 'http://user:password@proxy.example.com:3128\nsocks5://198.51.100.7:1080';

export interface EgressPoolCardProps {
  pool: OwnEgressPool;
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
  /** Of the batch that was just added, when lines were left out. */
  result: AddedProxies | null;
}

/** One pool of outbound proxies: its nodes, how they are, and more of them. */
export function EgressPoolCard({ pool, values, issues, result }: EgressPoolCardProps) {
  const { t } = useTranslation('seller');
  return (
    <Card>
      <CardHeader
        title={pool.name}
        description={t('egress.nodeCount', { count: pool.proxies.length })}
        actions={
          <>
            <ConfirmDialog
              triggerLabel={t('egress.rename')}
              title={t('egress.rename')}
              description={t('egress.addHint')}
              confirmLabel={t('service.save')}
              tone="primary"
              fields={{ intent: 'rename', poolId: pool.id }}
            >
              <TextField
                name="name"
                label={t('egress.name')}
                required
                maxLength={60}
                defaultValue={pool.name}
              />
            </ConfirmDialog>
            <ConfirmDialog
              triggerLabel={t('egress.deletePool')}
              title={t('egress.deletePoolTitle', { name: pool.name })}
              description={t('egress.deletePoolText')}
              confirmLabel={t('egress.deletePool')}
              fields={{ intent: 'delete-pool', poolId: pool.id }}
            />
          </>
        }
      />
      <div className="mt-4">
        <ProxiesTable proxies={pool.proxies} name={pool.name} />
      </div>
      <Form method="post" preventScrollReset className="border-line border-t">
        <input type="hidden" name="poolId" value={pool.id} />
        <CardBody className="grid gap-4">
          {result && (
            <Alert
              tone={result.added.length > 0 ? 'info' : 'warning'}
              title={t('pool.added', { count: result.added.length })}
            >
              <ul>
                {result.skipped.map(({ line, reason }) => (
                  <li key={line}>{t(`egress.skipped.${reason}`, { line })}</li>
                ))}
              </ul>
            </Alert>
          )}
          <TextAreaField
            name="urls"
            label={t('egress.urls')}
            hint={t('egress.urlsHint')}
            placeholder={SAMPLE}
            rows={3}
            required
            spellCheck={false}
            autoCapitalize="none"
            className="[&_textarea]:font-mono [&_textarea]:text-sm"
            issues={issues}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              name="weight"
              label={t('upstream.weight')}
              inputMode="numeric"
              defaultValue={values['weight'] ?? '1'}
              issues={issues}
            />
            <TextField
              name="region"
              label={t('upstream.region')}
              maxLength={40}
              defaultValue={values['region']}
              issues={issues}
            />
          </div>
        </CardBody>
        <CardFooter>
          <SubmitButton intent="add-proxies" variant="secondary">
            {t('egress.addProxies')}
          </SubmitButton>
        </CardFooter>
      </Form>
    </Card>
  );
}

function ProxiesTable({ proxies, name }: { proxies: OwnEgressProxy[]; name: string }) {
  const { t } = useTranslation('seller');
  return (
    <Table
      caption={t('egress.nodesOf', { name })}
      rows={proxies}
      rowKey={(proxy) => proxy.id}
      empty={<EmptyState title={t('egress.emptyTitle')}>{t('egress.emptyText')}</EmptyState>}
      columns={[
        {
          key: 'address',
          header: t('egress.address'),
          render: ({ protocol, host, port, region }) => (
            <>
              <code className="text-sm break-all">{`${protocol}://${host}:${port}`}</code>
              {region && <span className="text-muted block text-xs">{region}</span>}
            </>
          ),
        },
        {
          key: 'health',
          header: t('pool.health'),
          render: ({ health, retryAt }) => (
            <>
              <Badge tone={TONES[health]}>
                <span aria-hidden className="size-1.5 shrink-0 rounded-full bg-current" />
                {t(`egress.health.${health}`)}
              </Badge>
              {health === 'out' && retryAt && (
                <span className="text-muted block text-xs">
                  {t('egress.retryAt')} <DateTime value={retryAt} timeStyle="medium" />
                </span>
              )}
            </>
          ),
        },
        {
          key: 'latencyMs',
          header: t('egress.latency'),
          align: 'end',
          priority: 'low',
          render: ({ latencyMs }) => latencyMs !== null && <Ms value={latencyMs} />,
        },
        {
          key: 'weight',
          header: t('upstream.weight'),
          align: 'end',
          priority: 'low',
          render: ({ weight }) => <Num value={weight} />,
        },
        {
          key: 'actions',
          header: t('adminServices.actions'),
          render: ({ id, status, host }) => (
            <Form
              method="post"
              preventScrollReset
              className="flex flex-wrap justify-end gap-2 sm:justify-start"
            >
              <input type="hidden" name="proxyId" value={id} />
              <SubmitButton
                intent="check"
                variant="secondary"
                size="sm"
                aria-label={`${t('egress.check')} ${host}`}
              >
                {t('egress.check')}
              </SubmitButton>
              <SubmitButton
                intent={status === 'active' ? 'disable' : 'enable'}
                variant="secondary"
                size="sm"
                aria-label={`${status === 'active' ? t('pool.disable') : t('pool.enable')} ${host}`}
              >
                {status === 'active' ? t('pool.disable') : t('pool.enable')}
              </SubmitButton>
              <SubmitButton
                intent="delete-proxy"
                variant="ghost"
                size="sm"
                aria-label={`${t('pool.delete')} ${host}`}
              >
                {t('pool.delete')}
              </SubmitButton>
            </Form>
          ),
        },
      ]}
    />
  );
}
