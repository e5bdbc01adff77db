import { eq } from 'drizzle-orm';
import { organizations, type Organization } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';

/** What a buyer's organization has set, and the ceilings that the platform has set for it. */
export type OrganizationSettings = Pick<
  Organization,
  | 'id'
  | 'name'
  | 'timeZone'
  | 'requestsPerMinute'
  | 'requestsPerDay'
  | 'tokensPerMinute'
  | 'tokensPerDay'
  | 'maxConcurrency'
  | 'conversationRetentionDays'
>;

/** The acting user's organization. */
export async function getOrganization(ctx: Context): Promise<OrganizationSettings> {
  const { organizationId } = requireActor(ctx);
  const [found] = await ctx.db
    .select({
      id: organizations.id,
      name: organizations.name,
      timeZone: organizations.timeZone,
      requestsPerMinute: organizations.requestsPerMinute,
      requestsPerDay: organizations.requestsPerDay,
      tokensPerMinute: organizations.tokensPerMinute,
      tokensPerDay: organizations.tokensPerDay,
      maxConcurrency: organizations.maxConcurrency,
      conversationRetentionDays: organizations.conversationRetentionDays,
    })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  if (!found) throw new AppError('not_found', 'There is no such organization.');
  return found;
}
