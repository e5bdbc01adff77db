/** Promotional credit and the codes that give it. What others may use. */
export { createRedeemCodes, type IssuedRedeemCode } from './create-redeem-codes.ts';
export { disableRedeemCode } from './disable-redeem-code.ts';
export { expirePromotionalCredits } from './expire-promotional-credits.ts';
export { grantPromotionalCredit } from './grant-promotional-credit.ts';
export { listCreditsOf, listPromotionalCredits, type CreditView } from './list-promotional-credits.ts';
export {
  listRedeemCodes,
  listRedemptions,
  type RedeemCodePage,
  type RedeemCodeView,
  type Redemption,
} from './list-redeem-codes.ts';
export { redeemCode } from './redeem-code.ts';
