import { AppError } from '../../lib/app-error.ts';
import type { DialectName } from '../../lib/service-options.ts';
import type { Call } from '../call.ts';
import type { RenderedRequest } from '../dialects/dialect.ts';
import { dialectOf, speaksSame } from '../dialects/index.ts';
import { editMembers, type JsonEdit } from '../dialects/json-members.ts';
import { tooLarge } from '../read-body.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { CompiledUpstream } from '../snapshot.ts';
import { assertSafePath, joinVersion, withoutParameter } from '../target-url.ts';
import type { LlmCall } from './llm-call.ts';
import { isForm } from './read-form.ts';
import { embeddingsOf, isOpenai } from './embeddings-of.ts';
import { ownMembers } from './own-members.ts';
import { withoutMembers } from './parse-body.ts';
import { fitToolNames } from './tool-names.ts';

export interface PreparedAttempt {
  /** Behind the upstream's base path, without a query. */
  path: string;
  /** Without '?'; '' for none. */
  query: string;
  body: Buffer;
  /** Names of parameters that the upstream has not got. */
  dropped: string[];
  /** Further request headers: name, value, … */
  headers: string[];
  /** Rendered anew: the caller's own query and its headers for its vendor stay behind. */
  converted: boolean;
}

interface Prepared {
  /** Behind the version, possibly with a query. */
  path: string;
  version: string;
  converted: boolean;
  body: Buffer;
  dropped: string[];
}

const DEFAULT_AZURE_VERSION = '2024-10-21';
const ANTHROPIC_VERSION = '2023-06-01';
/** More names than these help nobody. */
const MAX_DROPPED = 32;
const MAX_NAME_LENGTH = 64;
/** Anthropic wants to be told always, completions end after a few words; the others have bounds of their own. */
const WANTS_BOUND: ReadonlySet<DialectName> = new Set(['anthropic', 'openai-completions']);

/**
 * The request as one upstream wants it: the caller's own bytes where both speak the same, with the edits
 * that are asked for; otherwise rendered anew.
 * @throws AppError `invalid_request` when it cannot be put that way.
 */
export function prepareAttempt(call: Call, { upstream, model: chosen }: Candidate): PreparedAttempt {
  const llm = call.llm!;
  const model = chosen ?? llm.upstreamModel;
  const prepared = PREPARE[llm.operation](call, llm, upstream, model);
  const dropped = prepared.dropped.slice(0, MAX_DROPPED).map(plainName);
  if (llm.requireParameters && dropped.length > 0) throw lacksParameters(dropped);
  const [path, own = ''] = prepared.path.split('?', 2) as [string, string?];
  const target = joinVersion(upstream.basePath, prepared.version + path);
  // Models name themselves in paths, and callers may name any model where an upstream takes all.
  assertSafePath(target);
  if (prepared.body.length > upstream.maxRequestBytes) throw tooLarge(upstream.maxRequestBytes);
  return {
    path: target,
    query: queryOf(call, upstream, own, prepared.converted),
    body: prepared.body,
    dropped,
    headers: headersOf(call, upstream, prepared.converted),
    converted: prepared.converted,
  };
}

type Prepare = (call: Call, llm: LlmCall, upstream: CompiledUpstream, model: string) => Prepared;

const PREPARE: Readonly<Record<LlmCall['operation'], Prepare>> = {
  generate(call, llm, upstream, model) {
    const spoken = dialectOfUpstream(llm, upstream);
    if (!speaksSame(spoken, llm.dialect)) return convert(llm, spoken, model);
    const edits = dialectOf(llm.dialect).edit(llm.members, {
      model,
      systemPrompt: llm.added.systemPrompt,
      history: llm.history,
      defaults: llm.added.defaults,
      stream: llm.stream,
      includeUsage: llm.stream,
      ...(statesNoBound(call, llm) && { maxOutputTokens: llm.added.maxOutputTokens }),
    });
    return same(call, llm, spoken, dialectOf(spoken).requestPath(model, llm.stream), edits);
  },

  embeddings(call, llm, upstream, model) {
    const spoken = dialectOfUpstream(llm, upstream);
    const from = embeddingsOf(llm.dialect);
    const to = embeddingsOf(spoken);
    if (!from || !to) throw notOffered('embeddings');
    // Gemini repeats the model inside of every request, so only an unchanged one passes as it is.
    if (isSameFamily(spoken, llm.dialect) && (llm.dialect !== 'gemini' || model === llm.model)) {
      const path = llm.dialect === 'gemini' ? call.llmRoute!.path : to.path(model);
      return same(call, llm, spoken, path, llm.dialect === 'gemini' ? [] : modelEdit(llm, model));
    }
    const request = from.parseRequest(llm.members, { model: llm.model, stream: false });
    const rendered = to.renderRequest({ ...request, model });
    return { ...fresh(rendered), path: to.path(model), version: versionFor(spoken) };
  },

  count_tokens(call, llm, upstream, model) {
    const spoken = dialectOfUpstream(llm, upstream);
    if (!speaksSame(spoken, llm.dialect)) throw notOffered('token counts');
    if (llm.dialect !== 'gemini') return same(call, llm, spoken, call.llmRoute!.path, modelEdit(llm, model));
    return same(call, llm, spoken, `/models/${encodeURIComponent(model)}:countTokens`, []);
  },

  other(call, llm, upstream, model) {
    const spoken = dialectOfUpstream(llm, upstream);
    if (!isOpenai(spoken)) throw notOffered(call.llmRoute!.path);
    const { path } = call.llmRoute!;
    const deployment = `/openai/deployments/${encodeURIComponent(model)}`;
    const [edit] = modelEdit(llm, model);
    const edits = edit ? [isForm(call.request.headers) ? { ...edit, value: model } : edit] : [];
    return same(call, llm, spoken, spoken === 'azure' ? deployment + path : path, edits);
  },
};

/** An upstream that is marked as nothing in particular gets what the caller speaks. */
function dialectOfUpstream(llm: LlmCall, { dialect }: CompiledUpstream): DialectName {
  return dialect === 'raw' ? llm.dialect : dialect;
}

function isSameFamily(one: DialectName, other: DialectName): boolean {
  return speaksSame(one, other) || (isOpenai(one) && isOpenai(other));
}

/** The caller's bytes, with these edits and without what is meant for the gateway. */
function same(
  call: Call,
  llm: LlmCall,
  spoken: DialectName,
  path: string,
  edits: readonly JsonEdit[],
): Prepared {
  const edited = edits.length === 0 ? llm.body : editMembers(llm.body, { ok: true, ...llm.scan }, edits);
  const own = ownMembers(llm.dialect, llm.members);
  // Where no path can name them, Google's body does, which Google would refuse.
  if (call.endpoint && llm.dialect === 'gemini') own.push('model', 'stream');
  return {
    path,
    // At a custom path no version was typed, and Azure's stands elsewhere.
    version: call.endpoint || spoken === 'azure' ? versionFor(spoken) : call.llmRoute!.version,
    converted: false,
    body: own.length === 0 ? edited : withoutMembers(edited, own),
    dropped: [],
  };
}

function convert(llm: LlmCall, spoken: DialectName, model: string): Prepared {
  const target = dialectOf(spoken);
  const request = llm.neutral();
  const { systemPrompt, maxOutputTokens } = llm.added;
  const prompt = systemPrompt === '' ? [] : [{ type: 'text' as const, text: systemPrompt }];
  const asked = {
    ...request,
    model,
    stream: llm.stream,
    wantsUsage: true,
    system: [...prompt, ...request.system],
    messages: [...llm.history, ...request.messages],
    maxOutputTokens: request.maxOutputTokens ?? (WANTS_BOUND.has(spoken) ? maxOutputTokens : null),
  };
  const rendered = target.renderRequest(fitToolNames(asked, target.toolName));
  return { ...fresh(rendered), path: target.requestPath(model, llm.stream), version: versionFor(spoken) };
}

function fresh({ body, dropped }: RenderedRequest): Pick<Prepared, 'body' | 'dropped' | 'converted'> {
  return { body: Buffer.from(JSON.stringify(body)), dropped, converted: true };
}

function modelEdit({ members }: LlmCall, model: string): JsonEdit[] {
  return members['model'] === model ? [] : [{ name: 'model', value: JSON.stringify(model) }];
}

/** True when the seller's ceiling holds although the caller set no bound. */
function statesNoBound({ service }: Call, { facts }: LlmCall): boolean {
  return facts.maxOutputTokens === null && service!.maxOutputTokens !== null;
}

/** Where the seller typed no version. Azure's stands in the query. */
function versionFor(dialect: DialectName): string {
  if (dialect === 'azure') return '';
  return dialect === 'gemini' ? '/v1beta' : '/v1';
}

function queryOf(
  call: Call,
  { dialect, apiVersion }: CompiledUpstream,
  own: string,
  converted: boolean,
): string {
  const parts = [own];
  // Where the path decides, `alt` is the gateway's.
  if (!converted) parts.push(withoutParameter(withoutParameter(call.query, 'alt'), '$alt'));
  if (dialect === 'azure') {
    parts[1] = withoutParameter(parts[1] ?? '', 'api-version');
    parts.push(`api-version=${encodeURIComponent(apiVersion ?? DEFAULT_AZURE_VERSION)}`);
  }
  return parts.filter(Boolean).join('&');
}

function headersOf(call: Call, { dialect }: CompiledUpstream, converted: boolean): string[] {
  const headers: string[] = [];
  if (!call.forwardHeaders.includes('content-type')) headers.push('content-type', 'application/json');
  if (dialect === 'anthropic' && (converted || call.request.headers['anthropic-version'] === undefined))
    headers.push('anthropic-version', ANTHROPIC_VERSION);
  return headers;
}

/** Callers make names up, and these are to stand in a header and in a row. */
function plainName(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replace(/[^!-+\--~]/g, '?');
}

function lacksParameters(names: readonly string[]): AppError {
  return new AppError('invalid_request', `No upstream for this model has: ${names.join(', ')}.`, {
    issues: names.map((field) => ({ field, reason: 'invalid' })),
  });
}

function notOffered(what: string): AppError {
  return new AppError('invalid_request', `No upstream for this model offers ${what}.`, {
    issues: [{ field: 'model', reason: 'invalid' }],
  });
}
