import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { findLlmRoute, type LlmRoute } from './doors.ts';
import { methodNotAllowed } from './errors.ts';
import { composeLlm } from './llm/compose-llm.ts';
import { isForm } from './llm/read-form.ts';
import { listModels } from './models.ts';
import { findOwnAnswer, type OwnAnswer } from './own-answers.ts';
import { findStoredResponse } from './routing/response-makers.ts';

/**
 * LLM calls are understood before they are passed on: model, bounds, what the seller adds. What else a service
 * for models has is passed on as it is where the seller says so; of REST services everything is.
 */
export function compose(call: Call): void | Promise<void> {
  if (call.door === 'model') return composeByModel(call);
  if (call.service!.kind !== 'llm') return;
  if (call.door === 'endpoint') return composeLlm(call, null);
  if (call.door === 'llm') {
    const own = call.llmRoute ? null : findOwnAnswer(call.restPath);
    // A service that takes any model has no list of them; its upstream may.
    if (own?.ofService && listModels(call, call.service!).length > 0) return answer(call, own);
  } else {
    call.llmRoute = findLlmRoute(call.restPath);
  }
  const route = call.llmRoute;
  // Uploads (sound, images) stream through: they may be far longer than what is read into memory.
  const isCall = route?.methods.includes(call.method) === true;
  const isUpload = isCall && route.operation === 'other' && isForm(call.request.headers);
  if (isCall && !isUpload) return composeLlm(call, route);
  call.storedResponseId = findStoredResponse(call);
  if (call.storedResponseId !== null) return;
  if (!isUpload) assertPassedOn(call, route);
  assertNothingToRestrict(call, isUpload);
}

/** Google's jobs stand below the model they are for. */
const OPERATIONS = /\/operations(?:\/|$)/;

/** Buyers share the seller's account: what one keeps there, others could list, read and delete. */
function assertPassedOn(call: Call, route: LlmRoute | null): void {
  if (call.service!.passOtherPaths) return;
  if (route) return assertMethod(call, route);
  const own = findOwnAnswer(call.restPath.replace(/\/$/, ''));
  if (own?.ofService && !OPERATIONS.test(call.restPath)) return assertMethod(call, own);
  throw new AppError(
    'not_found',
    `This service takes calls for its models; there is nothing at ${call.restPath || '/'}.`,
  );
}

/** Behind this door there is what the tables say, and nothing else. */
function composeByModel(call: Call): Promise<void> {
  const route = call.llmRoute;
  if (route) {
    assertMethod(call, route);
    return composeLlm(call, route);
  }
  const own = findOwnAnswer(call.restPath);
  if (own) return answer(call, own);
  throw new AppError('not_found', `There is nothing at ${call.restPath}.`);
}

function answer(call: Call, own: OwnAnswer): Promise<void> {
  assertMethod(call, own);
  return own.answer(call);
}

function assertMethod(call: Call, { methods }: Pick<LlmRoute, 'methods'>): void {
  if (!methods.includes(call.method))
    throw methodNotAllowed(methods, `${call.method} is not possible here; use ${methods.join(' or ')}.`);
}

/**
 * What is not read can name any model and ask for any length, so a key for some models may not send it, nor
 * may anybody where the seller adds a prompt or sets bounds. Uploads carry neither.
 */
function assertNothingToRestrict(call: Call, isUpload: boolean): void {
  if (call.method === 'GET' || call.method === 'HEAD') return;
  if (call.principal!.allowedModels.length > 0)
    throw new AppError('key_not_allowed', 'This key is for certain models, and this request names none.');
  const { systemPrompt, maxOutputTokens } = call.service!;
  const isBounded = systemPrompt !== '' || maxOutputTokens !== null || call.plan!.modelLimits.length > 0;
  if (isBounded && !isUpload)
    throw new AppError('forbidden', `This service takes no ${call.method} at ${call.restPath || '/'}.`);
}
