import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { Alert, FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../../components/ui/card.tsx';
import { RadioCards, TextAreaField, TextField } from '../../components/ui/field.tsx';
import { configureRouting } from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readRouting, routingFormField } from '../../http/upstream-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';
import { ROUTING_STRATEGIES } from '../../lib/service-options.ts';

export const handle = { i18n: ['seller'] };

const FIELDS = [
  ...['strategy', 'fallbacks', 'modelAliases', 'systemPrompt', 'defaultParameters', 'maxOutputTokens'],
];
/** The same in every language. */
const SAMPLES = {
  fallbacks: 'small-model\nother-api/large-model',
  aliases: 'fast = small-model',
  parameters: '{ "temperature": 0.2 }',
};
const MONO = '[&_textarea]:font-mono [&_textarea]:text-sm';

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { service, hasPlans } = await loadOwnService(args);
    const t = await getTranslation(args, 'seller');
    return { title: `${t('service.routing')} · ${service.name}`, service, hasPlans };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, () =>
    withWireFields(routingFormField, async () => {
      const { ctx, service } = await loadOwnService(args);
      await configureRouting(ctx, readRouting(await args.request.formData(), service));
      return redirectWithFlash(`/seller/services/${service.id}/routing`, {
        messageKey: 'seller:flash.saved',
        tone: 'success',
      });
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function ServiceRouting() {
  const { t } = useTranslation('seller');
  const { service, hasPlans } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { issues, error, values } = failure ?? {};
  const parameters = service.defaultParameters;
  return (
    <>
      <ServiceHeader service={service} hasPlans={hasPlans} page="routing" />
      <Form key={service.updatedAt.getTime()} method="post" preventScrollReset className="grid gap-6">
        <FormAlert error={error} />
        <FormErrors issues={issues} fields={FIELDS} />
        <Card>
          <CardHeader title={t('routing.title')} description={t('routing.hint')} />
          <CardBody className="grid gap-4">
            <RadioCards
              name="strategy"
              legend={t('routing.strategy')}
              className="sm:[&>div]:grid-cols-1"
              defaultValue={values?.['strategy'] ?? service.routingStrategy}
              issues={issues}
              options={ROUTING_STRATEGIES.filter(
                (strategy) => service.kind === 'llm' || strategy !== 'least_cost',
              ).map((strategy) => ({
                value: strategy,
                label: t(`strategy.${strategy}`),
                description: t(`strategyHint.${strategy}`),
              }))}
            />
            {service.upstreamCount === 1 && (
              <Alert tone="info" title={t('routing.oneUpstream')}>
                <Link className="text-link underline" to={`/seller/services/${service.id}/upstreams/new`}>
                  {t('upstream.add')}
                </Link>
              </Alert>
            )}
            {service.kind === 'llm' && (
              <TextAreaField
                name="fallbacks"
                label={t('routing.fallbacks')}
                hint={t('routing.fallbacksHint')}
                placeholder={SAMPLES.fallbacks}
                rows={3}
                spellCheck={false}
                className={MONO}
                defaultValue={values?.['fallbacks'] ?? service.fallbacks.join('\n')}
                issues={issues}
              />
            )}
          </CardBody>
          {service.kind !== 'llm' && (
            <CardFooter>
              <SubmitButton pendingLabel={t('service.saving')}>{t('service.save')}</SubmitButton>
            </CardFooter>
          )}
        </Card>
        {service.kind === 'llm' && (
          <Card>
            <CardHeader title={t('routing.compose')} description={t('routing.composeHint')} />
            <CardBody className="grid gap-5">
              <TextAreaField
                name="modelAliases"
                label={t('routing.aliases')}
                hint={t('routing.aliasesHint')}
                placeholder={SAMPLES.aliases}
                rows={3}
                spellCheck={false}
                className={MONO}
                defaultValue={
                  values?.['modelAliases'] ??
                  Object.entries(service.modelAliases)
                    .map(([alias, model]) => `${alias} = ${model}`)
                    .join('\n')
                }
                issues={issues}
              />
              <TextAreaField
                name="systemPrompt"
                label={t('routing.systemPrompt')}
                hint={t('routing.systemPromptHint')}
                rows={5}
                maxLength={20_000}
                defaultValue={values?.['systemPrompt'] ?? service.systemPrompt}
                issues={issues}
              />
              <TextAreaField
                name="defaultParameters"
                label={t('routing.parameters')}
                hint={t('routing.parametersHint')}
                placeholder={SAMPLES.parameters}
                rows={3}
                spellCheck={false}
                className={MONO}
                defaultValue={
                  values?.['defaultParameters'] ??
                  (Object.keys(parameters).length === 0 ? '' : JSON.stringify(parameters, null, 2))
                }
                issues={issues}
              />
              <TextField
                name="maxOutputTokens"
                label={t('routing.maxOutputTokens')}
                hint={t('routing.maxOutputTokensHint')}
                inputMode="numeric"
                className="sm:max-w-sm"
                defaultValue={values?.['maxOutputTokens'] ?? service.maxOutputTokens ?? ''}
                issues={issues}
              />
            </CardBody>
            <CardFooter>
              <SubmitButton pendingLabel={t('service.saving')}>{t('service.save')}</SubmitButton>
            </CardFooter>
          </Card>
        )}
      </Form>
    </>
  );
}
