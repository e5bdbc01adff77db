import type { GatewayLimits } from '../../limits.ts';
import type { JsonObject, RequestContext, RequestFacts } from '../dialect.ts';
import { kindOfAddress, kindOfData } from '../kit/media-kind.ts';
import { measureText } from '../kit/measure-text.ts';
import {
  assertShapes,
  isAbsent,
  isObject,
  readInteger,
  readModel,
  readObject,
  requireList,
} from '../kit/params.ts';
import { camelBody } from './camel.ts';
import { parseGenerationConfig } from './generation-config.ts';

export const ONCE_ONLY = [
  'contents',
  'generationConfig',
  'generation_config',
  'systemInstruction',
  'system_instruction',
] as const;

const SHAPES = [
  ['contents', 'objects'],
  ['tools', 'objects'],
  ['toolConfig', 'object'],
  ['safetySettings', 'objects'],
  ['cachedContent', 'text'],
] as const;

const TEXTS: ReadonlySet<string> = new Set(['args', 'response']);

/** What the gateway must know of a generate request, and that every parameter is within its bounds. */
export function readFacts(source: JsonObject, context: RequestContext, limits: GatewayLimits): RequestFacts {
  const body = camelBody(source);
  const contents = requireList(body, 'contents');
  assertShapes(body, SHAPES);
  const config = readObject(body, 'generationConfig') ?? {};
  parseGenerationConfig(body);
  const at = 'generationConfig';
  const size = measureText(
    contents,
    [body['systemInstruction'], body['tools'], config['responseSchema'], config['responseJsonSchema']],
    kindOf,
    TEXTS,
  );
  return {
    model: readModel({ model: context.model }),
    stream: context.stream ?? false,
    wantsUsage: true,
    ...size,
    references: size.references + (isAbsent(body['cachedContent']) ? 0 : 1) + countOwnTools(body['tools']),
    maxOutputTokens: readInteger(
      config,
      'maxOutputTokens',
      { min: 1, max: limits.maxOutputTokens },
      `${at}.maxOutputTokens`,
    ),
    choices:
      readInteger(config, 'candidateCount', { min: 1, max: limits.maxChoices }, `${at}.candidateCount`) ?? 1,
  };
}

/** Tools that Google runs by itself: what they find is input. */
function countOwnTools(tools: unknown): number {
  if (!Array.isArray(tools)) return 0;
  return tools.filter(
    (tool) => isObject(tool) && Object.keys(tool).some((kind) => kind !== 'functionDeclarations'),
  ).length;
}

function kindOf(name: string, value: string): ReturnType<typeof kindOfData> {
  // A film or a book, as well as a picture.
  if (name === 'fileUri') return kindOfAddress(value) === 'image' ? 'reference' : 'text';
  return name === 'data' ? kindOfData(value) : 'text';
}
