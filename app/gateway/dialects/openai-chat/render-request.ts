import type { JsonObject, RenderedRequest } from '../dialect.ts';
import type { NeutralRequest, NeutralResponseFormat, NeutralToolChoice } from '../neutral.ts';
import { fitToModel } from '../openai-shared/model-traits.ts';
import { effortOf } from '../openai-shared/reasoning.ts';
import { takeExtras } from '../openai-shared/extras.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import { renderFunction } from '../openai-shared/tools.ts';
import { parameterName } from '../kit/parameter-names.ts';
import { renderMessages } from './messages.ts';

/** OpenAI's own that mean the same in several of its dialects. */
const EXTRAS: ReadonlySet<string> = new Set([
  ...['logit_bias', 'prediction', 'verbosity', 'service_tier'],
  ...['prompt_cache_key', 'prompt_cache_retention', 'safety_identifier'],
]);

export function renderRequest(asked: NeutralRequest): RenderedRequest {
  const { kept, dropped } = takeExtras(asked, EXTRAS);
  if (asked.topK !== null) dropped.push(parameterName(asked, 'topK'));
  const effort = effortOf(asked.reasoning);
  const { request, dropped: refused } = fitToModel(asked, effort);
  dropped.push(...refused.map((parameter) => parameterName(asked, parameter)));
  const { logprobs } = request;
  const body: JsonObject = {
    model: request.model,
    messages: [
      ...request.system.map(({ text }) => ({ role: 'system', content: text })),
      ...renderMessages(request.messages),
    ],
    [outputBoundName(request.model)]: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    n: request.choices,
    stop: request.stop.length === 0 ? null : request.stop,
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    logprobs: logprobs === null ? null : true,
    top_logprobs: logprobs === 0 ? null : logprobs,
    tools:
      request.tools.length === 0
        ? null
        : request.tools.map((tool) => ({ type: 'function', function: renderFunction(tool) })),
    tool_choice: request.tools.length === 0 ? null : renderToolChoice(request.toolChoice),
    parallel_tool_calls: request.tools.length === 0 ? null : request.parallelToolCalls,
    response_format: renderResponseFormat(request.responseFormat),
    reasoning_effort: effort,
    user: request.user,
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...kept,
  };
  return { body: withoutAbsent(body), dropped };
}

/** OpenAI's reasoning models refuse `max_tokens`; servers that resemble OpenAI's know only that. */
export function outputBoundName(model: string): 'max_completion_tokens' | 'max_tokens' {
  return /^(o\d|gpt-[5-9])/.test(model) ? 'max_completion_tokens' : 'max_tokens';
}

function renderToolChoice(choice: NeutralToolChoice | null): unknown {
  return choice !== null && typeof choice === 'object'
    ? { type: 'function', function: { name: choice.name } }
    : choice;
}

function renderResponseFormat(format: NeutralResponseFormat | null): JsonObject | null {
  if (format === null || format.type === 'text') return null;
  if (format.type === 'json') return { type: 'json_object' };
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}
