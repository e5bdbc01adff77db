/** Prepaid balances. What others may use. */
export { creditWallet, type CreditWalletInput } from './credit-wallet.ts';
export { getWallet, type WalletBalance } from './get-wallet.ts';
export { listWalletMovements, type WalletMovement, type WalletStatement } from './list-wallet-movements.ts';
export { lockWallet, moveWallet, type WalletMove } from './move-wallet.ts';
export { releaseExpiredHolds } from './release-expired-holds.ts';
