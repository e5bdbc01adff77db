import type { JsonObject, RenderedRequest } from '../dialect.ts';
import type { NeutralParameter, NeutralRequest } from '../neutral.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import { parameterName } from '../kit/parameter-names.ts';
import { closeObjects } from './close-objects.ts';
import { renderMessages, renderSystem } from './messages.ts';
import { renderThinking } from './thinking.ts';
import { renderTool, renderToolChoice } from './tools.ts';

/** Anthropic wants a bound always. */
const DEFAULT_MAX_TOKENS = 4_096;
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
  // While it thinks, Anthropic takes no other temperature than its own.
  const thinks = thinking !== null && thinking['type'] !== 'disabled';
  for (const parameter of ['temperature', 'topK'] as const)
    if (thinks && request[parameter] !== null) drop(parameter);
  const { temperature } = request;
  // Of temperature and top_p its models take one; thinking ones no low top_p.
  const topP = (thinks ? (request.topP ?? 1) < 0.95 : temperature !== null) ? null : request.topP;
  if (topP !== request.topP) drop('topP');
  // No stop sequence may be blank.
  const stop = request.stop.filter((sequence) => sequence.trim() !== '');
  if (stop.length < request.stop.length) drop('stop');
  const { responseFormat: format, tools } = request;
  if (format?.type === 'json') drop('responseFormat');

  const body: JsonObject = {
    model: request.model,
    max_tokens: maxTokens,
    system: request.system.length === 0 ? null : renderSystem(request.system),
    messages: renderMessages(request.messages),
    tools: tools.length === 0 ? null : tools.map(renderTool),
    tool_choice: tools.length === 0 ? null : renderToolChoice(request),
    // OpenAI's reaches to 2.
    temperature: thinks || temperature === null ? null : Math.min(temperature, 1),
    top_p: topP,
    top_k: thinks ? null : request.topK,
    stop_sequences: stop.length === 0 ? null : stop,
    thinking,
    output_config: renderOutputConfig(
      effort,
      format?.type === 'json_schema' ? closeObjects(format.schema) : null,
    ),
    metadata: request.user === null ? null : { user_id: request.user },
    stream: request.stream ? true : null,
  };
  return { body: withoutAbsent(body), dropped };
}

function renderOutputConfig(effort: string | null, schema: JsonObject | null): JsonObject | null {
  if (effort === null && schema === null) return null;
  return {
    ...(effort === null ? {} : { effort }),
    ...(schema === null ? {} : { format: { type: 'json_schema', schema } }),
  };
}
