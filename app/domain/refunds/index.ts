/** Money back to buyers. What others may use. */
export { listRefunds, type RefundView } from './list-refunds.ts';
export { refundCall } from './refund-call.ts';
export type { RefundCallInput } from './schemas.ts';
