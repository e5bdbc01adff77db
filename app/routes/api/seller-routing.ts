import { configureRouting, getOwnService, type ConfigureRoutingInput } from '../../domain/services/index.ts';
import { apiAction, apiLoader, type ApiCall } from '../../http/api.ts';
import { apiBody, apiField, routingAnswer, toPoolFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

const findService = ({ ctx, params }: ApiCall) => getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });

/** GET /api/v1/seller/apis/:id/routing */
export const loader = apiLoader(async (call) => routingAnswer(await findService(call)));

export const action = apiAction({
  PUT: async (call) => {
    const { id: serviceId } = await findService(call);
    const fields = { ...toPoolFields(await call.readJson(apiBody)), serviceId };
    return routingAnswer(
      await withWireFields(apiField, () => configureRouting(call.ctx, fields as ConfigureRoutingInput)),
    );
  },
});
