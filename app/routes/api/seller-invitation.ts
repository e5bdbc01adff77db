import { revokePlanInvitation } from '../../domain/plans/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';

export const loader = apiMethodNotAllowed(['DELETE']);

export const action = apiAction(
  {
    /** The link dies; who accepted can no longer subscribe. Subscriptions stay. */
    DELETE: ({ ctx, params }) => revokePlanInvitation(ctx, { invitationId: params['id'] ?? '' }),
  },
  { readable: false },
);
