/** How an answer ended, for metering: what was delivered of it, what of that is paid for, and whose fault it was. */
import type { Fault, TerminalState } from '../../db/schema/index.ts';
import type { AnswerEnd } from './answers/answer-body.ts';
import type { Call } from './call.ts';
import type { Delivery } from './delivery.ts';
import type { Failure } from './failures.ts';
import { estimatedInputTokens, estimatedOutputTokens } from './llm/estimate-tokens.ts';
import type { LlmCall } from './llm/llm-call.ts';
import type { CountedTokens, Outcome } from './settle.ts';

type Delivered = Pick<
  Delivery,
  | 'status'
  | 'body'
  | 'firstByteMs'
  | 'receivedBytes'
  | 'responseBytes'
  | 'drained'
  | 'isShort'
  | 'paidTextBytes'
>;

export function outcomeOf(
  call: Call,
  delivered: Delivered,
  terminalState: TerminalState,
  fault: Fault,
  billable: Outcome['billable'],
): Outcome {
  const { status, body } = delivered;
  return {
    statusCode: status === 0 ? 499 : status,
    terminalState,
    fault,
    errorCode: null,
    streamed: body.isEventStream,
    responseBytes: delivered.responseBytes,
    firstByteMs: delivered.firstByteMs,
    tokens: call.llm && status < 300 ? tokensOf(call.llm, delivered) : null,
    servedModel: body.servedModel,
    billable,
    textBytes: body.textBytes,
  };
}

/** The upstream has ended; where it `failed` it has told that itself. */
export function outcomeAtEnd(call: Call, delivered: Delivered, state: AnswerEnd['state']): Outcome {
  const failed = state === 'failed';
  if (delivered.drained) return outcomeWithoutCaller(call, delivered, failed);
  const isUnsent = failed && delivered.body.buffered;
  return outcomeOf(
    call,
    delivered,
    failed ? 'upstream_error' : 'complete',
    failed ? 'seller' : faultOf(delivered.status),
    isUnsent ? 'nothing' : paidWhenOver(call, delivered, failed),
  );
}

/** An answer that had begun broke. */
export function outcomeOfBroken(call: Call, delivered: Delivered, failure: Failure): Outcome {
  const { terminalState, fault, error } = failure;
  const billable = paidWhenOver(call, delivered, terminalState !== 'policy_stop');
  const state = terminalState === 'upstream_error' ? 'truncated' : terminalState;
  return { ...outcomeOf(call, delivered, state, fault, billable), errorCode: error.code };
}

/** @param broke it was read on, and failed then. */
export function outcomeWithoutCaller(call: Call, delivered: Delivered, broke: boolean): Outcome {
  return outcomeOf(call, delivered, 'client_gone', 'buyer', paidWhenLeft(call, delivered, broke));
}

/** Of an answer that broke, what was delivered is paid for; the call is not. */
function paidWhenOver(call: Call, delivered: Delivered, broke: boolean): Outcome['billable'] {
  if (delivered.status >= 300 || delivered.responseBytes === 0) return 'nothing';
  return broke ? partsPaid(call, delivered) : 'whole';
}

/** A caller who leaves during the answer has had the call; what is read on is paid by its tokens. */
function paidWhenLeft(call: Call, delivered: Delivered, broke: boolean): Outcome['billable'] {
  const { status, receivedBytes, responseBytes, drained } = delivered;
  if (status < 200 || status >= 300) return 'nothing';
  if (broke) return receivedBytes > 0 ? partsPaid(call, delivered) : 'nothing';
  if (responseBytes > 0) return 'whole';
  return drained && receivedBytes > 0 ? 'parts' : 'nothing';
}

/** What a model has not said a word of is worth nothing, whatever events went in front. */
export function partsPaid({ llm }: Call, { body }: Delivered): Outcome['billable'] {
  const { textBytes, usage } = body;
  const shownTokens = usage === null ? 0 : usage.outputTokens - (usage.reasoningTokens ?? 0);
  const isWordless = textBytes === 0 && shownTokens <= 0;
  return isWordless && llm?.operation === 'generate' ? 'nothing' : 'parts';
}

/** The upstream's word where it is sane, else our estimate of what was delivered. Null is not zero. */
function tokensOf(llm: LlmCall, delivered: Delivered): CountedTokens {
  const { usage, textBytes } = delivered.body;
  if (delivered.isShort) {
    // What has come and was not passed on is nobody's.
    const input = usage?.inputTokens ?? estimatedInputTokens(llm.facts);
    return { input, output: estimatedOutputTokens(delivered.paidTextBytes, llm), source: 'estimated' };
  }
  if (usage) {
    const { inputTokens, outputTokens, ...parts } = usage;
    return { input: inputTokens, output: outputTokens, source: 'upstream', ...parts };
  }
  const input = delivered.receivedBytes > 0 ? estimatedInputTokens(llm.facts) : 0;
  return { input, output: estimatedOutputTokens(textBytes, llm), source: 'estimated' };
}

function faultOf(status: number): Fault {
  if (status < 400) return 'none';
  return status >= 500 || status === 429 ? 'seller' : 'buyer';
}
