import { getWallet } from '../../domain/wallets/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { walletAnswer } from '../../http/wallet-api-format.ts';

/** GET /api/v1/buyer/wallet: what calls can be paid with, and what running calls hold. */
export const loader = apiLoader(async ({ ctx }) => walletAnswer(await getWallet(ctx)));

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
