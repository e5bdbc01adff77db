import { clearProxySecret, generateProxySecret, getOwnService } from '../../domain/services/index.ts';
import { apiAction, apiMethodNotAllowed, apiResponse, type ApiCall } from '../../http/api.ts';

const findService = ({ ctx, params }: ApiCall) => getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });

export const loader = apiMethodNotAllowed(['POST', 'DELETE']);

export const action = apiAction(
  {
    /** A new secret, shown this once; calls carry it as `x-tollgate-proxy-secret`. */
    POST: async (call) => {
      const { id: serviceId } = await findService(call);
      return apiResponse({ proxy_secret: await generateProxySecret(call.ctx, { serviceId }) }, 201);
    },
    DELETE: async (call) => {
      const { id: serviceId } = await findService(call);
      await clearProxySecret(call.ctx, { serviceId });
    },
  },
  { readable: false },
);
