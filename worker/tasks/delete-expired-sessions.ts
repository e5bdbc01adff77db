import type { Context } from '../../app/domain/context.ts';
import { deleteExpiredSessions as deleteSessions } from '../../app/domain/sessions/index.ts';

export async function deleteExpiredSessions(ctx: Context): Promise<void> {
  await deleteSessions(ctx);
}
