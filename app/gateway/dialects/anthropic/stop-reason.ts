import type { StopReason } from '../neutral.ts';

const NEUTRAL: Readonly<Record<string, StopReason>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_calls',
  pause_turn: 'pause',
  refusal: 'refusal',
};

const ANTHROPIC: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  stop_sequence: 'stop_sequence',
  tool_calls: 'tool_use',
  pause: 'pause_turn',
  refusal: 'refusal',
  content_filter: 'refusal',
};

/** @param reason `stop_reason`; null while there is none. */
export function readStopReason(reason: unknown): StopReason | null {
  return typeof reason === 'string' ? (NEUTRAL[reason] ?? 'stop') : null;
}

export function renderStopReason(reason: StopReason): string {
  return ANTHROPIC[reason];
}
