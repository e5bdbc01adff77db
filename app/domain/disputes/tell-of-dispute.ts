import { eq } from 'drizzle-orm';
import { disputes, organizations, services, type Dispute } from '../../../db/schema/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { mailAdministrators, mailMembers } from '../mails/index.ts';

/** What happened: a seller must answer, the administrators must decide, or it is over. */
export type DisputeNews = 'opened' | 'contested' | 'unanswered' | 'decided';

export interface DisputeFacts {
  service: string;
  buyer: string;
  seller: string;
  status: Dispute['status'];
  answerBy: Date;
  url: string;
}

/** Who reads the mail; each sees their own page of the dispute. */
export type DisputeReader = 'buyer' | 'seller' | 'admin';

export interface TellOfDisputeInput {
  disputeId: string;
  news: DisputeNews;
  write: (locale: string, reader: DisputeReader, facts: DisputeFacts) => { subject: string; text: string };
}

/** Mails whoever has to do something now, and both parties once it is over. */
export async function tellOfDispute(
  ctx: Context,
  { disputeId, news, write }: TellOfDisputeInput,
): Promise<void> {
  requireSystem(ctx);
  await withTransaction(ctx, async (tx) => {
    const [dispute] = await tx.db.select().from(disputes).where(eq(disputes.id, disputeId));
    if (!dispute) return;
    const nameOf = async (id: string) =>
      (
        await tx.db.select({ name: organizations.name }).from(organizations).where(eq(organizations.id, id))
      )[0]!.name;
    const [service] = await tx.db
      .select({ name: services.name })
      .from(services)
      .where(eq(services.id, dispute.serviceId));
    const facts = {
      service: service!.name,
      buyer: await nameOf(dispute.organizationId),
      seller: await nameOf(dispute.sellerOrganizationId),
      status: dispute.status,
      answerBy: dispute.answerBy,
    };
    const letter = (reader: DisputeReader) => (locale: string) =>
      write(locale, reader, { ...facts, url: `${tx.publicUrl}/${reader}/disputes/${disputeId}` });
    const roles = ['owner', 'admin', 'billing'] as const;
    const seller = {
      organizationId: dispute.sellerOrganizationId,
      roles: [...roles],
      write: letter('seller'),
    };
    const buyer = { organizationId: dispute.organizationId, roles: [...roles], write: letter('buyer') };
    if (news === 'opened' && dispute.status === 'open') await mailMembers(tx, seller);
    else if (news === 'opened' || news === 'decided') {
      await mailMembers(tx, buyer);
      await mailMembers(tx, seller);
    } else await mailAdministrators(tx, { write: letter('admin') });
  });
}
