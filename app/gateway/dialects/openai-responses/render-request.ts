import type { JsonObject, RenderedRequest } from '../dialect.ts';
import type {
  NeutralParameter,
  NeutralRequest,
  NeutralResponseFormat,
  NeutralToolChoice,
} from '../neutral.ts';
import { takeExtras } from '../openai-shared/extras.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import { fitToModel } from '../openai-shared/model-traits.ts';
import { effortOf } from '../openai-shared/reasoning.ts';
import { renderFunction } from '../openai-shared/tools.ts';
import { parameterName } from '../kit/parameter-names.ts';
import { renderInput } from './items.ts';

const EXTRAS: ReadonlySet<string> = new Set([
  ...['service_tier', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier'],
  ...['metadata', 'truncation', 'verbosity', 'max_tool_calls'],
]);

/** OpenAI takes no lower bound. */
const LEAST_OUTPUT_TOKENS = 16;

export function renderRequest(asked: NeutralRequest): RenderedRequest {
  const { kept, dropped } = takeExtras(asked, EXTRAS);
  const { verbosity, ...extras } = kept;
  const { request, dropped: refused } = fitToModel(asked, effortOf(asked.reasoning));
  const lacking = new Set([...lackingParameters(asked), ...refused]);
  dropped.push(...[...lacking].map((parameter) => parameterName(asked, parameter)));
  const format = renderFormat(request.responseFormat);
  const text = withoutAbsent({ format, verbosity });
  const body = withoutAbsent({
    model: request.model,
    instructions: request.system.map((part) => part.text).join('\n\n') || null,
    input: renderInput(request.messages),
    tools: request.tools.length === 0 ? null : request.tools.map(renderTool),
    tool_choice: request.tools.length === 0 ? null : renderToolChoice(request.toolChoice),
    parallel_tool_calls: request.tools.length === 0 ? null : request.parallelToolCalls,
    max_output_tokens:
      request.maxOutputTokens === null ? null : Math.max(request.maxOutputTokens, LEAST_OUTPUT_TOKENS),
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: request.logprobs || null,
    text: Object.keys(text).length === 0 ? null : text,
    reasoning: renderReasoningOptions(request),
    include: renderInclude(request),
    user: request.user,
    stream: request.stream || null,
    // Nobody could ask for it again under an id of another dialect.
    store: false,
    ...extras,
  });
  return { body, dropped };
}

function lackingParameters(request: NeutralRequest): NeutralParameter[] {
  const { topK, seed, stop, choices, presencePenalty, frequencyPenalty } = request;
  const lacking: NeutralParameter[] = [];
  if (topK !== null) lacking.push('topK');
  if (seed !== null) lacking.push('seed');
  if (stop.length > 0) lacking.push('stop');
  if (choices !== null && choices > 1) lacking.push('choices');
  if (presencePenalty !== null) lacking.push('presencePenalty');
  if (frequencyPenalty !== null) lacking.push('frequencyPenalty');
  return lacking;
}

export function renderTool(tool: NeutralRequest['tools'][number]): JsonObject {
  // Absent means strict here, and lax in every other dialect.
  return { type: 'function', ...renderFunction(tool), strict: tool.strict ?? false };
}

export function renderToolChoice(choice: NeutralToolChoice | null): unknown {
  return choice !== null && typeof choice === 'object' ? { type: 'function', name: choice.name } : choice;
}

export function renderFormat(format: NeutralResponseFormat | null): JsonObject | null {
  if (format === null || format.type === 'text') return null;
  return format.type === 'json' ? { type: 'json_object' } : { ...format };
}

function renderReasoningOptions({ reasoning }: NeutralRequest): JsonObject | null {
  if (reasoning === null) return null;
  return withoutAbsent({ effort: effortOf(reasoning), summary: reasoning.include ? 'auto' : null });
}

/** Encrypted reasoning lets the next turn go on; models that do not reason refuse the wish. */
function renderInclude({ reasoning, logprobs }: NeutralRequest): string[] | null {
  const include = [
    ...(reasoning === null || reasoning.effort === 'none' ? [] : ['reasoning.encrypted_content']),
    ...(logprobs === null ? [] : ['message.output_text.logprobs']),
  ];
  return include.length === 0 ? null : include;
}
