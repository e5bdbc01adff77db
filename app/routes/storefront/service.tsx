import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, redirect, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PlanComparison } from '../../components/pricing/plan-comparison.tsx';
import { PlanOffer } from '../../components/storefront/plan-offer.tsx';
import { ServiceIcon } from '../../components/storefront/service-icon.tsx';
import { Alert } from '../../components/ui/alert.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { CodeTabs } from '../../components/ui/code-block.tsx';
import { CopyButton } from '../../components/ui/copy-button.tsx';
import { DateTime } from '../../components/ui/format.tsx';
import { Markdown } from '../../components/ui/markdown.tsx';
import { Section } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { getPublishedService } from '../../domain/services/index.ts';
import { anonymousContext, findViewer } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { openAiBaseUrl, proxyUrl } from '../../lib/call-sample.ts';
import { codeSamples } from '../../lib/code-samples.ts';
import { renderMarkdown } from '../../lib/markdown.ts';
import type { AbandonPolicy } from '../../lib/service-options.ts';

export const handle = { i18n: ['storefront', 'pricing'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const ctx = (await findViewer(args))?.ctx ?? anonymousContext(args);
    const reference = args.params['slug'] ?? '';
    const { description, ...service } = await getPublishedService(ctx, reference);
    // An id leads here too; the page has one address.
    if (reference !== service.slug) throw redirect(`/services/${service.slug}`, 301);
    const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
    return {
      service,
      html: renderMarkdown(description),
      canonical: `${ctx.publicUrl}/services/${service.slug}`,
      baseUrl: service.kind === 'llm' ? openAiBaseUrl(origin) : proxyUrl(origin, service.slug),
      samples: codeSamples(service, origin),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  if (!data) return [{ title: 'Tollgate' }];
  const { service, canonical } = data;
  return [
    { title: `${service.name} · Tollgate` },
    { name: 'description', content: service.summary },
    { tagName: 'link', rel: 'canonical', href: canonical },
    { property: 'og:title', content: service.name },
    { property: 'og:description', content: service.summary },
    ...(service.isListed ? [] : [{ name: 'robots', content: 'noindex' }]),
  ];
};

export default function ServicePage() {
  const { t } = useTranslation(['storefront', 'common']);
  const { t: pricing } = useTranslation('pricing');
  const { service, html, baseUrl, samples } = useLoaderData<typeof loader>();
  const { plans, isListed } = service;
  return (
    <div className="grid min-w-0 gap-8">
      <header className="flex min-w-0 flex-wrap items-start gap-5">
        <ServiceIcon name={service.name} slug={service.slug} large />
        <div className="min-w-0 flex-1 basis-64">
          <h1 className="text-3xl leading-tight font-semibold sm:text-4xl">{service.name}</h1>
          {service.summary && <p className="text-muted mt-1 text-base sm:text-lg">{service.summary}</p>}
          <div className="mt-3 flex flex-wrap items-center gap-x-2 gap-y-2 text-sm">
            <Badge tone={service.kind === 'llm' ? 'info' : 'neutral'}>
              {t(`common:kind.${service.kind}`)}
            </Badge>
            <Link
              to={`/?category=${service.category}`}
              className="inline-flex min-h-11 items-center sm:min-h-8"
            >
              <Badge className="hover:text-ink">{t(`common:category.${service.category}`)}</Badge>
            </Link>
            {!isListed && <StatusBadge noun="service" status={service.status} />}
            <span className="text-muted">{t('card.by', { seller: service.seller.name })}</span>
          </div>
        </div>
      </header>
      {!isListed && (
        <Alert tone="warning" title={t('service.unlistedTitle')}>
          {t('service.unlistedText')}
        </Alert>
      )}
      <div className="grid min-w-0 items-start gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="order-2 grid min-w-0 gap-8 lg:order-1">
          <Section
            title={t('service.firstCall')}
            description={t('service.firstCallText')}
            className="mt-0"
            actions={
              <ButtonLink to={`/buyer/playground?service=${service.slug}`} variant="secondary" size="sm">
                {t('service.tryIt')}
              </ButtonLink>
            }
          >
            <div className="border-line bg-surface shadow-card grid min-w-0 gap-4 rounded-lg border p-4 sm:p-5">
              <BaseUrl url={baseUrl} />
              <CodeTabs samples={samples} />
            </div>
          </Section>
          {service.models.length > 0 && (
            <Models
              slug={service.slug}
              models={service.models}
              whenLeft={service.abandonPolicies.length === 1 ? service.abandonPolicies[0]! : 'mixed'}
            />
          )}
          {plans.length > 0 && (
            <Section title={pricing('compare.title')}>
              <PlanComparison plans={plans} />
            </Section>
          )}
          <Section title={t('service.about')}>
            {html ? <Markdown html={html} /> : <p className="text-muted">{t('service.noDescription')}</p>}
          </Section>
          <Section title={t('service.measured')}>
            <p className="border-line text-muted rounded-lg border border-dashed px-5 py-6 text-center text-sm">
              {t('service.notMeasured')}
            </p>
          </Section>
        </div>
        <aside aria-labelledby="plans" className="order-1 min-w-0 lg:sticky lg:top-24 lg:order-2">
          <h2 id="plans" className="mb-4 text-xl font-semibold">
            {t('service.plans')}
          </h2>
          {plans.length === 0 ? (
            <p className="text-muted text-sm">{t('service.noPlans')}</p>
          ) : (
            <ul className="grid gap-4 sm:max-lg:grid-cols-2">
              {plans.map((plan, index) => (
                <PlanOffer
                  key={plan.id}
                  plan={plan}
                  slug={service.slug}
                  isOpen={isListed}
                  isFirst={index === 0}
                />
              ))}
            </ul>
          )}
          <p className="text-muted mt-4 text-xs">
            {t('service.updated')} <DateTime value={service.updatedAt} timeStyle={null} />
          </p>
        </aside>
      </div>
    </div>
  );
}

function BaseUrl({ url }: { url: string }) {
  const { t } = useTranslation('storefront');
  return (
    <div className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-1">
      <p className="min-w-0 text-sm">
        <span className="text-muted block text-xs font-medium">{t('service.baseUrl')}</span>
        <code className="font-mono text-sm break-all">{url}</code>
      </p>
      <CopyButton value={url} label={t('service.copyBaseUrl')} />
    </div>
  );
}

interface ModelsProps {
  slug: string;
  models: string[];
  /** What somebody pays who leaves in the middle of an answer. */
  whenLeft: AbandonPolicy | 'mixed';
}

function Models({ slug, models, whenLeft }: ModelsProps) {
  const { t } = useTranslation('storefront');
  return (
    <Section title={t('service.models')} description={t('service.modelsText')}>
      <ul className="border-line bg-surface divide-line shadow-card divide-y rounded-lg border">
        {models.map((model) => {
          const id = `${slug}/${model}`;
          return (
            <li key={model} className="flex min-w-0 items-center justify-between gap-3 py-1.5 ps-5 pe-2">
              <code className="min-w-0 font-mono text-sm break-all">{id}</code>
              <CopyButton value={id} iconOnly variant="ghost" label={t('service.copyModel', { model: id })} />
            </li>
          );
        })}
      </ul>
      <p className="text-muted mt-3 text-sm">{t(`service.whenLeft.${whenLeft}`)}</p>
    </Section>
  );
}
