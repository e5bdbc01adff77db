import type { GatewayLimits } from '../../limits.ts';
import type { JsonObject, RequestFacts } from '../dialect.ts';
import { measureText } from '../kit/measure-text.ts';
import { kindOfAddress, kindOfData } from '../kit/media-kind.ts';
import {
  assertObjects,
  assertShapes,
  FRACTION,
  isAbsent,
  isObject,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readStop,
  requireList,
  TOP_K,
} from '../kit/params.ts';
import { parseReasoning } from './thinking.ts';

export const ONCE_ONLY = ['model', 'messages', 'system', 'stream', 'max_tokens'] as const;

const SHAPES = [
  ['messages', 'objects'],
  ['tools', 'objects'],
  ['tool_choice', 'object'],
  ['metadata', 'object'],
] as const;

const TEXTS: ReadonlySet<string> = new Set(['input']);

/** What the gateway must know of a message request, and that every parameter is within its bounds. */
export function readFacts(body: JsonObject, limits: GatewayLimits): RequestFacts {
  const model = readModel(body);
  const messages = requireList(body, 'messages');
  assertShapes(body, SHAPES);
  if (typeof body['system'] !== 'string') assertObjects(body, 'system');
  readNumber(body, 'temperature', FRACTION);
  readNumber(body, 'top_p', FRACTION);
  readInteger(body, 'top_k', TOP_K);
  readStop(body, 'stop_sequences');
  parseReasoning(body);
  const size = measureText(
    messages,
    [body['system'], body['tools'], body['output_config'], body['output_format']],
    kindOf,
    TEXTS,
  );
  const remote = ['mcp_servers', 'container'].filter((name) => !isAbsent(body[name])).length;
  return {
    model,
    stream: readBoolean(body, 'stream') ?? false,
    wantsUsage: true,
    ...size,
    references: size.references + remote + countOwnTools(body['tools']),
    maxOutputTokens: readInteger(body, 'max_tokens', { min: 1, max: limits.maxOutputTokens }),
    choices: 1,
  };
}

/** Tools that Anthropic runs by itself: what they find is input. */
function countOwnTools(tools: unknown): number {
  if (!Array.isArray(tools)) return 0;
  return tools.filter((tool) => isObject(tool) && !isAbsent(tool['type']) && tool['type'] !== 'custom')
    .length;
}

function kindOf(name: string, value: string): ReturnType<typeof kindOfData> {
  if (name === 'file_id') return 'reference';
  if (name === 'url') return kindOfAddress(value);
  return name === 'data' ? kindOfData(value) : 'text';
}
