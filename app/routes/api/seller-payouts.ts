import { getPayoutState, listPayouts, requestPayout } from '../../domain/payouts/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { payoutAnswer } from '../../http/payouts-api-format.ts';
import { toDecimal } from '../../lib/money.ts';

/** GET /api/v1/seller/payouts: balance, schedule and the newest payouts. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const before = url.searchParams.get('before') ?? undefined;
  const [state, payouts] = await Promise.all([getPayoutState(ctx), listPayouts(ctx, { before })]);
  return {
    currency: state.currency,
    available: toDecimal(state.availableNanos),
    pending: toDecimal(state.pendingNanos),
    in_transit: toDecimal(state.inTransitNanos),
    account: state.onboarding,
    hold_days: state.settings.holdDays,
    minimum: toDecimal(state.settings.minimumNanos),
    interval: state.settings.interval,
    data: payouts.map(payoutAnswer),
  };
});

/** POST /api/v1/seller/payouts: pays out what is available now. */
export const action = apiAction({
  POST: async ({ ctx }) => apiResponse(payoutAnswer(await requestPayout(ctx)), 201),
});
