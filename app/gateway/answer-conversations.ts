/** `/v1/conversations`: what this organization's conversations hold, for every key that is for their service. */
import { z } from 'zod';
import {
  deleteConversation,
  describeConversation,
  exportConversation,
  forkConversation,
  listConversations,
  type ConversationReference,
} from '../domain/conversations/index.ts';
import { AppError } from '../lib/app-error.ts';
import { parseInput } from '../lib/parse-input.ts';
import type { Call } from './call.ts';
import { keyContext } from './key-context.ts';
import { servicesOf } from './key-scope.ts';
import { readBody } from './read-body.ts';
import { sendJson } from './send-json.ts';

const PER_PAGE = 50;
const MAX_BODY_BYTES = 4_096;

/** `GET /v1/conversations?page=1` */
export async function answerConversations(call: Call): Promise<void> {
  const page = Number(new URLSearchParams(call.query).get('page') ?? '1');
  const serviceIds = servicesOf(call.principal!);
  const found = await listConversations(keyContext(call), { limit: PER_PAGE, page, serviceIds });
  sendJson(call, {
    object: 'list',
    data: found.items.map(describeConversation),
    total: found.total,
    page: found.page,
    has_more: found.page < found.pageCount,
  });
}

/** `GET` and `DELETE /v1/conversations/:id` */
export async function answerConversation(call: Call): Promise<void> {
  const reference = referenceOf(call);
  if (call.method === 'DELETE') {
    const { externalId } = await deleteConversation(keyContext(call), reference);
    sendJson(call, { id: externalId, object: 'conversation', deleted: true });
    return;
  }
  sendJson(call, await exportConversation(keyContext(call), reference));
}

/** `GET /v1/conversations/:id/export`: the same as a file. */
export async function answerConversationExport(call: Call): Promise<void> {
  const found = await exportConversation(keyContext(call), referenceOf(call));
  sendJson(call, found, ['content-disposition', `attachment; filename="${found.conversation_id}.json"`]);
}

const forkBody = z.strictObject({ id: z.string().optional() });

/** `POST /v1/conversations/:id/fork`, with the new one's `id` in the body if wanted. */
export async function answerConversationFork(call: Call): Promise<void> {
  const body = await readBody(call, MAX_BODY_BYTES);
  const { id } = parseInput(forkBody, body.length === 0 ? {} : parseJson(body));
  const fork = await forkConversation(keyContext(call), { ...referenceOf(call), id });
  sendJson(call, describeConversation(fork));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AppError('invalid_request', 'The body is not valid JSON.');
  }
}

/** The part of the path behind `/conversations/`; ids hold nothing that would need an escape. */
function referenceOf({ restPath, principal }: Call): ConversationReference {
  const conversation = /\/conversations\/([^/]+)/.exec(restPath)?.[1] ?? '';
  return { conversation, serviceIds: servicesOf(principal!) };
}
