/** Contested charges: evidence, the seller's answer, the administrators' decision. What others may use. */
export { answerDispute } from './answer-dispute.ts';
export { decideDispute } from './decide-dispute.ts';
export { escalateDisputes } from './escalate-disputes.ts';
export { getDispute } from './get-dispute.ts';
export { listDisputes, type DisputePage } from './list-disputes.ts';
export { openDispute } from './open-dispute.ts';
export { tellOfDispute } from './tell-of-dispute.ts';
export { withdrawDispute } from './withdraw-dispute.ts';
export type { DisputeDetail, DisputeView } from './dispute-view.ts';
export type { CallEvidence, DisputeReason, Verdict } from './judge-evidence.ts';
export type {
  AnswerDisputeInput,
  DecideDisputeInput,
  DisputePerspective,
  ListDisputesInput,
  OpenDisputeInput,
} from './schemas.ts';
export { DISPUTE_WINDOW_DAYS, MAX_DISPUTED_CALLS } from './schemas.ts';
