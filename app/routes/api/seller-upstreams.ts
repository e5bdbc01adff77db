import { createUpstream, listUpstreams, type CreateUpstreamInput } from '../../domain/upstreams/index.ts';
import { getOwnService } from '../../domain/services/index.ts';
import { apiAction, apiLoader, apiResponse, type ApiCall } from '../../http/api.ts';
import { apiBody, apiField, toUpstreamFields, upstreamAnswer } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

const findService = ({ ctx, params }: ApiCall) => getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });

/** GET /api/v1/seller/apis/:id/upstreams */
export const loader = apiLoader(async (call) => {
  const { id: serviceId } = await findService(call);
  const upstreams = await listUpstreams(call.ctx, { serviceId });
  return { data: upstreams.map(upstreamAnswer) };
});

export const action = apiAction({
  POST: async (call) => {
    const { id: serviceId } = await findService(call);
    const fields = toUpstreamFields(await call.readJson(apiBody));
    const created = await withWireFields(apiField, () =>
      createUpstream(call.ctx, { ...fields, serviceId } as CreateUpstreamInput),
    );
    return apiResponse(upstreamAnswer(created), 201);
  },
});
