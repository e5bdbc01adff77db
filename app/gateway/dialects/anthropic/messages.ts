/** `system` and `messages`. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralMessage, NeutralPart } from '../neutral.ts';
import { invalid, readOneOf, requireObject } from '../kit/params.ts';
import { cacheControl, parseContent, renderBlocks } from './blocks.ts';

type TextPart = Extract<NeutralPart, { type: 'text' }>;

/** @throws AppError `invalid_request` that names the member: `system.0.type`. */
export function parseSystem(system: unknown, at = 'system'): TextPart[] {
  return parseContent(system, at).map((part) => {
    if (part.type !== 'text') throw invalid(at, 'Instructions must be text.');
    return part;
  });
}

export interface Conversation {
  /** Instructions that stand between the messages. */
  system: TextPart[];
  messages: NeutralMessage[];
}

/** @throws AppError `invalid_request` that names the member: `messages.2.content.0.text`. */
export function parseMessages(list: readonly unknown[]): Conversation {
  const system: TextPart[] = [];
  const messages: NeutralMessage[] = [];
  for (const [i, entry] of list.entries()) {
    const at = `messages.${i}`;
    const message = requireObject(entry, at);
    const role = readOneOf(message, 'role', ['user', 'assistant', 'system'], `${at}.role`);
    if (role === null) throw invalid(`${at}.role`, `The parameter "${at}.role" is required.`, 'required');
    if (role === 'system') {
      system.push(...parseSystem(message['content'], `${at}.content`));
      continue;
    }
    const parts = parseContent(message['content'], `${at}.content`);
    const results = parts.filter((part) => part.type === 'tool_result');
    if (results.length > 0) messages.push({ role: 'tool', parts: results });
    const rest = parts.filter((part) => part.type !== 'tool_result');
    if (rest.length > 0 || results.length === 0) messages.push({ role, parts: rest });
  }
  return { system, messages };
}

export function renderSystem(system: readonly TextPart[]): JsonObject[] {
  return system
    .filter(({ text }) => text !== '')
    .map((part) => ({ type: 'text', text: part.text, ...cacheControl(part) }));
}

/** Neighbours of one role become one message, and results stand first in it, as Anthropic wants it. */
export function renderMessages(messages: readonly NeutralMessage[]): JsonObject[] {
  const rendered: { role: 'user' | 'assistant'; content: JsonObject[] }[] = [];
  for (const { role: neutralRole, parts } of messages) {
    const role = neutralRole === 'assistant' ? 'assistant' : 'user';
    const content = renderBlocks(parts);
    if (content.length === 0) continue;
    const last = rendered.at(-1);
    if (last?.role === role) last.content.push(...content);
    else rendered.push({ role, content });
  }
  return rendered.map(({ role, content }) => ({
    role,
    content: [
      ...content.filter(({ type }) => type === 'tool_result'),
      ...content.filter(({ type }) => type !== 'tool_result'),
    ],
  }));
}
