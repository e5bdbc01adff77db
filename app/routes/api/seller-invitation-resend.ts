import { resendPlanInvitation } from '../../domain/plans/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { writeInvitation } from '../../http/plan-invitation-mail.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** A new link; the old one dies. */
    POST: ({ ctx, params }) =>
      resendPlanInvitation(ctx, { invitationId: params['id'] ?? '', write: writeInvitation }),
  },
  { readable: false },
);
