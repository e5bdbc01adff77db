import type { JsonObject, RenderedRequest } from '../dialect.ts';
import type { NeutralParameter, NeutralRequest } from '../neutral.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import { parameterName } from '../kit/parameter-names.ts';
import { fitSchema } from './fit-schema.ts';
import { renderMessages, renderSystem } from './messages.ts';
import { traitsOf } from './model-traits.ts';
import { forcesTool, renderThinking } from './thinking.ts';
import { renderTool, renderToolChoice } from './tools.ts';

/** Anthropic wants a bound always. */
const DEFAULT_MAX_TOKENS = 4_096;
const JSON_ONLY = 'Answer with one JSON object and nothing else, without code fences.';
const LACKING = ['seed', 'presencePenalty', 'frequencyPenalty', 'logprobs'] as const;

export function renderRequest(request: NeutralRequest): RenderedRequest {
  const dropped = Object.entries(request.extras)
    .filter(([, value]) => value !== false)
    .map(([name]) => name);
  const drop = (parameter: NeutralParameter): void => {
    dropped.push(parameterName(request, parameter));
  };
  for (const parameter of LACKING) if (request[parameter] !== null) drop(parameter);
  if (request.choices !== null && request.choices > 1) drop('choices');

  const maxTokens = request.maxOutputTokens ?? DEFAULT_MAX_TOKENS;
  const { thinking, effort, dropped: withoutThinking } = renderThinking(request, maxTokens);
  if (withoutThinking) drop('reasoning');
  const traits = traitsOf(request.model);
  const sampling = renderSampling(request, thinking !== null && thinking['type'] !== 'disabled');
  for (const parameter of sampling.dropped) drop(parameter);
  // No stop sequence may be blank.
  const stop = request.stop.filter((sequence) => sequence.trim() !== '');
  if (stop.length < request.stop.length) drop('stop');
  const { responseFormat: format, tools } = request;
  const system = [...request.system];
  if (format?.type === 'json') {
    // Nothing is enforced without a schema, which callers are told; the model is asked in words.
    drop('responseFormat');
    system.push({ type: 'text', text: JSON_ONLY });
  }
  const mayForce = traits.takesForcedTool || !forcesTool(request);
  if (!mayForce) drop('toolChoice');

  const body: JsonObject = {
    model: request.model,
    max_tokens: maxTokens,
    system: system.length === 0 ? null : renderSystem(system),
    messages: renderMessages(request.messages),
    tools: tools.length === 0 ? null : tools.map(renderTool),
    tool_choice:
      tools.length === 0 ? null : renderToolChoice(mayForce ? request : { ...request, toolChoice: null }),
    ...sampling.body,
    stop_sequences: stop.length === 0 ? null : stop,
    thinking,
    output_config: renderOutputConfig(
      effort,
      format?.type === 'json_schema' ? fitSchema(format.schema) : null,
    ),
    metadata: request.user === null ? null : { user_id: request.user },
    stream: request.stream ? true : null,
  };
  return { body: withoutAbsent(body), dropped };
}

/** `temperature`, `top_p` and `top_k`, as far as the model takes them beside the rest. */
function renderSampling(
  { model, temperature, topP, topK }: NeutralRequest,
  thinks: boolean,
): { body: JsonObject; dropped: NeutralParameter[] } {
  const isFree = traitsOf(model).takesSampling;
  const dropped: NeutralParameter[] = [];
  const take = (parameter: 'temperature' | 'topP' | 'topK', value: number | null, fits: boolean) => {
    if (value === null || fits) return value;
    // The default may stay unsaid.
    if (value !== 1 || parameter === 'topK') dropped.push(parameter);
    return null;
  };
  // While it thinks, Anthropic takes no other temperature than its own.
  const taken = take('temperature', temperature, isFree && !thinks);
  // Of temperature and top_p its models take one; thinking ones no low top_p.
  const fitsTopP = isFree && (thinks ? (topP ?? 1) >= 0.95 : temperature === null);
  return {
    body: {
      // OpenAI's reaches to 2.
      temperature: taken === null ? null : Math.min(taken, 1),
      top_p: take('topP', topP, fitsTopP),
      top_k: take('topK', topK, isFree && !thinks),
    },
    dropped,
  };
}

function renderOutputConfig(effort: string | null, schema: JsonObject | null): JsonObject | null {
  if (effort === null && schema === null) return null;
  return {
    ...(effort === null ? {} : { effort }),
    ...(schema === null ? {} : { format: { type: 'json_schema', schema } }),
  };
}
