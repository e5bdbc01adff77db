import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../dialects/dialect.ts';
import { isObject } from '../dialects/kit/params.ts';
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
  if ('messages' in body) return isMessageRequest(body) ? '/v1/messages' : '/v1/chat/completions';
  if ('input' in body) return '/v1/responses';
  return 'prompt' in body ? '/v1/completions' : '/v1/chat/completions';
}

/** Members that are Anthropic's alone: others that speak like OpenAI have borrowed the rest. */
const ANTHROPIC_MEMBERS = ['system', 'stop_sequences', 'output_config', 'mcp_servers', 'context_management'];
/** What its messages consist of, and nobody else's. */
const ANTHROPIC_BLOCKS: ReadonlySet<unknown> = new Set([
  ...['image', 'document', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking', 'search_result'],
]);

function isMessageRequest(body: JsonObject): boolean {
  if (ANTHROPIC_MEMBERS.some((name) => name in body)) return true;
  const { tools, messages } = body;
  if (objectsIn(tools).some((tool) => 'input_schema' in tool)) return true;
  return objectsIn(messages).some(({ content }) =>
    objectsIn(content).some(({ type }) => ANTHROPIC_BLOCKS.has(type)),
  );
}

function objectsIn(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
