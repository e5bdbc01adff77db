import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../dialects/dialect.ts';
import { findLlmRoute, type LlmRoute } from '../doors.ts';

/** What a request at a custom path is: SDKs have headers of their own, and every dialect its own members. */
export function routeOfBody(headers: IncomingHttpHeaders, body: JsonObject): LlmRoute {
  if ('contents' in body) {
    const model = typeof body['model'] === 'string' ? body['model'] : null;
    const route = findLlmRoute('/v1beta/models/model:generateContent')!;
    // Gemini's own body has neither; the path has no room for them here.
    return { ...route, model: model ?? '', stream: body['stream'] === true };
  }
  return findLlmRoute(pathOfBody(headers, body))!;
}

function pathOfBody(headers: IncomingHttpHeaders, body: JsonObject): string {
  if (headers['anthropic-version'] !== undefined) return '/v1/messages';
  if ('messages' in body)
    return 'system' in body && 'max_tokens' in body ? '/v1/messages' : '/v1/chat/completions';
  if ('input' in body) return '/v1/responses';
  return 'prompt' in body ? '/v1/completions' : '/v1/chat/completions';
}
