import { promotionalCredits, type PromotionalCredit } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import type { Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { moveWallet } from '../wallets/index.ts';

export type NewCredit = Pick<PromotionalCredit, 'organizationId' | 'amountNanos' | 'expiresAt' | 'reason'> &
  Partial<Pick<PromotionalCredit, 'redeemCodeId' | 'grantedByUserId'>>;

/** Writes a credit with its ledger entries and the wallet; the caller has authorized and parsed. */
export async function postCredit(tx: Context, input: NewCredit): Promise<PromotionalCredit> {
  const { organizationId, amountNanos } = input;
  const system: Context = { ...tx, actor: { type: 'system', job: 'grant_promotional_credit' } };
  await moveWallet(system, { organizationId, promoNanos: amountNanos });
  const [credit] = await tx.db
    .insert(promotionalCredits)
    .values({ ...input, id: newId('promotionalCredit'), remainingNanos: amountNanos })
    .returning();
  if (!credit) throw new Error('the credit was not written');
  await postTransaction(system, {
    kind: 'promotional_credit',
    reference: credit.id,
    entries: [
      { organizationId, purpose: 'promotional_credit', amountNanos },
      { organizationId: null, purpose: 'platform_loss', amountNanos: -amountNanos },
    ],
  });
  return credit;
}
