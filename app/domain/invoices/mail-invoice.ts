import { and, eq, inArray } from 'drizzle-orm';
import { memberships, users, type Invoice } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { mailMembers, queueMail, type WriteMail } from '../mails/index.ts';
import { monthOf } from './invoice-view.ts';
import { openNanos } from './open-amount.ts';
import { readInvoice } from './own-invoice.ts';

/** What a mail about an invoice can say. */
export interface InvoiceMailFacts extends Pick<
  Invoice,
  'number' | 'currency' | 'totalNanos' | 'dueNanos' | 'creditedNanos' | 'dueAt' | 'timeZone'
> {
  month: string;
  openNanos: bigint;
  /** Where the buyer sees and pays it. */
  url: string;
}

export interface MailInvoiceInput {
  invoiceId: string;
  /** The mail, in the recipient's language. */
  write: (locale: string, facts: InvoiceMailFacts) => ReturnType<WriteMail>;
}

/** Writes to those who look after the buyer's money, and to the address of its billing profile. */
export async function mailInvoice(ctx: Context, { invoiceId, write }: MailInvoiceInput): Promise<void> {
  requireSystem(ctx);
  const invoice = await readInvoice(ctx, invoiceId);
  const { number, currency, totalNanos, dueNanos, creditedNanos, dueAt, timeZone, organizationId } = invoice;
  const facts = {
    ...{ number, currency, totalNanos, dueNanos, creditedNanos, dueAt, timeZone },
    month: monthOf(invoice),
    openNanos: openNanos(invoice),
    url: `${ctx.publicUrl}/buyer/invoices/${invoiceId}`,
  };
  await mailMembers(ctx, {
    organizationId,
    roles: ['owner', 'admin', 'billing'],
    write: (locale) => write(locale, facts),
  });
  const billing = invoice.recipient?.email;
  if (!billing || (await isMember(ctx, organizationId, billing))) return;
  await queueMail(ctx, { to: billing, locale: invoice.locale, ...write(invoice.locale, facts) });
}

async function isMember(ctx: Context, organizationId: string, email: string): Promise<boolean> {
  const [member] = await ctx.db
    .select({ id: users.id })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .where(
      and(
        eq(memberships.organizationId, organizationId),
        inArray(memberships.role, ['owner', 'admin', 'billing']),
        eq(users.email, email),
      ),
    );
  return member !== undefined;
}
