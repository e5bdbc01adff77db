import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { createApiBody, sellerApiField, serviceAnswer, toCreateInput } from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { listPlans } from '../../domain/plans/index.ts';
import { createService, listOwnServices } from '../../domain/services/index.ts';

/** GET /api/v1/seller/apis?page=1 */
export const loader = apiLoader(async ({ ctx, url }) => {
  const page = Number(url.searchParams.get('page') ?? 1);
  const own = await listOwnServices(ctx, { page });
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  return {
    data: own.items.map((service) => serviceAnswer(service, service.plans, origin)),
    page: own.page,
    page_count: own.pageCount,
    total: own.total,
  };
});

/** POST /api/v1/seller/apis */
export const action = apiAction({
  POST: async ({ ctx, readJson }) => {
    const body = await readJson(createApiBody);
    const service = await withWireFields(sellerApiField(body), () => createService(ctx, toCreateInput(body)));
    const plans = await listPlans(ctx, { serviceId: service.id });
    const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
    return apiResponse(serviceAnswer(service, plans, origin), 201, {
      location: `/api/v1/seller/apis/${service.id}`,
    });
  },
});
