import { eq } from 'drizzle-orm';
import { billingProfiles, organizations, type InvoiceParty } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';

export interface BillingProfileView {
  party: InvoiceParty;
  taxIdType: string | null;
  locale: string;
  /** Null: nobody filled it in, the organization's name stands in. */
  savedAt: Date | null;
}

/** What stands on the acting organization's next invoice. */
export async function getBillingProfile(ctx: Context): Promise<BillingProfileView> {
  return billingProfileOf(ctx, requireActor(ctx).organizationId);
}

/** The same of any organization, for verbs that have checked who asks. */
export async function billingProfileOf(
  ctx: Pick<Context, 'db'>,
  organizationId: string,
): Promise<BillingProfileView> {
  const [found] = await ctx.db
    .select({ profile: billingProfiles, name: organizations.name })
    .from(organizations)
    .leftJoin(billingProfiles, eq(billingProfiles.organizationId, organizations.id))
    .where(eq(organizations.id, organizationId));
  if (!found) throw new AppError('not_found', 'There is no such organization.');
  const { profile, name } = found;
  return {
    party: profile?.party ?? { name, address: [] },
    taxIdType: profile?.taxIdType ?? null,
    locale: profile?.locale ?? 'en',
    savedAt: profile?.updatedAt ?? null,
  };
}
