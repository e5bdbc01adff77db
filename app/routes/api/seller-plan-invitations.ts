import { createPlanInvitation, listPlanInvitations } from '../../domain/plans/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { writeInvitation } from '../../http/plan-invitation-mail.ts';
import { invitationAnswer, invitationBody } from '../../http/pricing-api-format.ts';

/** GET /api/v1/seller/plans/:id/invitations */
export const loader = apiLoader(async ({ ctx, params }) => {
  const invitations = await listPlanInvitations(ctx, { planId: params['id'] ?? '' });
  return { data: invitations.map(invitationAnswer) };
});

export const action = apiAction({
  POST: async ({ ctx, params, readJson }) => {
    const { email } = await readJson(invitationBody);
    const created = await createPlanInvitation(ctx, {
      planId: params['id'] ?? '',
      email,
      write: writeInvitation,
    });
    return apiResponse(invitationAnswer(created), 201);
  },
});
