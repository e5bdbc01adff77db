/** Bodies of which only the model is the gateway's business: images, speech, rerank, moderations. */
import type { GatewayLimits } from '../../limits.ts';
import type { JsonObject, RequestFacts } from '../dialect.ts';
import { measureText } from './measure-text.ts';
import { readBoolean, readInteger, readModel } from './params.ts';

const IMAGE_MEMBERS: ReadonlySet<string> = new Set(['image', 'image_url', 'url', 'mask']);

/**
 * @throws AppError `invalid_request`; the first issue names the parameter.
 */
export function readModelOnly(body: JsonObject, limits: GatewayLimits): RequestFacts {
  const { model, ...rest } = body;
  return {
    model: readModel({ model }),
    stream: readBoolean(body, 'stream') ?? false,
    wantsUsage: true,
    ...measureText(rest, [], (name, value) =>
      IMAGE_MEMBERS.has(name) && value.startsWith('data:') ? 'image' : 'text',
    ),
    // They generate no text that is priced by length.
    maxOutputTokens: 0,
    choices: readInteger(body, 'n', { min: 1, max: limits.maxChoices }) ?? 1,
  };
}
