/** The response object, as answers hold it and events repeat it. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralRequest, StopReason, TokenUsage } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { renderFormat, renderTool, renderToolChoice } from './render-request.ts';
import { renderUsage } from './usage.ts';

export interface ResponseHead {
  id: string;
  model: string;
  created: number;
}

/** @param stop null while it is being made. */
export function renderResponse(
  head: ResponseHead,
  request: NeutralRequest,
  output: readonly JsonObject[],
  stop: StopReason | null,
  usage: TokenUsage | null,
): JsonObject {
  const reason = stop === null ? null : incompleteReason(stop);
  const { extras } = request;
  return {
    id: responseId(head.id),
    object: 'response',
    created_at: head.created,
    status: stop === null ? 'in_progress' : reason === null ? 'completed' : 'incomplete',
    background: false,
    error: null,
    incomplete_details: reason === null ? null : { reason },
    // May hold the seller's own, which is no business of the caller's.
    instructions: null,
    max_output_tokens: request.maxOutputTokens,
    metadata: isObject(extras['metadata']) ? extras['metadata'] : {},
    model: head.model,
    output,
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: request.temperature,
    text: { format: renderFormat(request.responseFormat) ?? { type: 'text' } },
    tool_choice: renderToolChoice(request.toolChoice) ?? 'auto',
    tools: request.tools.map(renderTool),
    top_logprobs: request.logprobs ?? 0,
    top_p: request.topP,
    truncation: 'disabled',
    user: request.user,
    ...(usage === null ? {} : { usage: renderUsage(usage) }),
  };
}

export function responseId(id: string): string {
  return id.startsWith('resp_') ? id : `resp_${id}`;
}

/** Ids of items, which begin with what they are: `msg_…`, `fc_…`, `rs_…`, `ig_…`. */
export function itemId(
  kind: 'msg' | 'fc' | 'rs' | 'ig',
  responseOrAnswerId: string,
  position: number,
): string {
  return `${kind}_${responseOrAnswerId.replace(/^resp_/, '')}_${position}`;
}

export function incompleteReason(stop: StopReason): string | null {
  if (stop === 'length') return 'max_output_tokens';
  return stop === 'content_filter' || stop === 'refusal' ? 'content_filter' : null;
}

/** Why a response of an upstream's ended. */
export function readStop(response: JsonObject, hasCalls: boolean): StopReason {
  if (response['status'] === 'incomplete') {
    const details = response['incomplete_details'];
    return isObject(details) && details['reason'] === 'content_filter' ? 'content_filter' : 'length';
  }
  return hasCalls ? 'tool_calls' : 'stop';
}
