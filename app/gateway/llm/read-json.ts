import type { Call } from '../call.ts';
import type { JsonObject, RequestContext, RequestFacts } from '../dialects/dialect.ts';
import { dialectOf } from '../dialects/index.ts';
import { editMembers } from '../dialects/json-members.ts';
import { readModelOnly } from '../dialects/kit/model-only.ts';
import { invalid, readInteger, readModel, readString } from '../dialects/kit/params.ts';
import type { LlmRoute } from '../doors.ts';
import type { GatewayLimits } from '../limits.ts';
import { embeddingsOf } from './embeddings-of.ts';
import type { LlmCall } from './llm-call.ts';
import { streamForm } from './stream-form.ts';
import { boundOfOther } from './usual-output.ts';
import { assertJson, assertOnce, parseJsonBody, type ParsedBody } from './parse-body.ts';
import { routeOfBody } from './route-of-body.ts';

/** A request as it was understood. */
export interface ReadRequest extends Pick<LlmCall, 'body' | 'members' | 'scan' | 'facts'> {
  route: LlmRoute;
  context: RequestContext;
}

/** Parameters of the gateway's own, in any dialect. */
const OWN_MEMBERS = ['provider', 'conversation'] as const;

/**
 * @param route null: a custom path, where the body tells what it is.
 * @throws AppError `invalid_request`, `unsupported_media_type`.
 */
export function readJson(call: Call, body: Buffer, route: LlmRoute | null): ReadRequest {
  const { limits } = call.parts;
  assertJson(call.request.headers);
  const parsed = withDefaultModel(
    parseJsonBody(body, limits.jsonDepth),
    call.endpoint?.defaultModel ?? null,
    limits.jsonDepth,
  );
  const { members, scan } = parsed;
  const read = (call.llmRoute = route ?? routeOfBody(call.request.headers, members));
  call.doorDialect = read.dialect;
  assertStreamForm(read, call);
  assertOnce(parsed, [...dialectOf(read.dialect).onceOnly, ...OWN_MEMBERS]);
  const context: RequestContext = {
    model: read.model === null ? null : readModel({ model: read.model }),
    stream: read.stream,
  };
  return {
    route: read,
    context,
    body: parsed.body,
    members,
    scan,
    facts: readFacts(read, members, context, limits),
  };
}

function assertStreamForm({ dialect, stream }: LlmRoute, { endpoint, query }: Call): void {
  if (dialect !== 'gemini' || !stream || endpoint || streamForm(query) !== null) return;
  throw invalid('alt', 'Streams are "sse" or "json" here.');
}

/** The body with the custom path's model, where the caller names none. */
function withDefaultModel(parsed: ParsedBody, model: string | null, maxDepth: number): ParsedBody {
  if (model === null || (parsed.members['model'] ?? null) !== null) return parsed;
  const edited = editMembers(parsed.body, parsed.scan, [{ name: 'model', value: JSON.stringify(model) }]);
  return parseJsonBody(edited, maxDepth);
}

function readFacts(
  { operation, dialect, path }: LlmRoute,
  members: JsonObject,
  context: RequestContext,
  limits: GatewayLimits,
): RequestFacts {
  if (operation === 'generate') return dialectOf(dialect).readFacts(members, context, limits);
  const named = context.model === null ? members : { ...members, model: context.model };
  const facts = readModelOnly(named, limits);
  if (operation === 'other') return { ...facts, ...boundOfOther(path, members['quality']) };
  if (operation !== 'embeddings') return facts;
  if (dialect === 'gemini') embeddingsOf(dialect)?.parseRequest(members, context);
  else assertInput(members);
  return facts;
}

const DIMENSIONS = { min: 1, max: 65_536 };

/** Texts or tokens; what they are worth is the upstream's business. */
function assertInput({ input, ...members }: JsonObject): void {
  readInteger(members, 'dimensions', DIMENSIONS);
  readString(members, 'encoding_format');
  readString(members, 'user');
  if ((typeof input === 'string' || Array.isArray(input)) && input.length > 0) return;
  throw invalid('input', 'The parameter "input" must be a text or a list of them.', 'required');
}
