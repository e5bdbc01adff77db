import type { DialectName } from '../../lib/service-options.ts';
import { AppError } from '../../lib/app-error.ts';
import { admit } from '../authorize.ts';
import type { Call } from '../call.ts';
import type { Dialect, JsonObject } from '../dialects/dialect.ts';
import { dialectOf, speaksSame } from '../dialects/index.ts';
import type { LlmRoute } from '../doors.ts';
import { allowsModel } from '../key-scope.ts';
import {
  applyModelRoutes,
  findModel,
  findModelOf,
  listReachableServices,
  modelNotFound,
  type FoundModel,
} from '../models.ts';
import { readBody } from '../read-body.ts';
import type { CompiledService } from '../snapshot.ts';
import { answerTokenCount } from './answer-token-count.ts';
import type { LlmCall } from './llm-call.ts';
import { presetsFor } from './presets.ts';
import { isForm, readForm } from './read-form.ts';
import { readJson, type ReadRequest } from './read-json.ts';

const OUTPUT_BOUNDS = [
  'max_completion_tokens',
  'max_tokens',
  'max_output_tokens',
  'maxOutputTokens',
] as const;

/**
 * Reads an LLM request and fills `call.llm`; behind `/v1` it also finds the service.
 * @param route null: a custom path, where the body tells what it is.
 */
export async function composeLlm(call: Call, route: LlmRoute | null): Promise<void> {
  call.doorDialect = route?.dialect ?? 'openai-chat';
  const form = route?.operation === 'other' && isForm(call.request.headers);
  const body = await readBody(call, call.parts.limits.llmBodyBytes);
  call.requestBytes = body.length;
  const request = form ? readForm(call, body, route) : readJson(call, body, route);
  const found = await findService(call, request.facts.model);
  if (!allowsModel(call.principal!, found.service, found.model))
    throw new AppError('key_not_allowed', `This key may not use the model "${found.model}".`);
  const dialect = dialectOf(request.route.dialect);
  call.llm = llmCallOf(call, request, dialect, found);
  if (request.route.operation === 'count_tokens' && !countsItself(found.service, call.llm))
    await answerTokenCount(call, dialect, request.context);
}

function llmCallOf(
  call: Call,
  { route, body, members, scan, facts, context }: ReadRequest,
  dialect: Dialect,
  { service, model }: FoundModel,
): LlmCall {
  const generates = route.operation === 'generate';
  const defaults = generates ? presetsFor(service, route.dialect) : {};
  let neutral: ReturnType<LlmCall['neutral']> | undefined;
  return {
    operation: route.operation,
    dialect: route.dialect,
    model: facts.model,
    upstreamModel: model,
    facts,
    body,
    members,
    scan,
    systemPrompt: [service.systemPrompt, call.endpoint?.systemPrompt ?? ''].filter(Boolean).join('\n\n'),
    history: [],
    defaults,
    stream: generates ? streamOf(call, facts.stream) : facts.stream,
    maxOutputTokens:
      askedOutput(service, route.dialect, members, facts.maxOutputTokens) ??
      presetOutput(service, defaults, call.parts.limits.defaultMaxOutputTokens),
    requireParameters: requiresParameters(call, members),
    neutral: () => (neutral ??= dialect.parseRequest(withDefaults(dialect, members, defaults), context)),
  };
}

/** The service and the model that a name means to this key. */
async function findService(call: Call, name: string): Promise<FoundModel> {
  const principal = call.principal!;
  if (call.service) {
    const routed = applyModelRoutes(principal.modelRoutes, [call.service], name);
    // Where the path names the service, routes to other services do not apply.
    const found = findModelOf(call.service, routed) ?? findModelOf(call.service, name);
    if (!found) throw modelNotFound(name);
    return found;
  }
  const services = await listReachableServices(call);
  const found = findModel(services, applyModelRoutes(principal.modelRoutes, services, name));
  if (!found) throw modelNotFound(name);
  admit(call, principal, found.service);
  return found;
}

/** A custom path may say whether it streams. */
function streamOf({ endpoint }: Call, asked: boolean): boolean {
  return !endpoint || endpoint.streaming === 'caller' ? asked : endpoint.streaming === 'on';
}

/**
 * The caller's own bound on output, or null.
 * @throws AppError `invalid_request` when it is more than the seller gives.
 */
function askedOutput(
  { maxOutputTokens: ceiling }: CompiledService,
  dialect: DialectName,
  members: JsonObject,
  asked: number | null,
): number | null {
  if (asked === null || ceiling === null || asked <= ceiling) return asked;
  const named = OUTPUT_BOUNDS.find((name) => members[name] === asked) ?? 'max_tokens';
  const field = dialect === 'gemini' ? 'generationConfig.maxOutputTokens' : named;
  throw new AppError('invalid_request', `The parameter "${field}" must be at most ${ceiling} here.`, {
    issues: [{ field, reason: 'too_large', params: { max: ceiling } }],
  });
}

function presetOutput(
  { maxOutputTokens: ceiling }: CompiledService,
  defaults: Readonly<JsonObject>,
  fallback: number,
): number {
  const preset = OUTPUT_BOUNDS.map((name) => defaults[name]).find((value) => typeof value === 'number');
  return Math.min(preset ?? fallback, ceiling ?? Infinity);
}

function requiresParameters(call: Call, members: JsonObject): boolean {
  const provider = members['provider'];
  return (
    call.request.headers['x-tollgate-require-parameters'] === 'true' ||
    (typeof provider === 'object' &&
      provider !== null &&
      (provider as JsonObject)['require_parameters'] === true)
  );
}

/** The parameters that the seller presets, where the caller has set none. */
function withDefaults(dialect: Dialect, members: JsonObject, defaults: Readonly<JsonObject>): JsonObject {
  if (Object.keys(defaults).length === 0) return members;
  const edits = dialect.edit(members, { defaults });
  return { ...members, ...Object.fromEntries(edits.map(({ name, value }) => [name, JSON.parse(value)])) };
}

/** True when some upstream of the service can count the tokens of such a request. */
function countsItself(service: CompiledService, { dialect, upstreamModel }: LlmCall): boolean {
  return service.upstreams.some(
    ({ dialect: spoken, models }) =>
      (spoken === 'raw' || speaksSame(spoken, dialect)) &&
      (models.length === 0 || models.includes(upstreamModel)),
  );
}
