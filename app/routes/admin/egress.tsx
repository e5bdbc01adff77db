import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Network } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EgressPoolCard } from '../../components/seller/egress-pool-card.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import {
  addEgressProxies,
  checkEgressProxy,
  createEgressPool,
  deleteEgressPool,
  deleteEgressProxy,
  listEgressPools,
  renameEgressPool,
  updateEgressProxy,
  type AddEgressProxiesInput,
} from '../../domain/egress/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formObject, formValues } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireAdmin(args);
    const t = await getTranslation(args, 'seller');
    return { title: t('egress.title'), pools: await listEgressPools(ctx) };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const form = await args.request.formData();
    const { intent: _intent, ...fields } = formObject(form);
    const poolId = String(form.get('poolId'));
    const proxyId = String(form.get('proxyId'));
    const done = (messageKey: string) =>
      redirectWithFlash('/admin/egress', { messageKey: `seller:flash.${messageKey}`, tone: 'success' });
    switch (form.get('intent')) {
      case 'add-proxies': {
        const batch = await addEgressProxies(ctx, { urls: '', ...fields, poolId } as AddEgressProxiesInput);
        if (batch.skipped.length === 0) return done('proxiesAdded');
        return data({ batch, values: formValues(form), issues: [], error: null });
      }
      case 'rename':
        await renameEgressPool(ctx, { poolId, name: String(form.get('name') ?? '') });
        return done('saved');
      case 'enable':
        await updateEgressProxy(ctx, { proxyId, status: 'active' });
        return done('saved');
      case 'disable':
        await updateEgressProxy(ctx, { proxyId, status: 'disabled' });
        return done('saved');
      case 'check': {
        const check = await checkEgressProxy(ctx, { proxyId });
        return redirectWithFlash(
          '/admin/egress',
          check.works
            ? {
                messageKey: 'seller:egress.works',
                tone: 'success',
                params: { ms: check.latencyMs, url: check.url },
              }
            : {
                messageKey: `seller:egress.failed.${check.reason}`,
                tone: 'danger',
                params: { url: check.url },
              },
        );
      }
      case 'delete-proxy':
        await deleteEgressProxy(ctx, { proxyId });
        return done('proxyDeleted');
      case 'delete-pool':
        await deleteEgressPool(ctx, { poolId });
        return done('egressPoolDeleted');
      default:
        await createEgressPool(ctx, { name: String(form.get('name') ?? '') });
        return done('egressPoolAdded');
    }
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function AdminEgress() {
  const { t } = useTranslation('seller');
  const { pools } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const failedPool = result?.values['poolId'];
  return (
    <>
      <PageHeader title={t('egress.title')} description={t('egress.description')} />
      <FormAlert error={result?.error} />
      <FormErrors issues={result?.issues} fields={['name', 'urls', 'weight', 'region']} />
      {pools.length === 0 && (
        <Card>
          <EmptyState icon={Network} title={t('egress.noPools')}>
            {t('egress.noPoolsText')}
          </EmptyState>
        </Card>
      )}
      {pools.map((pool) => (
        <EgressPoolCard
          key={pool.id + pool.proxies.length + pool.updatedAt.getTime()}
          pool={pool}
          values={failedPool === pool.id ? (result?.values ?? {}) : {}}
          issues={failedPool === pool.id ? result?.issues : undefined}
          result={failedPool === pool.id && result && 'batch' in result ? result.batch : null}
        />
      ))}
      <Card key={pools.length}>
        <CardHeader title={t('egress.add')} description={t('egress.addHint')} />
        <CardBody>
          <Form method="post" className="grid items-end gap-4 sm:grid-cols-[1fr_auto]">
            <TextField
              name="name"
              label={t('egress.name')}
              required
              maxLength={60}
              defaultValue={failedPool ? undefined : result?.values['name']}
              issues={failedPool ? undefined : result?.issues}
            />
            <SubmitButton intent="add">{t('egress.add')}</SubmitButton>
          </Form>
        </CardBody>
      </Card>
    </>
  );
}
