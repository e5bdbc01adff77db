import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ProxySecretCard } from '../../components/seller/proxy-secret-card.tsx';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../../components/ui/card.tsx';
import { CheckboxField, RadioCards, TextField } from '../../components/ui/field.tsx';
import { clearProxySecret, configureRouting, generateProxySecret } from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readLimitsAndCache } from '../../http/upstream-form.ts';
import { getTranslation } from '../../i18n/server.ts';
import { CACHE_MODES } from '../../lib/service-options.ts';

export const handle = { i18n: ['seller'] };

const CHECKBOXES = ['cachePublic', 'coalesce', 'websockets', 'passOtherPaths'] as const;
const FIELDS = ['maxConcurrency', 'cacheMode', 'cacheTtlSeconds', ...CHECKBOXES];

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { service, hasPlans } = await loadOwnService(args);
    const t = await getTranslation(args, 'seller');
    return { title: `${t('service.limits')} · ${service.name}`, service, hasPlans };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const { ctx, service } = await loadOwnService(args);
    const form = await args.request.formData();
    const { id: serviceId } = service;
    const done = (messageKey: string) =>
      redirectWithFlash(`/seller/services/${serviceId}/limits`, { messageKey, tone: 'success' });
    switch (form.get('intent')) {
      case 'generate-secret': {
        const issued = await generateProxySecret(ctx, { serviceId });
        // Shown on this answer alone, which nobody keeps.
        return data(
          { issued, values: {}, issues: [], error: null },
          { headers: { 'cache-control': 'no-store' } },
        );
      }
      case 'clear-secret':
        await clearProxySecret(ctx, { serviceId });
        return done('seller:flash.proxySecretCleared');
      default:
        await configureRouting(ctx, readLimitsAndCache(form, serviceId));
        return done('seller:flash.saved');
    }
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function ServiceLimits() {
  const { t } = useTranslation('seller');
  const { service, hasPlans } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const { issues, error } = result ?? {};
  const values: Partial<Record<string, string>> = result?.values ?? {};
  // Boxes that are off send nothing: only a form that came back says so.
  const wasSent = values['cacheMode'] !== undefined;
  const checked = (name: (typeof CHECKBOXES)[number]) => (wasSent ? values[name] === 'on' : service[name]);
  return (
    <>
      <ServiceHeader service={service} hasPlans={hasPlans} page="limits" />
      <Form key={service.updatedAt.getTime()} method="post" preventScrollReset className="group/cache">
        <Card>
          <CardHeader title={t('limits.title')} description={t('limits.hint')} />
          <CardBody className="grid gap-5">
            <FormAlert error={error} />
            <FormErrors issues={issues} fields={FIELDS} />
            <TextField
              name="maxConcurrency"
              label={t('limits.maxConcurrency')}
              hint={t('limits.maxConcurrencyHint')}
              inputMode="numeric"
              className="sm:max-w-sm"
              defaultValue={values['maxConcurrency'] ?? service.maxConcurrency ?? ''}
              issues={issues}
            />
            <CheckboxField
              name="websockets"
              label={t('limits.websockets')}
              hint={t('limits.websocketsHint')}
              defaultChecked={checked('websockets')}
              issues={issues}
            />
            {service.kind === 'llm' && (
              <CheckboxField
                name="passOtherPaths"
                label={t('limits.passOtherPaths')}
                hint={t('limits.passOtherPathsHint')}
                defaultChecked={checked('passOtherPaths')}
                issues={issues}
              />
            )}
            <RadioCards
              name="cacheMode"
              legend={t('limits.cache')}
              hint={t('limits.cacheHint')}
              defaultValue={values['cacheMode'] ?? service.cacheMode}
              issues={issues}
              options={CACHE_MODES.map((mode) => ({
                value: mode,
                label: t(`cacheMode.${mode}`),
                description: t(`cacheModeHint.${mode}`),
              }))}
            />
            <div className="grid gap-3 group-has-[input[name=cacheMode][value=off]:checked]/cache:hidden">
              <TextField
                name="cacheTtlSeconds"
                label={t('limits.cacheTtl')}
                hint={t('limits.cacheTtlHint')}
                inputMode="numeric"
                className="sm:max-w-sm"
                suffix={t('unit.seconds')}
                defaultValue={values['cacheTtlSeconds'] ?? service.cacheTtlSeconds}
                issues={issues}
              />
              <CheckboxField
                name="cachePublic"
                label={t('limits.cachePublic')}
                hint={t('limits.cachePublicHint')}
                defaultChecked={checked('cachePublic')}
                issues={issues}
              />
            </div>
            <CheckboxField
              name="coalesce"
              label={t('limits.coalesce')}
              hint={t('limits.coalesceHint')}
              defaultChecked={checked('coalesce')}
              issues={issues}
            />
          </CardBody>
          <CardFooter>
            <SubmitButton intent="save" pendingLabel={t('service.saving')}>
              {t('service.save')}
            </SubmitButton>
          </CardFooter>
        </Card>
      </Form>
      <ProxySecretCard
        isSet={service.hasProxySecret}
        issued={result && 'issued' in result ? result.issued : null}
      />
    </>
  );
}
