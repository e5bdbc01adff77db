import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';
import { getLedgerBalance } from '../ledger/index.ts';
import { getPayoutSettings, type PayoutSettings } from './payout-settings.ts';
import { findSellerAccount } from './start-onboarding.ts';

export interface PayoutState {
  currency: string;
  /** `none`: nothing was begun; `incomplete`: Stripe wants more; `in_review`: Stripe looks at it. */
  onboarding: 'none' | 'incomplete' | 'in_review' | 'ready';
  country: string | null;
  /** What Stripe still wants to know, in its words. */
  requirements: string[];
  availableNanos: Nanos;
  pendingNanos: Nanos;
  inTransitNanos: Nanos;
  settings: PayoutSettings;
  /** Whether a payout would be made now. */
  canPayOut: boolean;
}

/** Whether and when the acting organization is paid. Only looks: Stripe's events change it. */
export async function getPayoutState(ctx: Context): Promise<PayoutState> {
  const { organizationId } = requireActor(ctx);
  const balanceOf = (purpose: 'seller_available' | 'seller_pending' | 'payout_in_transit') =>
    getLedgerBalance(ctx, { organizationId, purpose });
  const [account, settings, availableNanos, pendingNanos, inTransitNanos] = await Promise.all([
    findSellerAccount(ctx, organizationId),
    getPayoutSettings(ctx),
    balanceOf('seller_available'),
    balanceOf('seller_pending'),
    balanceOf('payout_in_transit'),
  ]);
  const onboarding = !account
    ? 'none'
    : account.payoutsEnabled
      ? 'ready'
      : account.detailsSubmitted && account.requirements.length === 0
        ? 'in_review'
        : 'incomplete';
  return {
    currency: 'USD',
    onboarding,
    country: account?.country ?? null,
    requirements: account?.requirements ?? [],
    availableNanos,
    pendingNanos,
    inTransitNanos,
    settings,
    canPayOut: onboarding === 'ready' && availableNanos > 0n && availableNanos >= settings.minimumNanos,
  };
}
