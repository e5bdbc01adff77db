import type { StopReason } from '../neutral.ts';

const NEUTRAL: Readonly<Record<string, StopReason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
};

const OPENAI: Readonly<Record<StopReason, string>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  stop_sequence: 'stop',
  // The service's filter ended it; a refusal in the model's own words is text.
  refusal: 'content_filter',
  pause: 'stop',
};

/**
 * @param reason `finish_reason`; null, or '' with some servers, while there is none.
 * @param called tools: some servers say `stop` all the same, and agents would not go on.
 */
export function readStopReason(reason: unknown, called: boolean): StopReason | null {
  if (typeof reason !== 'string' || reason === '') return null;
  const stop = NEUTRAL[reason] ?? 'stop';
  return stop === 'stop' && called ? 'tool_calls' : stop;
}

export function renderStopReason(reason: StopReason): string {
  return OPENAI[reason];
}
