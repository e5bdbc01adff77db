import { Form, Link } from '@remix-run/react';
import { Search, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CataloguePage, Facet } from '../../domain/services/index.ts';
import { Button } from '../ui/button.tsx';
import { filterLinkStyles } from '../ui/filter-links.tsx';

/** What the address says about the catalogue; absent is "all". */
export interface CatalogueFilters {
  q?: string;
  category?: string;
  kind?: string;
  price?: string;
  sort?: string;
  page?: string;
}

/** The catalogue's address with some filters changed; null removes one. Any change goes back to page 1. */
export function catalogueHref(filters: CatalogueFilters, changes: Record<string, string | null>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, page: null, ...changes })) {
    if (value) search.set(name, value);
  }
  const query = search.toString();
  return query ? `/?${query}` : '/';
}

/** Filters that the search form must not lose. */
function KeptFilters({ filters }: { filters: CatalogueFilters }) {
  const { q: _query, page: _page, ...kept } = filters;
  return (
    <>
      {Object.entries(kept).map(
        ([name, value]) => value && <input key={name} type="hidden" name={name} value={value} />,
      )}
    </>
  );
}

export function CatalogueSearch({ filters }: { filters: CatalogueFilters }) {
  const { t } = useTranslation('storefront');
  return (
    <Form action="/" role="search" className="relative flex w-full max-w-2xl items-center">
      <KeptFilters filters={filters} />
      <Search aria-hidden className="text-muted pointer-events-none absolute start-5 size-5" />
      <input
        // The address may change without this field: Back, a chip, "clear".
        key={filters.q ?? ''}
        type="search"
        name="q"
        defaultValue={filters.q ?? ''}
        aria-label={t('search.label')}
        placeholder={t('search.placeholder')}
        className="border-control bg-surface shadow-lift h-14 w-full min-w-0 rounded-full border ps-13 pe-32 text-base"
      />
      <Button type="submit" className="absolute end-1.5">
        {t('common:search.submit')}
      </Button>
    </Form>
  );
}

interface ChoiceProps {
  to: string;
  isChosen: boolean;
  count?: number;
  children: ReactNode;
}

function Chip({ to, isChosen, count, children }: ChoiceProps) {
  return (
    <Link
      to={to}
      preventScrollReset
      aria-current={isChosen ? 'true' : undefined}
      className={filterLinkStyles}
    >
      {children}
      {count !== undefined && <span className="tnum text-xs opacity-80">{count}</span>}
    </Link>
  );
}

interface FacetRowProps {
  label: string;
  name: 'category' | 'kind' | 'price';
  filters: CatalogueFilters;
  facets: readonly Facet<string>[];
  text: (value: string) => string;
}

function FacetRow({ label, name, filters, facets, text }: FacetRowProps) {
  const { t } = useTranslation('storefront');
  const chosen = filters[name];
  if (facets.length === 0 && !chosen) return null;
  return (
    // On a phone each row scrolls by itself, so that results stay near; the padding keeps focus rings whole.
    <div
      role="group"
      aria-label={label}
      className="-mx-4 -my-1 flex min-w-0 [scrollbar-width:none] items-center gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:flex-wrap sm:overflow-visible sm:px-0"
    >
      <span aria-hidden className="text-muted w-14 shrink-0 text-xs font-medium sm:w-20">
        {label}
      </span>
      <Chip to={catalogueHref(filters, { [name]: null })} isChosen={!chosen}>
        {t('filter.all')}
      </Chip>
      {facets.map(({ value, count }) => (
        <Chip
          key={value}
          to={catalogueHref(filters, { [name]: value })}
          isChosen={chosen === value}
          count={count}
        >
          {text(value)}
        </Chip>
      ))}
    </div>
  );
}

export interface FacetsProps {
  filters: CatalogueFilters;
  facets: CataloguePage['facets'];
}

/** Everything the catalogue can be narrowed by; each choice is an address. */
export function CatalogueFacets({ filters, facets }: FacetsProps) {
  const { t } = useTranslation(['storefront', 'common']);
  return (
    <div className="grid min-w-0 gap-3">
      <FacetRow
        label={t('filter.category')}
        name="category"
        filters={filters}
        facets={facets.categories}
        text={(value) => t(`common:category.${value as (typeof facets.categories)[number]['value']}`)}
      />
      <FacetRow
        label={t('filter.kind')}
        name="kind"
        filters={filters}
        facets={facets.kinds}
        text={(value) => t(`common:kind.${value as (typeof facets.kinds)[number]['value']}`)}
      />
      <FacetRow
        label={t('filter.price')}
        name="price"
        filters={filters}
        facets={facets.prices}
        text={(value) => t(`common:planKind.${value as (typeof facets.prices)[number]['value']}`)}
      />
    </div>
  );
}

const SORTS = ['newest', 'name', 'price'] as const;

export function CatalogueSort({ filters }: { filters: CatalogueFilters }) {
  const { t } = useTranslation('storefront');
  const chosen = filters.sort ?? 'newest';
  return (
    <nav aria-label={t('sort.label')}>
      <ul className="flex flex-wrap items-center gap-x-1">
        {SORTS.map((sort) => (
          <li key={sort}>
            <Link
              to={catalogueHref(filters, { sort: sort === 'newest' ? null : sort })}
              preventScrollReset
              aria-current={sort === chosen ? 'true' : undefined}
              className="text-muted hover:text-ink aria-[current]:text-ink inline-flex min-h-11 items-center px-2.5 text-sm aria-[current]:font-semibold sm:min-h-9"
            >
              {t(`sort.${sort}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function ClearFilters() {
  const { t } = useTranslation('storefront');
  return (
    <Link to="/" className="text-link inline-flex min-h-11 items-center gap-1.5 text-sm font-medium">
      <X aria-hidden className="size-4" />
      {t('filter.clear')}
    </Link>
  );
}
