import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { PackageSearch } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import {
  catalogueHref,
  CatalogueFacets,
  CatalogueSearch,
  CatalogueSort,
  ClearFilters,
  type CatalogueFilters,
} from '../../components/storefront/catalogue-filters.tsx';
import { ServiceCard } from '../../components/storefront/service-card.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { useViewer } from '../../components/viewer.tsx';
import { listPublishedServices, listPublishedServicesSchema } from '../../domain/services/index.ts';
import { anonymousContext } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['storefront'] };

/** The filters of the address that make sense; others count as absent, so that old links still work. */
function filtersOf(url: URL): CatalogueFilters {
  const { shape } = listPublishedServicesSchema;
  const text = (name: keyof CatalogueFilters) => url.searchParams.get(name)?.trim() || undefined;
  const valid = (name: 'category' | 'kind' | 'price' | 'sort') => {
    const value = text(name);
    return value !== undefined && shape[name].safeParse(value).success ? value : undefined;
  };
  const query = text('q')?.slice(0, 100);
  const page = Number(text('page'));
  const isPage = Number.isSafeInteger(page) && page > 1 && page <= 10_000;
  const filters = {
    q: query,
    category: valid('category'),
    kind: valid('kind'),
    price: valid('price'),
    sort: valid('sort'),
    page: isPage ? String(page) : undefined,
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const url = new URL(args.request.url);
    const filters = filtersOf(url);
    const { q: query, page, ...others } = filters;
    const t = await getTranslation(args, 'storefront');
    const input = listPublishedServicesSchema.parse({ ...others, query, page: page ? Number(page) : 1 });
    const found = await listPublishedServices(anonymousContext(args), input);
    const { publicUrl } = args.context.platform;
    return {
      title: query ? t('home.searchTitle', { query }) : t('home.metaTitle'),
      description: t('home.metaDescription'),
      canonical: publicUrl + catalogueHref(filters, { page: filters.page ?? null }),
      filters,
      total: found.total,
      page: found.page,
      pageCount: found.pageCount,
      facets: found.facets,
      items: found.items.map(({ plans, description: _description, ...item }) => ({
        ...item,
        planCount: plans.length,
      })),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.title ?? ''} · Tollgate` },
  { name: 'description', content: data?.description ?? '' },
  { tagName: 'link', rel: 'canonical', href: data?.canonical ?? '/' },
  { property: 'og:title', content: data?.title ?? 'Tollgate' },
  { property: 'og:description', content: data?.description ?? '' },
];

export default function Home() {
  const { t } = useTranslation('storefront');
  const { filters, items, facets, total, page, pageCount } = useLoaderData<typeof loader>();
  const { sort: _sort, page: _page, ...narrowing } = filters;
  const isNarrowed = Object.keys(narrowing).length > 0;
  return (
    <>
      <section className="flex flex-col items-center gap-5 pt-4 pb-2 text-center sm:pt-10 sm:pb-6">
        <h1 className="max-w-3xl text-3xl leading-[1.1] font-semibold sm:text-5xl">{t('home.title')}</h1>
        <p className="text-muted max-w-xl text-base text-pretty sm:text-lg">{t('home.description')}</p>
        <CatalogueSearch filters={filters} />
      </section>
      <CatalogueFacets filters={filters} facets={facets} />
      <section aria-labelledby="results" className="min-w-0">
        <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <div className="flex flex-wrap items-center gap-x-4">
            <h2 id="results" className="text-lg font-semibold" aria-live="polite">
              {filters.q
                ? t('results.for', { count: total, query: filters.q })
                : t('results.count', { count: total })}
            </h2>
            {isNarrowed && <ClearFilters />}
          </div>
          {total > 1 && <CatalogueSort filters={filters} />}
        </div>
        {items.length === 0 ? (
          <NothingFound isNarrowed={isNarrowed} query={filters.q} />
        ) : (
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-4">
            {items.map((service) => (
              <li key={service.id} className="grid min-w-0">
                <ServiceCard service={service} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <Pagination
        page={page}
        pageCount={pageCount}
        href={(next) => catalogueHref(filters, { page: next > 1 ? String(next) : null })}
      />
    </>
  );
}

function NothingFound({ isNarrowed, query }: { isNarrowed: boolean; query: string | undefined }) {
  const { t } = useTranslation('storefront');
  const viewer = useViewer();
  const sellPath = viewer ? '/seller/services/new' : '/register?role=seller';
  return (
    <>
      {isNarrowed ? (
        <EmptyState
          icon={PackageSearch}
          title={query ? t('empty.noMatch', { query }) : t('empty.noMatchFilters')}
          action={
            <ButtonLink to="/" variant="secondary">
              {t('filter.clear')}
            </ButtonLink>
          }
        >
          {t('empty.noMatchText')}
        </EmptyState>
      ) : (
        <EmptyState
          icon={PackageSearch}
          title={t('empty.none')}
          action={<ButtonLink to={sellPath}>{t('common:menu.startSelling')}</ButtonLink>}
        >
          {t('empty.noneText')}
        </EmptyState>
      )}
    </>
  );
}
