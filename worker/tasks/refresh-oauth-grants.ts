import type { Context } from '../../app/domain/context.ts';
import { refreshDueGrants, refreshRefusedGrant } from '../../app/domain/oauth/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function refreshOauthGrants(
  ctx: Context,
  { credentialId }: JobPayload<'refresh_oauth_grants'>,
): Promise<void> {
  if (credentialId === undefined) await refreshDueGrants(ctx);
  else await refreshRefusedGrant(ctx, { credentialId });
}
