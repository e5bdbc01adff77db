import type { JsonObject } from '../dialect.ts';
import type { StopReason } from '../neutral.ts';
import { isAbsent, isObject } from '../kit/params.ts';

const NEUTRAL: Readonly<Record<string, StopReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  CONTINUATION: 'pause',
};

const GEMINI: Readonly<Record<StopReason, string>> = {
  stop: 'STOP',
  stop_sequence: 'STOP',
  tool_calls: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  refusal: 'SAFETY',
  pause: 'CONTINUATION',
};

/**
 * @param reason `finishReason`; null while there is none.
 * @param calls whether a tool was called: Gemini says STOP then too.
 */
export function readFinishReason(reason: unknown, calls: boolean): StopReason | null {
  if (typeof reason !== 'string' || reason === '' || reason === 'FINISH_REASON_UNSPECIFIED') return null;
  const stop = NEUTRAL[reason] ?? 'stop';
  return stop === 'stop' && calls ? 'tool_calls' : stop;
}

export function renderFinishReason(reason: StopReason): string {
  return GEMINI[reason];
}

/** The prompt was refused: there are no candidates then. */
export function isBlocked({ promptFeedback }: JsonObject): boolean {
  return isObject(promptFeedback) && !isAbsent(promptFeedback['blockReason']);
}

/** Some candidate of this answer or chunk has said why it stopped, or the prompt was refused. */
export function isFinished(holder: JsonObject): boolean {
  const candidates: unknown[] = Array.isArray(holder['candidates']) ? holder['candidates'] : [];
  return (
    isBlocked(holder) ||
    candidates.some((one) => isObject(one) && readFinishReason(one['finishReason'], false) !== null)
  );
}
