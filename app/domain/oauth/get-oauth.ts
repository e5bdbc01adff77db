import { requireActor, type Context } from '../context.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireOwnCredential, statusOf, type OauthStatus } from './own-grant.ts';

/** How a credential of the acting organization gets its tokens; null when it does not by OAuth. */
export async function findOauth(
  ctx: Context,
  { credentialId }: { credentialId: string },
): Promise<OauthStatus | null> {
  const { organizationId } = requireActor(ctx);
  const { grant } = await requireOwnCredential(ctx.db, organizationId, credentialId);
  return grant && statusOf(grant);
}

/** @throws AppError `not_found` also when the credential does not use OAuth. */
export async function getOauth(ctx: Context, input: { credentialId: string }): Promise<OauthStatus> {
  const status = await findOauth(ctx, input);
  if (!status) throw new AppError('not_found', 'This credential does not use OAuth.');
  return status;
}
