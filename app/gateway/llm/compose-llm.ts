import { AppError } from '../../lib/app-error.ts';
import type { DialectName } from '../../lib/service-options.ts';
import { admit } from '../authorize.ts';
import type { Call } from '../call.ts';
import type { Dialect, JsonObject, RequestContext, RequestFacts } from '../dialects/dialect.ts';
import { dialectOf, speaksSame } from '../dialects/index.ts';
import { editMembers } from '../dialects/json-members.ts';
import { readModelOnly } from '../dialects/shared/model-only.ts';
import { readModel } from '../dialects/shared/params.ts';
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
import { assertJson, assertOnce, parseJsonBody, type ParsedBody } from './parse-body.ts';
import { routeOfBody } from './route-of-body.ts';

/** Parameters of the gateway's own, in any dialect. */
const OWN_MEMBERS = ['provider', 'conversation'] as const;
const OUTPUT_BOUNDS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'] as const;

/**
 * Reads an LLM request and fills `call.llm`; behind `/v1` it also finds the service.
 * @param route null: a custom path, where the body tells what it is.
 */
export async function composeLlm(call: Call, route: LlmRoute | null): Promise<void> {
  const { limits } = call.parts;
  call.doorDialect = route?.dialect ?? 'openai-chat';
  assertJson(call.request.headers);
  const body = await readBody(call, limits.llmBodyBytes);
  call.requestBytes = body.length;
  const parsed = withDefaultModel(
    parseJsonBody(body, limits.jsonDepth),
    call.endpoint?.defaultModel ?? null,
    limits.jsonDepth,
  );
  const { members, scan } = parsed;
  const read = (call.llmRoute = route ?? routeOfBody(call.request.headers, members));
  const { operation } = read;
  call.doorDialect = read.dialect;
  const dialect = dialectOf(read.dialect);
  assertOnce(parsed, [...dialect.onceOnly, ...OWN_MEMBERS]);
  const context: RequestContext = {
    model: read.model === null ? null : readModel({ model: read.model }),
    stream: read.stream,
  };
  const facts =
    operation === 'generate'
      ? dialect.readFacts(members, context, limits)
      : readModelOnly(context.model === null ? members : { ...members, model: context.model }, limits);

  const found = await findService(call, facts.model);
  const service = found.service;
  if (!allowsModel(call.principal!, service, found.model))
    throw new AppError('key_not_allowed', `This key may not use the model "${found.model}".`);

  const defaults = operation === 'generate' ? service.defaultParameters : {};
  let neutral: ReturnType<LlmCall['neutral']> | undefined;
  const llm: LlmCall = {
    operation,
    dialect: read.dialect,
    model: facts.model,
    upstreamModel: found.model,
    facts,
    body: parsed.body,
    members,
    scan,
    systemPrompt: [service.systemPrompt, call.endpoint?.systemPrompt ?? ''].filter(Boolean).join('\n\n'),
    history: [],
    defaults,
    stream: streamOf(call, operation, facts),
    maxOutputTokens: boundOutput(
      service,
      read.dialect,
      members,
      facts,
      defaults,
      limits.defaultMaxOutputTokens,
    ),
    requireParameters: requiresParameters(call, members),
    neutral: () => (neutral ??= dialect.parseRequest(withDefaults(dialect, members, defaults), context)),
  };
  call.llm = llm;
  if (operation === 'count_tokens' && !countsItself(service, llm))
    await answerTokenCount(call, dialect, context);
}

/** The body with the custom path's model, where the caller names none. */
function withDefaultModel(parsed: ParsedBody, model: string | null, maxDepth: number): ParsedBody {
  if (model === null || (parsed.members['model'] ?? null) !== null) return parsed;
  const edited = editMembers(parsed.body, parsed.scan, [{ name: 'model', value: JSON.stringify(model) }]);
  return parseJsonBody(edited, maxDepth);
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

function streamOf({ endpoint }: Call, operation: LlmCall['operation'], facts: RequestFacts): boolean {
  if (operation !== 'generate' || !endpoint || endpoint.streaming === 'caller') return facts.stream;
  return endpoint.streaming === 'on';
}

/** @throws AppError `invalid_request` when the caller asks for more than the seller gives. */
function boundOutput(
  { maxOutputTokens: ceiling }: CompiledService,
  dialect: DialectName,
  members: JsonObject,
  facts: RequestFacts,
  defaults: Readonly<JsonObject>,
  fallback: number,
): number {
  const asked = facts.maxOutputTokens;
  if (asked !== null) {
    if (ceiling === null || asked <= ceiling) return asked;
    const field =
      dialect === 'gemini'
        ? 'generationConfig.maxOutputTokens'
        : (OUTPUT_BOUNDS.find((name) => members[name] === asked) ?? 'max_tokens');
    throw new AppError('invalid_request', `The parameter "${field}" must be at most ${ceiling} here.`, {
      issues: [{ field, reason: 'too_large', params: { max: ceiling } }],
    });
  }
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
