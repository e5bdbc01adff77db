import type { JsonObject, RequestContext } from '../dialect.ts';
import type { NeutralRequest } from '../neutral.ts';
import { collectExtras, readModel, readObject, requireList } from '../kit/params.ts';
import { camelBody } from './camel.ts';
import { parseContents, parseSystem } from './contents.ts';
import { generationExtras, parseGenerationConfig } from './generation-config.ts';
import { parseToolConfig, parseTools } from './tools.ts';

const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig'],
]);

const NAMES: NonNullable<NeutralRequest['names']> = {
  toolChoice: 'toolConfig',
  temperature: 'generationConfig.temperature',
  topP: 'generationConfig.topP',
  topK: 'generationConfig.topK',
  seed: 'generationConfig.seed',
  stop: 'generationConfig.stopSequences',
  choices: 'generationConfig.candidateCount',
  presencePenalty: 'generationConfig.presencePenalty',
  frequencyPenalty: 'generationConfig.frequencyPenalty',
  logprobs: 'generationConfig.responseLogprobs',
  responseFormat: 'generationConfig.responseMimeType',
  reasoning: 'generationConfig.thinkingConfig',
};

/** A whole generate request. @throws AppError `invalid_request` that names the member. */
export function parseRequest(source: JsonObject, context: RequestContext): NeutralRequest {
  const body = camelBody(source);
  const { tools: declared, extras } = parseTools(body);
  const { functionCallingConfig: _calling, ...toolConfig } = readObject(body, 'toolConfig') ?? {};
  return {
    model: readModel({ model: context.model }),
    stream: context.stream ?? false,
    system: parseSystem(body['systemInstruction'], 'systemInstruction'),
    messages: parseContents(requireList(body, 'contents')),
    ...parseToolConfig(body, declared),
    parallelToolCalls: null,
    ...parseGenerationConfig(body),
    user: null,
    wantsUsage: true,
    extras: {
      ...collectExtras(body, KNOWN),
      ...generationExtras(body),
      ...extras,
      ...Object.fromEntries(Object.entries(toolConfig).map(([name, value]) => [`toolConfig.${name}`, value])),
    },
    names: NAMES,
  };
}
