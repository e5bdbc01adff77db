/** How hard the model thinks: `thinking`, and `output_config.effort`. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralReasoning, NeutralRequest } from '../neutral.ts';
import { signatureFor } from '../kit/signature.ts';
import { invalid, readInteger, readObject, readOneOf, readString } from '../kit/params.ts';
import { traitsOf } from './model-traits.ts';

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
const BUDGET = { min: 1_024, max: 1_000_000 };

/** @throws AppError `invalid_request` that names the member. */
export function parseReasoning(body: JsonObject): NeutralReasoning | null {
  const config = readObject(body, 'output_config') ?? {};
  const effort = readOneOf(config, 'effort', EFFORTS, 'output_config.effort');
  const thinking = readObject(body, 'thinking');
  const stated = effort === null ? {} : { effort };
  if (thinking === null) return effort === null ? null : stated;
  const display = readString(thinking, 'display', 'thinking.display');
  switch (thinking['type']) {
    case 'disabled':
      return { effort: 'none' };
    case 'enabled': {
      const budgetTokens = readInteger(thinking, 'budget_tokens', BUDGET, 'thinking.budget_tokens');
      if (budgetTokens === null)
        throw invalid(
          'thinking.budget_tokens',
          'The parameter "thinking.budget_tokens" is required.',
          'required',
        );
      return { ...stated, budgetTokens, include: display !== 'omitted' };
    }
    case 'between_tools':
      // How the newest models write `disabled`.
      return { effort: 'none' };
    case 'adaptive':
      return { ...stated, ...(display === null ? {} : { include: display !== 'omitted' }) };
    default:
      throw invalid('thinking.type', 'The parameter "thinking.type" must be enabled, adaptive or disabled.');
  }
}

/** The caller wants a tool to be called whatever the model thinks of it. */
export function forcesTool({ toolChoice, tools }: NeutralRequest): boolean {
  const isForced = toolChoice === 'required' || (toolChoice !== null && typeof toolChoice === 'object');
  return isForced && tools.length > 0;
}

export interface RenderedThinking {
  thinking: JsonObject | null;
  effort: string | null;
  /** It was asked for, and cannot be with the rest of the request. */
  dropped: boolean;
}

const BUDGET_OF_EFFORT: Readonly<Record<Exclude<NonNullable<NeutralReasoning['effort']>, 'none'>, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};

/**
 * @param maxTokens what the answer may have in all; a budget must leave room in it.
 */
export function renderThinking(request: NeutralRequest, maxTokens: number): RenderedThinking {
  const { reasoning, model } = request;
  const nothing = { thinking: null, effort: null, dropped: false };
  if (reasoning === null) return nothing;
  const { effort, budgetTokens, include } = reasoning;
  const { takesBudget, takesForcedTool, withoutThinking } = traitsOf(model);
  if (effort === 'none') {
    if (withoutThinking !== null) return { ...nothing, thinking: { type: withoutThinking } };
    // The least there is, which is not what was asked for.
    return { ...nothing, effort: 'low', dropped: true };
  }
  // Anthropic refuses to think where a tool is forced.
  if (takesForcedTool && forcesTool(request)) return { ...nothing, dropped: true };
  const display = include === false ? { display: 'omitted' } : {};
  if (!takesBudget) {
    const level = effort ?? (budgetTokens === undefined ? null : effortOfBudget(budgetTokens));
    return {
      thinking: { type: 'adaptive', ...(include === true ? { display: 'summarized' } : display) },
      effort: level === 'minimal' ? 'low' : level,
      dropped: false,
    };
  }
  const wanted = budgetTokens ?? (effort === undefined ? BUDGET_OF_EFFORT.medium : BUDGET_OF_EFFORT[effort]);
  const budget = Math.min(wanted, Math.max(BUDGET.min, maxTokens >> 1));
  if (budget < BUDGET.min || budget >= maxTokens || lacksSignature(request))
    return { ...nothing, dropped: true };
  return { thinking: { type: 'enabled', budget_tokens: budget, ...display }, effort: null, dropped: false };
}

function effortOfBudget(budgetTokens: number): 'low' | 'medium' | 'high' {
  if (budgetTokens <= 2_048) return 'low';
  return budgetTokens <= 10_240 ? 'medium' : 'high';
}

/** In the middle of a tool's turn such a model wants its own thinking back; other vendors gave none. */
function lacksSignature({ messages }: NeutralRequest): boolean {
  if (messages.at(-1)?.role !== 'tool') return false;
  const calling = messages.findLast(({ role }) => role === 'assistant');
  return !calling?.parts.some(
    (part) => part.type === 'reasoning' && signatureFor('anthropic', part.signature) !== null,
  );
}
