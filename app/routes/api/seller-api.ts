import { apiAction, apiLoader, type ApiCall } from '../../http/api.ts';
import { sellerApiField, serviceAnswer, toUpdateInput, updateApiBody } from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { listPlans } from '../../domain/plans/index.ts';
import {
  deleteService,
  getOwnService,
  pauseService,
  publishService,
  updateService,
  type OwnService,
} from '../../domain/services/index.ts';

/** The service of the address, which names it by id or slug. */
function findService({ ctx, params }: ApiCall): Promise<OwnService> {
  return getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });
}

async function answer(call: ApiCall, service: OwnService) {
  const { ctx } = call;
  const plans = await listPlans(ctx, { serviceId: service.id });
  return serviceAnswer(service, plans, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
}

/** GET /api/v1/seller/apis/:id */
export const loader = apiLoader(async (call) => answer(call, await findService(call)));

export const action = apiAction({
  /** Fields that are absent stay as they are. */
  PUT: async (call) => {
    const { ctx, readJson } = call;
    const service = await findService(call);
    const { id: serviceId } = service;
    const body = await readJson(updateApiBody);
    await withWireFields(sellerApiField(body), () => updateService(ctx, toUpdateInput(service, body)));
    if (body.status === 'published') await publishService(ctx, { serviceId });
    if (body.status === 'paused') await pauseService(ctx, { serviceId });
    return answer(call, await getOwnService(ctx, { serviceIdOrSlug: serviceId }));
  },
  /** With subscribers it is archived: they keep calling it until they cancel. */
  DELETE: async (call) => {
    const { id, slug } = await findService(call);
    const { outcome, subscriberCount } = await deleteService(call.ctx, { serviceId: id });
    return { id, slug, status: outcome, subscribers: subscriberCount };
  },
});
