/** Prepaid balances. What others may use. */
export { creditWallet, type CreditWalletInput } from './credit-wallet.ts';
export { getWallet, type WalletBalance } from './get-wallet.ts';
export {
  getWalletStatement,
  type StatementAmounts,
  type StatementMovement,
  type WalletStatement,
} from './get-wallet-statement.ts';
export { getWalletOf, listWallets, type OrganizationWallet } from './list-wallets.ts';
export { lockWallet, moveWallet, type WalletMove } from './move-wallet.ts';
export { releaseExpiredHolds } from './release-expired-holds.ts';
export { setCreditLimit } from './set-credit-limit.ts';
