/** Conversations that the gateway remembers for callers: earlier messages in front, the new turn kept. */
import {
  appendTurn,
  conversationIdSchema,
  recallMessages,
  type Message,
} from '../domain/conversations/index.ts';
import type { RateLimit } from '../infra/store/store.ts';
import { AppError, hasErrorCode } from '../lib/app-error.ts';
import type { AnswerCapture, CapturedAnswer } from './answers/answer-body.ts';
import { assembleAnswer } from './answers/assemble-answer.ts';
import type { Call } from './call.ts';
import { withDeadline } from './deadline.ts';
import { dialectOf } from './dialects/index.ts';
import type { NeutralMessage, NeutralPart } from './dialects/neutral.ts';
import { keyContext } from './key-context.ts';
import { servicesOf } from './key-scope.ts';
import type { LlmCall } from './llm/llm-call.ts';
import { isOurConversation } from './llm/own-members.ts';
import { DAY_WINDOW_MS } from './limits.ts';
import { storageUnavailable } from './snapshot.ts';

export const CONVERSATION_HEADER = 'x-tollgate-conversation';

/** Tokens of earlier messages that are sent along; older turns are left out. */
const HISTORY_TOKENS = 8_000;
/** Longer answers are passed on, and not remembered. */
const MAX_ANSWER_BYTES = 4_000_000;
/** What one organization has kept; turns beyond it are answered and not remembered, or it could fill the disk. */
const KEPT_BYTES_PER_DAY = 1024 * 1024 * 1024;

/**
 * Stage behind `compose`: puts the earlier messages of the conversation in front of the caller's, and
 * remembers the turn once its answer is whole. Calls that name no conversation never wait here.
 * @throws AppError `forbidden` when the organization does not remember conversations.
 */
export function recallConversation(call: Call): void | Promise<void> {
  const { llm } = call;
  if (llm === null || llm.operation !== 'generate') return;
  const conversation = conversationOf(call, llm);
  if (conversation === null) return;
  if ((call.principal?.conversationRetentionDays ?? null) === null) {
    throw new AppError(
      'forbidden',
      `Your organization does not remember conversations. Turn it on: ${call.parts.publicUrl}/buyer/conversations`,
    );
  }
  return recall(call, llm, conversation);
}

async function recall(call: Call, llm: LlmCall, conversation: string): Promise<void> {
  const asked = llm.neutral().messages;
  const { limits, logger } = call.parts;
  const recalled = recallMessages(keyContext(call), {
    conversation,
    maxTokens: HISTORY_TOKENS,
    needsLastTurn: asked[0]?.role === 'tool',
    serviceIds: servicesOf(call.principal!),
  });
  let history: Message[];
  try {
    history = await withDeadline(recalled, limits.storageDeadlineMs);
  } catch (error) {
    if (hasErrorCode(error, 'key_not_allowed')) throw error;
    logger.error({ err: error, requestId: call.id }, 'a conversation could not be read');
    throw storageUnavailable(error);
  }
  // What is stored was sealed by us, from the neutral form.
  llm.history = history as unknown as NeutralMessage[];
  call.traced().conversation = conversation;
  call.captures.push(captureTurn(call, llm, { conversation, asked }));
}

interface Turn {
  conversation: string;
  asked: readonly NeutralMessage[];
}

/** An answer that cannot be kept is no reason to break it off: the caller has paid for it. */
function captureTurn(call: Call, llm: LlmCall, turn: Turn): AnswerCapture {
  return {
    maxBytes: MAX_ANSWER_BYTES,
    onDiscard: () => {},
    async onComplete(answer) {
      if (answer.status < 200 || answer.status > 299) return;
      try {
        const parts = partsOf(llm, answer);
        if (parts.length === 0 || !(await mayKeep(call, answer))) return;
        const stored = appendTurn(keyContext(call), {
          conversation: turn.conversation,
          messages: [...turn.asked, { role: 'assistant', parts }] as unknown as Message[],
          serviceId: call.service?.id ?? null,
          model: llm.upstreamModel,
          requestId: call.id,
        });
        await withDeadline(stored, call.parts.limits.storageDeadlineMs);
      } catch (error) {
        call.parts.logger.error({ err: error, requestId: call.id }, 'a turn of a conversation was not kept');
      }
    },
  };
}

/** Bytes of turns that an organization has kept lately. */
export function rememberedBytesOf(organizationId: string): RateLimit {
  return { key: `remembered:${organizationId}`, limit: KEPT_BYTES_PER_DAY, windowMs: DAY_WINDOW_MS };
}

async function mayKeep(call: Call, { body }: CapturedAnswer): Promise<boolean> {
  const kept = rememberedBytesOf(call.principal!.organizationId);
  const { allowed } = await call.parts.store.rateLimits.take([kept], call.requestBytes + body.length);
  return allowed;
}

function partsOf(llm: LlmCall, { body, isEventStream }: CapturedAnswer): NeutralPart[] {
  const dialect = dialectOf(llm.dialect);
  if (isEventStream) return assembleAnswer(dialect, body);
  return dialect.parseAnswer(JSON.parse(body.toString('utf8'))).choices[0]?.parts ?? [];
}

/** The id in the header, else in the body. */
function conversationOf(call: Call, llm: LlmCall): string | null {
  const named = call.request.headers[CONVERSATION_HEADER] ?? memberOf(llm);
  if (named === null) return null;
  if (typeof named !== 'string' || !conversationIdSchema.safeParse(named).success) {
    throw new AppError(
      'invalid_request',
      'A conversation’s id has up to 128 letters, digits, dots, colons, hyphens and underscores.',
      { issues: [{ field: 'conversation', reason: 'invalid' }] },
    );
  }
  return named;
}

/** No dialect's own: it never reaches an upstream, so it must not pass for nothing either. */
function memberOf({ dialect, members }: LlmCall): unknown {
  const { conversation = null } = members;
  if (conversation === null || !isOurConversation(dialect, conversation)) return null;
  return typeof conversation === 'object' && 'id' in conversation ? conversation.id : conversation;
}
