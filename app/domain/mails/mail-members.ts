import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import { memberships, users, type MemberRole } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import { queueMail } from './queue-mail.ts';

/** A mail's text, in the recipient's language. */
export type WriteMail = (locale: string) => { subject: string; text: string };

export interface MailMembersInput {
  organizationId: string;
  /** Who is told; owners and administrators unless said otherwise. */
  roles?: MemberRole[];
  write: WriteMail;
}

/** Queues one mail for each active member of these roles, in the caller's transaction. */
export async function mailMembers(
  ctx: Context,
  { organizationId, roles = ['owner', 'admin'], write }: MailMembersInput,
): Promise<void> {
  const recipients = await ctx.db
    .select({ email: users.email, locale: users.locale })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.organizationId, organizationId),
        inArray(memberships.role, roles),
        eq(users.status, 'active'),
        isNotNull(users.email),
      ),
    );
  await queueAll(ctx, recipients, write);
}

/** Queues one mail for each platform administrator, in the caller's transaction. */
export async function mailAdministrators(ctx: Context, { write }: { write: WriteMail }): Promise<void> {
  const recipients = await ctx.db
    .select({ email: users.email, locale: users.locale })
    .from(users)
    .where(and(eq(users.isPlatformAdmin, true), eq(users.status, 'active'), isNotNull(users.email)));
  await queueAll(ctx, recipients, write);
}

async function queueAll(
  ctx: Context,
  recipients: { email: string | null; locale: string }[],
  write: WriteMail,
): Promise<void> {
  for (const { email, locale } of recipients) await queueMail(ctx, { to: email!, locale, ...write(locale) });
}
