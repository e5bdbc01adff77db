/** Remembered conversations of buyers with LLM services; sealed at rest. */
export { appendTurn } from './append-turn.ts';
export { applyRetention } from './apply-retention.ts';
export type { ConversationView } from './conversation-view.ts';
export { deleteConversation } from './delete-conversation.ts';
export { deleteExpiredConversations } from './delete-expired-conversations.ts';
export { describeConversation, exportConversation } from './export-conversation.ts';
export { forkConversation } from './fork-conversation.ts';
export { getConversation, type ConversationDetail, type StoredMessage } from './get-conversation.ts';
export { listConversations, type ConversationPage } from './list-conversations.ts';
export type { Message, MessagePart } from './message.ts';
export { recallMessages } from './recall-messages.ts';
export { conversationIdSchema, type ConversationReference } from './schemas.ts';
