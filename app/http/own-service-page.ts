/** What every page of one service needs: its seller, the service, and whether it can be published. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import type { Context } from '../domain/context.ts';
import { findActivePlans } from '../domain/plans/index.ts';
import { getOwnService, type OwnService } from '../domain/services/index.ts';
import { requireSeller } from './require-user.ts';

export interface OwnServicePage {
  ctx: Context;
  service: OwnService;
  /** Whether there is something to subscribe to. */
  hasPlans: boolean;
}

/**
 * The service of the address (`:id`, an id or slug).
 * @throws AppError `not_found`; a redirect for whoever does not sell.
 */
export async function loadOwnService(args: LoaderFunctionArgs | ActionFunctionArgs): Promise<OwnServicePage> {
  const { ctx } = await requireSeller(args);
  const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
  const plans = await findActivePlans(ctx.db, [service.id]);
  return { ctx, service, hasPlans: plans.length > 0 };
}
