import type { DialectName } from '../../lib/service-options.ts';
import type { JsonObject } from '../dialects/dialect.ts';

/** Members of a body that are meant for the gateway: no upstream gets them. */
export function ownMembers(dialect: DialectName, body: JsonObject): string[] {
  const own: string[] = [];
  for (const name of ['provider', 'models']) if (name in body) own.push(name);
  if ('conversation' in body && isOurConversation(dialect, body['conversation'])) own.push('conversation');
  return own;
}

/** OpenAI's responses have conversations of their own: objects, and ids that say so. */
export function isOurConversation(dialect: DialectName, conversation: unknown): boolean {
  if (dialect !== 'openai-responses') return true;
  return typeof conversation === 'string' && !conversation.startsWith('conv_');
}
