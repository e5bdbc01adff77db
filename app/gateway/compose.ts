import { AppError } from '../lib/app-error.ts';
import { admit } from './authorize.ts';
import type { Call } from './call.ts';
import { parseChatRequest } from './dialects/openai-chat.ts';
import type { LlmCall } from './llm/llm-call.ts';
import { findModel, listReachableServices, modelNotFound, servesModel } from './models.ts';
import { answerModels } from './answer-models.ts';
import { readBody } from './read-body.ts';

const CHAT_PATH = /\/chat\/completions$/;
const OPENAI_CHAT_PATH = '/v1/chat/completions';
const MODELS_PATH = '/v1/models';

/** LLM calls are understood before they are passed on: model, bounds, whether usage is asked for. */
export function compose(call: Call): void | Promise<void> {
  if (call.door === 'model') return composeOpenai(call);
  if (call.service?.kind === 'llm' && call.method === 'POST' && CHAT_PATH.test(call.restPath)) {
    return composeChat(call, chooseInService);
  }
}

function composeOpenai(call: Call): Promise<void> {
  if (call.restPath === MODELS_PATH || call.restPath.startsWith(`${MODELS_PATH}/`)) {
    if (call.method !== 'GET' && call.method !== 'HEAD')
      throw new AppError('method_not_allowed', 'Models can only be read.');
    return answerModels(call, readModelId(call.restPath.slice(MODELS_PATH.length + 1)));
  }
  if (call.restPath !== OPENAI_CHAT_PATH)
    throw new AppError('not_found', `There is nothing at ${call.restPath}.`);
  if (call.method !== 'POST')
    throw new AppError('method_not_allowed', 'Chat completions are asked for with POST.');
  return composeChat(call, chooseAmongSubscriptions);
}

/** Escapes were checked to be well-formed; what they spell may still be no UTF-8. */
function readModelId(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw modelNotFound(raw);
  }
}

async function composeChat(
  call: Call,
  choose: (call: Call, llm: LlmCall) => void | Promise<void>,
): Promise<void> {
  const encoding = call.request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AppError('unsupported_media_type', 'Send the request body without content-encoding.');
  }
  const { limits } = call.parts;
  const body = await readBody(
    call,
    Math.min(limits.llmBodyBytes, call.service?.upstreams[0]?.maxRequestBytes ?? Infinity),
  );
  call.requestBytes = body.length;
  call.doorDialect = 'openai-chat';
  const chat = parseChatRequest(body, limits);
  const { model, upstreamModel, stream, wantsUsage, textBytes, images, maxOutputTokens, choices } = chat;
  call.llm = {
    operation: 'generate',
    dialect: 'openai-chat',
    model,
    upstreamModel,
    facts: { model, stream, wantsUsage, textBytes, images, maxOutputTokens, choices },
    body,
    members: chat.members,
    scan: chat.scan,
    systemPrompt: '',
    history: [],
    defaults: {},
    stream,
    maxOutputTokens,
    requireParameters: false,
    neutral: () => {
      throw new Error('not converted');
    },
  };
  await choose(call, call.llm);
}

/** The service is in the path; the model may still carry its slug. */
function chooseInService(call: Call, llm: LlmCall): void {
  const service = call.service!;
  const prefix = `${service.slug}/`;
  if (llm.model.startsWith(prefix)) llm.upstreamModel = llm.model.slice(prefix.length);
  if (!servesModel(service, llm.upstreamModel)) throw modelNotFound(llm.model);
}

async function chooseAmongSubscriptions(call: Call, llm: LlmCall): Promise<void> {
  const services = await listReachableServices(call);
  const found = findModel(services, llm.model);
  if (!found) throw modelNotFound(llm.model);
  admit(call, call.principal!, found.service);
  llm.upstreamModel = found.model;
}
