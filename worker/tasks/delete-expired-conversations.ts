import type { Context } from '../../app/domain/context.ts';
import { deleteExpiredConversations as deleteConversations } from '../../app/domain/conversations/index.ts';

export async function deleteExpiredConversations(ctx: Context): Promise<void> {
  await deleteConversations(ctx);
}
