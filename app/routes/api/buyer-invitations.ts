import { acceptPlanInvitation } from '../../domain/plans/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { acceptedAnswer, acceptInvitationBody } from '../../http/pricing-api-format.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** Accepts an invitation by the secret of its link. */
    POST: async ({ ctx, readJson }) =>
      acceptedAnswer(await acceptPlanInvitation(ctx, await readJson(acceptInvitationBody))),
  },
  { readable: false },
);
