import type { Conversation } from '../../../db/schema/index.ts';
import type { Keyring } from '../../infra/keyring.ts';
import { sealedFor } from './message.ts';

/** A conversation as its organization sees it. */
export interface ConversationView extends Omit<Conversation, 'titleEnvelope'> {
  /** First words of the first message. */
  title: string;
}

export function toConversationView(
  keyring: Keyring,
  { titleEnvelope, ...conversation }: Conversation,
): ConversationView {
  const title = titleEnvelope === null ? '' : keyring.open(titleEnvelope, sealedFor(conversation.id));
  return { ...conversation, title };
}
