/** `generationConfig.thinkingConfig`. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralReasoning } from '../neutral.ts';
import { readBoolean, readInteger, readObject, readOneOf } from '../kit/params.ts';

const AT = 'generationConfig.thinkingConfig';
/** -1: the model decides. */
const BUDGET = { min: -1, max: 1_000_000 };
const LEVELS = ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] as const;

/** @throws AppError `invalid_request` that names the member. */
export function parseReasoning(config: JsonObject): NeutralReasoning | null {
  const thinking = readObject(config, 'thinkingConfig', AT);
  if (thinking === null) return null;
  const include = readBoolean(thinking, 'includeThoughts', `${AT}.includeThoughts`);
  const budget = readInteger(thinking, 'thinkingBudget', BUDGET, `${AT}.thinkingBudget`);
  const level = readOneOf(thinking, 'thinkingLevel', LEVELS, `${AT}.thinkingLevel`);
  const effort = budget === 0 ? 'none' : level === null ? undefined : EFFORTS[level];
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(budget === null || budget <= 0 ? {} : { budgetTokens: budget }),
    ...(include === null ? {} : { include }),
  };
}

const EFFORTS: Readonly<Record<(typeof LEVELS)[number], NeutralReasoning['effort']>> = {
  THINKING_LEVEL_UNSPECIFIED: undefined,
  MINIMAL: 'minimal',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
};

type Effort = NonNullable<NeutralReasoning['effort']>;

const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

/** Models up to 2.5 are told a budget, later ones a level. */
export function renderThinking(reasoning: NeutralReasoning | null, model: string): JsonObject | null {
  if (reasoning === null) return null;
  const { effort, budgetTokens, include } = reasoning;
  const includeThoughts = include === undefined ? {} : { includeThoughts: include };
  if (budgetTokens !== undefined) return { thinkingBudget: budgetTokens, ...includeThoughts };
  if (effort === undefined) return includeThoughts;
  if (/gemini-[12][.-]/.test(model) || effort === 'none')
    return { thinkingBudget: BUDGETS[effort], ...includeThoughts };
  return { thinkingLevel: levelOf(effort), ...includeThoughts };
}

function levelOf(effort: Exclude<Effort, 'none'>): string {
  return effort === 'xhigh' || effort === 'max' ? 'HIGH' : effort.toUpperCase();
}
