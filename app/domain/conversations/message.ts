import type { ConversationMessage } from '../../../db/schema/index.ts';
import type { Keyring } from '../../infra/keyring.ts';

/** A part of a message in the gateway's neutral form: text, a tool call, an image, … */
export interface MessagePart {
  type: string;
  [field: string]: unknown;
}

/** One message of a conversation. */
export interface Message {
  role: ConversationMessage['role'];
  parts: MessagePart[];
}

const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MEDIUM = 1_600;

/** Where a conversation's texts are bound to, so that none opens elsewhere. */
export const sealedFor = (conversationId: string): string => `conversation:${conversationId}`;

export function sealParts(keyring: Keyring, conversationId: string, parts: readonly unknown[]): string {
  return keyring.seal(JSON.stringify(parts), sealedFor(conversationId));
}

/** What was sealed was a list of parts, and an envelope that was changed does not open. */
export function openParts(keyring: Keyring, conversationId: string, envelope: string): MessagePart[] {
  return JSON.parse(keyring.open(envelope, sealedFor(conversationId))) as MessagePart[];
}

/** A rough count for the budget: text by its length, media by their number. */
export function estimateTokens(parts: readonly MessagePart[]): number {
  return parts.reduce((sum, part) => {
    if ('source' in part) return sum + TOKENS_PER_MEDIUM;
    return sum + Math.ceil(Buffer.byteLength(JSON.stringify(part)) / BYTES_PER_TOKEN);
  }, 0);
}

/** The text of a message, for titles and lists. */
export function textOf(parts: readonly MessagePart[]): string {
  return parts
    .flatMap((part) => (part.type === 'text' && typeof part['text'] === 'string' ? [part['text']] : []))
    .join(' ')
    .trim();
}
