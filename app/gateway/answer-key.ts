import { createHash } from 'node:crypto';
import type { Call } from './call.ts';
import type { LlmCall } from './llm/llm-call.ts';

/** Instead of an organization: the seller says that answers are the same for everybody. */
export const PUBLIC = Symbol('public');

/** Whose answers: an organization's own, or everybody's. A key without it cannot be written. */
export type Tenant = { organizationId: string } | typeof PUBLIC;

/** Name of an answer in the store. Equal calls of one tenant to one service have the same. */
export function answerKey(tenant: Tenant, serviceId: string, asked: readonly unknown[]): string {
  const whose = tenant === PUBLIC ? 'public' : `of:${tenant.organizationId}`;
  const digest = createHash('sha256')
    .update(JSON.stringify([serviceId, ...asked]))
    .digest('base64url');
  return `answer:${whose}:${digest}`;
}

/** What an LLM answer depends on: everything that the upstream is told, in whatever order it was written. */
export function askedOfLlm(call: Call, llm: LlmCall): unknown[] {
  return [
    llm.dialect,
    llm.operation,
    call.restPath,
    call.query,
    llm.upstreamModel,
    llm.stream,
    llm.facts.wantsUsage,
    llm.added.maxOutputTokens,
    llm.added.systemPrompt,
    sorted(llm.added.defaults),
    sorted(llm.members),
    headersThatShape(call.forwardHeaders),
    call.request.headers['x-tollgate-route'] ?? '',
  ];
}

/** What a plain answer depends on; the rest is said by its `Vary`, which upstreams that compress may forget. */
export function askedOfService({ method, restPath, query, request }: Call): unknown[] {
  return [method, restPath, query, request.headers['accept-encoding'] ?? ''];
}

/** Versions and betas are part of what is asked. */
function headersThatShape(headers: readonly string[]): string[] {
  const shaping: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.startsWith('anthropic-') || name.startsWith('openai-'))
      shaping.push(`${name}: ${headers[i + 1]!}`);
  }
  return shaping.sort();
}

/** The same value with the members of every object in order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
