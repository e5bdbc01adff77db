import type { Call } from './call.ts';

/** Puts the earlier messages of the conversation in front of the caller's. */
export function recallConversation(_call: Call): void | Promise<void> {}
