import { eq } from 'drizzle-orm';
import { disputes, type Dispute, type MemberRole } from '../../../db/schema/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { mailAdministrators, mailMembers } from '../mails/index.ts';
import { findDisputes } from './dispute-view.ts';
import type { DisputePerspective } from './schemas.ts';

/** What happened: a seller must answer, the administrators must decide, or it is over. */
export type DisputeNews = 'opened' | 'contested' | 'unanswered' | 'decided';

export interface DisputeFacts {
  service: string;
  buyer: string;
  seller: string;
  status: Dispute['status'];
  answerBy: Date;
  /** The reader's own page of the dispute. */
  url: string;
}

export interface TellOfDisputeInput {
  disputeId: string;
  news: DisputeNews;
  write: (locale: string, facts: DisputeFacts) => { subject: string; text: string };
}

const ROLES: MemberRole[] = ['owner', 'admin', 'billing'];

/** Mails whoever has to do something now, and both parties once it is over. */
export async function tellOfDispute(
  ctx: Context,
  { disputeId, news, write }: TellOfDisputeInput,
): Promise<void> {
  requireSystem(ctx);
  await withTransaction(ctx, async (tx) => {
    const [dispute] = await findDisputes(tx, eq(disputes.id, disputeId), { limit: 1, offset: 0 });
    if (!dispute) return;
    const { serviceName, buyerName, sellerName, status, answerBy } = dispute;
    const facts = { service: serviceName, buyer: buyerName, seller: sellerName, status, answerBy };
    const letter = (reader: DisputePerspective) => (locale: string) =>
      write(locale, { ...facts, url: `${tx.publicUrl}/${reader}/disputes/${disputeId}` });
    const mailParty = (reader: 'buyer' | 'seller', organizationId: string) =>
      mailMembers(tx, { organizationId, roles: ROLES, write: letter(reader) });
    if (news === 'contested' || news === 'unanswered') {
      await mailAdministrators(tx, { write: letter('admin') });
      return;
    }
    // What the evidence ended at once was never open for anybody.
    if (news === 'decided' || status !== 'open') await mailParty('buyer', dispute.organizationId);
    await mailParty('seller', dispute.sellerOrganizationId);
  });
}
