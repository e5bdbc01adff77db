import { eq, sql } from 'drizzle-orm';
import { organizations, users, type Plan, type Service } from '../../../db/schema/index.ts';
import { isLocale } from '../../i18n/locales.ts';
import { translateIn } from '../../i18n/translator.ts';
import type { Context, UserActor } from '../context.ts';
import { queueMail } from '../mails/index.ts';
import { INVITATION_DAYS } from './invitation-token.ts';

/** Queues the mail with the link, in the reader's language as far as it is known, else in the writer's. */
export async function mailPlanInvitation(
  ctx: Context,
  actor: UserActor,
  input: { email: string; token: string; plan: Pick<Plan, 'name'>; service: Pick<Service, 'name'> },
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
  const wanted = reader?.locale ?? writer?.locale;
  const locale = isLocale(wanted) ? wanted : 'en';
  const t = translateIn(locale, 'pricing');
  const facts = {
    ...{ seller: seller?.name ?? '', plan: input.plan.name, service: input.service.name },
    ...{ days: INVITATION_DAYS, link: `${ctx.publicUrl}/invitations/${input.token}` },
  };
  await queueMail(ctx, {
    to: input.email,
    locale,
    subject: t('invitationMail.subject', facts),
    text: t('invitationMail.text', facts),
  });
}
