/** What the evidence alone says about a disputed call; pure, so that a decision can be repeated. */
import type { ChargeLine, DISPUTE_REASONS, Fault, TerminalState } from '../../../db/schema/index.ts';

export type DisputeReason = (typeof DISPUTE_REASONS)[number];
export type Verdict = 'refund' | 'reject' | 'review';

/** What was recorded of a call, as it stood when it was disputed. Names and numbers, never content. */
export interface CallEvidence {
  occurredAt: string;
  method: string;
  statusCode: number;
  terminalState: TerminalState;
  fault: Fault;
  errorCode: string | null;
  streamed: boolean;
  attempts: number;
  firstByteMs: number | null;
  totalMs: number;
  requestBytes: number;
  responseBytes: number;
  model: string | null;
  servedModel: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  usageSource: string | null;
  /** Decimal digits. */
  chargeNanos: string;
  lines: readonly ChargeLine[] | null;
  /** Of the signed receipt; null when none is issued yet. */
  receiptHash: string | null;
  /** An earlier charged call of the same key with the same `Idempotency-Key`. */
  duplicateOf: string | null;
  /** Charged calls of the same key within a minute that look the same: method, model and size. */
  similarCalls: number;
}

/** Nothing that a price could be for reached the caller, and the caller did not cause that. */
function failedWithoutAnswer(evidence: CallEvidence): boolean {
  if (evidence.statusCode >= 500) return true;
  const isTheirs = evidence.fault === 'seller' || evidence.fault === 'platform';
  return (
    isTheirs &&
    evidence.terminalState !== 'complete' &&
    (evidence.outputTokens ?? evidence.responseBytes) === 0
  );
}

/** Clear cases end at once; everything else is for people. */
export function judgeCall(reason: DisputeReason, evidence: CallEvidence): Verdict {
  if (failedWithoutAnswer(evidence) || evidence.duplicateOf !== null) return 'refund';
  const isSound = evidence.terminalState === 'complete' && evidence.statusCode < 400;
  if (reason === 'upstream_error' && isSound) return 'reject';
  if (reason === 'duplicate' && evidence.similarCalls === 0) return 'reject';
  return 'review';
}

/** What the verdicts of its calls suggest for a whole dispute. */
export function suggestionOf(verdicts: readonly Verdict[]): Verdict {
  const [first] = verdicts;
  return first !== undefined && verdicts.every((verdict) => verdict === first) ? first : 'review';
}
