import { AppError } from '../../lib/app-error.ts';
import { admit } from '../authorize.ts';
import type { Call } from '../call.ts';
import type { Dialect, JsonObject } from '../dialects/dialect.ts';
import { dialectOf, speaksSame } from '../dialects/index.ts';
import { invalid } from '../dialects/kit/params.ts';
import type { NeutralRequest } from '../dialects/neutral.ts';
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
import { additionsOf, assertBelowCeiling, type Additions } from './additions.ts';
import { answerTokenCount } from './answer-token-count.ts';
import type { LlmCall } from './llm-call.ts';
import { isForm, readForm } from './read-form.ts';
import { readJson, type ReadRequest } from './read-json.ts';

const EMPTY = Buffer.alloc(0);

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
  const asked = { operation: route.operation, dialect: route.dialect, members, facts };
  assertBelowCeiling(service, asked);
  const added = additionsOf(call, asked, service);
  const generates = route.operation === 'generate';
  if (generates && route.dialect === 'anthropic' && !added.isBounded)
    throw invalid('max_tokens', 'The parameter "max_tokens" is required.', 'required');
  let neutral: { request: NeutralRequest; of: Additions } | undefined;
  return {
    ...asked,
    model: facts.model,
    upstreamModel: model,
    body,
    scan,
    added,
    history: [],
    stream: generates ? streamOf(call, facts.stream) : facts.stream,
    requireParameters: requiresParameters(call, members),
    isStored: members['store'] !== false,
    neutral() {
      if (neutral?.of !== this.added) {
        const preset = withDefaults(dialect, this.members, this.added.defaults);
        neutral = { request: dialect.parseRequest(preset, context), of: this.added };
      }
      return neutral.request;
    },
    forget() {
      neutral = undefined;
      this.body = EMPTY;
      this.members = {};
      this.scan = { members: [], bodyStart: 0 };
      this.history = [];
    },
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
