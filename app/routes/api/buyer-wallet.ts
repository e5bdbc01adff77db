import { listPromotionalCredits } from '../../domain/promotions/index.ts';
import { getWallet } from '../../domain/wallets/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { walletAnswer } from '../../http/wallet-api-format.ts';

/** GET /api/v1/buyer/wallet: what calls can be paid with, what running calls hold, and what is owed. */
export const loader = apiLoader(async ({ ctx }) => {
  const [wallet, credits] = await Promise.all([getWallet(ctx), listPromotionalCredits(ctx)]);
  return walletAnswer(wallet, credits);
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
