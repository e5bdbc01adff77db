import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useLoaderData } from '@remix-run/react';
import { SquareTerminal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { HttpPlayground } from '../../components/playground/http-playground.tsx';
import { LlmPlayground } from '../../components/playground/llm-playground.tsx';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { SelectField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getPublishedService } from '../../domain/services/index.ts';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const search = new URL(args.request.url).searchParams;
    const wanted = search.get('service');
    const active = (await listSubscriptions(ctx)).filter(({ status }) => status === 'active');
    const chosen = wanted ? active.find(({ service }) => service.slug === wanted) : active[0];
    const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
    return {
      title: t('playground.title'),
      services: active.map(({ service }) => ({ slug: service.slug, name: service.name })),
      wanted,
      chosen: chosen && {
        subscriptionId: chosen.id,
        plan: chosen.plan,
        service: await getPublishedService(ctx, chosen.service.id),
      },
      initial: Object.fromEntries(search),
      origin,
      isElsewhere: origin !== ctx.publicUrl,
      mayMakeKeys: role !== 'billing',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function Playground() {
  const { t } = useTranslation('buyer');
  const { services, wanted, chosen, origin, isElsewhere } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('playground.title')} description={t('playground.description')} />
      {services.length > 0 && <ServicePicker slug={chosen?.service.slug ?? ''} />}
      {isElsewhere && <Alert tone="info">{t('playground.otherOrigin', { origin })}</Alert>}
      {chosen ? (
        <Bench />
      ) : (
        <EmptyState
          icon={SquareTerminal}
          title={t(wanted ? 'playground.notSubscribed' : 'playground.empty')}
          action={
            <ButtonLink to={wanted ? `/services/${encodeURIComponent(wanted)}` : '/'}>
              {t(wanted ? 'playground.subscribe' : 'playground.browse')}
            </ButtonLink>
          }
        >
          {t('playground.emptyText')}
        </EmptyState>
      )}
    </>
  );
}

function ServicePicker({ slug }: { slug: string }) {
  const { t } = useTranslation('buyer');
  const { services } = useLoaderData<typeof loader>();
  return (
    <Form method="get" className="flex flex-wrap items-end gap-3" key={slug}>
      <SelectField
        name="service"
        label={t('playground.service')}
        defaultValue={slug}
        options={[
          ...(slug === '' ? [{ value: '', label: '–' }] : []),
          ...services.map((service) => ({ value: service.slug, label: service.name })),
        ]}
        className="w-80 max-w-full"
      />
      <SubmitButton variant="secondary">{t('playground.open')}</SubmitButton>
    </Form>
  );
}

function Bench() {
  const { chosen, origin, initial, mayMakeKeys } = useLoaderData<typeof loader>();
  if (!chosen) return null;
  const { service, subscriptionId, plan } = chosen;
  const common = { subscriptionId, plan, origin, initial, mayMakeKeys };
  // Another service is another bench: nothing typed for one is sent to the other.
  return service.kind === 'llm' && service.models.length > 0 ? (
    <LlmPlayground key={subscriptionId} service={service} {...common} />
  ) : (
    <HttpPlayground key={subscriptionId} slug={service.slug} {...common} />
  );
}
