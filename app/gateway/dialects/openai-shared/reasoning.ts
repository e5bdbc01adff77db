import type { JsonObject } from '../dialect.ts';
import type { NeutralReasoning } from '../neutral.ts';
import { readOneOf } from '../kit/params.ts';

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

export function readEffort(source: JsonObject, name: string, field = name): Effort | null {
  return readOneOf(source, name, EFFORTS, field);
}

/** How hard the model is to think; undefined: as it likes. */
export function effortOf(reasoning: NeutralReasoning | null): Effort | undefined {
  const { effort, budgetTokens } = reasoning ?? {};
  return effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
}

/** Anthropic and Gemini count thinking in tokens; OpenAI names how hard. */
function effortOfBudget(budgetTokens: number): Effort {
  if (budgetTokens <= 0) return 'none';
  if (budgetTokens <= 2_048) return 'low';
  return budgetTokens <= 10_240 ? 'medium' : 'high';
}
