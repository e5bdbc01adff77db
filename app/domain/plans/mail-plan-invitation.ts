import { eq, sql } from 'drizzle-orm';
import { organizations, users, type Plan, type Service } from '../../../db/schema/index.ts';
import type { Context, UserActor } from '../context.ts';
import { queueMail } from '../mails/index.ts';
import { INVITATION_DAYS } from './invitation-token.ts';

/** What an invitation says, in a language. */
export type WriteInvitation = (
  locale: string,
  facts: { seller: string; plan: string; service: string; days: number; link: string },
) => { subject: string; text: string };

/** Queues the mail with the link, in the reader's language as far as it is known, else in the writer's. */
export async function mailPlanInvitation(
  ctx: Context,
  actor: UserActor,
  input: {
    email: string;
    token: string;
    plan: Pick<Plan, 'name'>;
    service: Pick<Service, 'name'>;
    write: WriteInvitation;
  },
): Promise<void> {
  const [seller] = await ctx.db
    .select({ name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, actor.organizationId));
  const [reader] = await ctx.db
    .select({ locale: users.locale })
    .from(users)
    .where(eq(sql`lower(${users.email})`, input.email));
  const [writer] = await ctx.db
    .select({ locale: users.locale })
    .from(users)
    .where(eq(users.id, actor.userId));
  const locale = reader?.locale ?? writer?.locale ?? 'en';
  const facts = {
    ...{ seller: seller?.name ?? '', plan: input.plan.name, service: input.service.name },
    ...{ days: INVITATION_DAYS, link: `${ctx.publicUrl}/invitations/${input.token}` },
  };
  await queueMail(ctx, {
    to: input.email,
    locale,
    ...input.write(locale, facts),
  });
}
