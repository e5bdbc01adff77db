/** What OpenAI's reasoning models refuse, which is told by the model's name alone. Other names refuse nothing. */
import type { NeutralParameter, NeutralRequest } from '../neutral.ts';
import type { Effort } from './reasoning.ts';

/** Chat models of the same generation reason no more than the earlier ones. */
const REASONS = /^(?:o\d|gpt-(?!5-chat)[5-9])/;
/** Reason however they are asked. */
const ALWAYS_REASONS = /^o\d|^gpt-5(?:-(?!chat)|$)|-(?:codex|pro)\b/;
/** Do not reason unless they are asked to. */
const REASONS_IF_ASKED = /^gpt-5\.[1-4](?!\d)/;

function reasons(model: string, effort: Effort | undefined): boolean {
  if (!REASONS.test(model)) return false;
  if (ALWAYS_REASONS.test(model)) return true;
  return effort === undefined ? !REASONS_IF_ASKED.test(model) : effort !== 'none';
}

/** What such models take of these is their default, which may stay unsaid. */
const DEFAULTS: Partial<Record<NeutralParameter, number>> = {
  temperature: 1,
  topP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
};
const SAMPLING = ['temperature', 'topP', 'presencePenalty', 'frequencyPenalty', 'logprobs'] as const;

/**
 * The request without what its model would refuse it for, and the names of what was left out.
 * @param effort as the upstream will be told.
 */
export function fitToModel(
  request: NeutralRequest,
  effort: Effort | undefined,
): { request: NeutralRequest; dropped: NeutralParameter[] } {
  const { model } = request;
  const dropped: NeutralParameter[] = [];
  if (!REASONS.test(model)) return { request, dropped };
  const fitted = { ...request };
  if (reasons(model, effort)) {
    for (const parameter of SAMPLING) {
      const value = request[parameter];
      if (value === null) continue;
      if (value !== DEFAULTS[parameter]) dropped.push(parameter);
      fitted[parameter] = null;
    }
  }
  if (request.stop.length > 0) {
    dropped.push('stop');
    fitted.stop = [];
  }
  return { request: fitted, dropped };
}
