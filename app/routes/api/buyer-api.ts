import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { apiDetailAnswer } from '../../http/buyer-api-format.ts';
import { getPublishedService } from '../../domain/services/index.ts';

/** GET /api/v1/buyer/apis/:id, by id or slug. */
export const loader = apiLoader(async ({ ctx, params }) => {
  const service = await getPublishedService(ctx, params['id'] ?? '');
  return apiDetailAnswer(service, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
