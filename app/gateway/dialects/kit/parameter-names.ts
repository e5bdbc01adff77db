/** What the caller calls a parameter, for `x-tollgate-dropped-params`. */
import type { NeutralParameter, NeutralRequest } from '../neutral.ts';

const OPENAI_NAMES: Readonly<Record<NeutralParameter, string>> = {
  toolChoice: 'tool_choice',
  parallelToolCalls: 'parallel_tool_calls',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  stop: 'stop',
  choices: 'n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logprobs: 'logprobs',
  responseFormat: 'response_format',
  reasoning: 'reasoning_effort',
  user: 'user',
};

export function parameterName(request: NeutralRequest, parameter: NeutralParameter): string {
  return request.names?.[parameter] ?? OPENAI_NAMES[parameter];
}
