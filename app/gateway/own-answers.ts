/** What the gateway answers by itself behind `/v1` and `/v1beta`: nothing of it reaches an upstream. */
import {
  answerConversation,
  answerConversationExport,
  answerConversationFork,
  answerConversations,
} from './answer-conversations.ts';
import { answerModels } from './answer-models.ts';
import { answerRequest } from './answer-request.ts';
import { answerUsage } from './answer-usage.ts';
import type { Call } from './call.ts';
import { versionOf } from './doors.ts';

export interface OwnAnswer {
  /** Of the path behind the version. */
  path: RegExp;
  methods: readonly string[];
  /** Asked at one service too (`/llm/:service/…`); then `call.service` is known. */
  ofService?: true;
  /** The key is known: `call.principal`. @throws AppError to refuse. */
  answer(call: Call): Promise<void>;
}

const READ = ['GET', 'HEAD'] as const;

const OWN_ANSWERS: readonly OwnAnswer[] = [
  { path: /^\/models(?:\/.+)?$/, methods: READ, ofService: true, answer: answerModels },
  { path: /^\/usage$/, methods: READ, answer: answerUsage },
  { path: /^\/requests\/[^/]+$/, methods: READ, answer: answerRequest },
  { path: /^\/conversations$/, methods: READ, answer: answerConversations },
  { path: /^\/conversations\/[^/]+$/, methods: [...READ, 'DELETE'], answer: answerConversation },
  { path: /^\/conversations\/[^/]+\/export$/, methods: READ, answer: answerConversationExport },
  { path: /^\/conversations\/[^/]+\/fork$/, methods: ['POST'], answer: answerConversationFork },
];

/** @param path as typed, version included. */
export function findOwnAnswer(path: string): OwnAnswer | null {
  const rest = path.slice(versionOf(path).length);
  return OWN_ANSWERS.find((one) => one.path.test(rest)) ?? null;
}
