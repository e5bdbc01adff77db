/** Signed facts of charged calls: the same for buyer and seller, checkable by anybody. */
export { checkReceipts } from './check-receipts.ts';
export { getReceipt, type ReceiptContext } from './get-receipt.ts';
export { issueReceipts } from './issue-receipts.ts';
export { listReceipts } from './list-receipts.ts';
export { listReceiptKeys, rotateSigningKey, type PublishedReceiptKey } from './signing-key.ts';
