import type { GatewayLimits } from '../../limits.ts';
import type { JsonObject, RequestFacts } from '../dialect.ts';
import { measureText } from '../kit/measure-text.ts';
import { kindOfAddress, kindOfData } from '../kit/media-kind.ts';
import {
  FRACTION,
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

const TEXTS: ReadonlySet<string> = new Set(['input']);

/** What the gateway must know of a message request, and that every parameter is within its bounds. */
export function readFacts(body: JsonObject, limits: GatewayLimits): RequestFacts {
  const model = readModel(body);
  const messages = requireList(body, 'messages');
  readNumber(body, 'temperature', FRACTION);
  readNumber(body, 'top_p', FRACTION);
  readInteger(body, 'top_k', TOP_K);
  readStop(body, 'stop_sequences');
  parseReasoning(body);
  return {
    model,
    stream: readBoolean(body, 'stream') ?? false,
    wantsUsage: true,
    ...measureText(
      messages,
      [body['system'], body['tools'], body['output_config'], body['output_format']],
      kindOf,
      TEXTS,
    ),
    maxOutputTokens: readInteger(body, 'max_tokens', { min: 1, max: limits.maxOutputTokens }),
    choices: 1,
  };
}

function kindOf(name: string, value: string): ReturnType<typeof kindOfData> {
  if (name === 'url') return kindOfAddress(value);
  return name === 'data' ? kindOfData(value) : 'text';
}
