import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { apiAnswer, buyerApiField } from '../../http/buyer-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { listPublishedServices, type ListPublishedServicesInput } from '../../domain/services/index.ts';

/** GET /api/v1/buyer/apis?q&category&kind&price&sort&page */
export const loader = apiLoader(async ({ ctx, url }) => {
  const get = (name: string) => url.searchParams.get(name) || undefined;
  const filter = {
    query: get('q'),
    category: get('category'),
    kind: get('kind'),
    price: get('price'),
    sort: get('sort'),
    page: get('page') === undefined ? undefined : Number(get('page')),
  };
  const found = await withWireFields(
    (field) => (field === 'query' ? 'q' : buyerApiField(field)),
    () => listPublishedServices(ctx, filter as ListPublishedServicesInput),
  );
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  return {
    data: found.items.map((service) => apiAnswer(service, origin)),
    page: found.page,
    page_count: found.pageCount,
    total: found.total,
  };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
