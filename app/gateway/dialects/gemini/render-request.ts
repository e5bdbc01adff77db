import type { JsonObject, RenderedRequest } from '../dialect.ts';
import type { NeutralParameter, NeutralRequest, NeutralResponseFormat } from '../neutral.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import { parameterName } from '../kit/parameter-names.ts';
import { renderContents } from './render-contents.ts';
import { renderThinking } from './thinking.ts';
import { renderToolConfig, renderTools } from './tools.ts';

/** Google's seeds are 32 bits wide. */
const MAX_SEED = 2_147_483_647;

export function renderRequest(request: NeutralRequest): RenderedRequest {
  const dropped = Object.entries(request.extras)
    .filter(([, value]) => value !== false)
    .map(([name]) => name);
  const drop = (parameter: NeutralParameter): void => {
    dropped.push(parameterName(request, parameter));
  };
  // Several calls at once is what it does anyway.
  if (request.parallelToolCalls === false) drop('parallelToolCalls');
  if (request.user !== null) drop('user');
  const seed = request.seed !== null && Math.abs(request.seed) <= MAX_SEED ? request.seed : null;
  if (seed !== request.seed) drop('seed');

  const { logprobs, model, system } = request;
  const generationConfig = withoutAbsent({
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    seed,
    stopSequences: request.stop.length === 0 ? null : request.stop,
    candidateCount: request.choices,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    responseLogprobs: logprobs === null ? null : true,
    logprobs,
    ...renderResponseFormat(request.responseFormat),
    thinkingConfig: renderThinking(request.reasoning, model),
  });
  const body: JsonObject = {
    contents: renderContents(request.messages, model),
    systemInstruction: system.length === 0 ? null : { parts: system.map(({ text }) => ({ text })) },
    tools: renderTools(request.tools),
    toolConfig: renderToolConfig(request),
    generationConfig: Object.keys(generationConfig).length === 0 ? null : generationConfig,
  };
  return { body: withoutAbsent(body), dropped };
}

function renderResponseFormat(format: NeutralResponseFormat | null): JsonObject {
  if (format === null || format.type === 'text') return {};
  return {
    responseMimeType: 'application/json',
    ...(format.type === 'json' ? {} : { responseJsonSchema: format.schema }),
  };
}
