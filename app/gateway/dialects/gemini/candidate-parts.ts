/** What a candidate's content says, the same for whole answers and chunks. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../dialect.ts';
import type { NeutralLogprob, NeutralPart } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { readThoughtSignature } from './signature.ts';

/** Gemini's calls often have no ids; those of one answer are told apart from those of all others. */
export class AnswerCallIds {
  /** Made for the first call that has none of its own. */
  #answer: string | null = null;
  #count = 0;

  of(stated: unknown): string {
    const position = this.#count++;
    if (typeof stated === 'string' && stated !== '') return stated;
    this.#answer ??= randomUUID().replaceAll('-', '').slice(0, 12);
    return `call_${this.#answer}_${position}`;
  }
}

export function parseCandidateParts(candidate: JsonObject, ids: AnswerCallIds): NeutralPart[] {
  const { content } = candidate;
  const parts: unknown = isObject(content) ? content['parts'] : [];
  return Array.isArray(parts) ? parts.filter(isObject).flatMap((part) => parsePart(part, ids)) : [];
}

function parsePart(part: JsonObject, ids: AnswerCallIds): NeutralPart[] {
  const { text, thought, functionCall, inlineData } = part;
  const signature = readThoughtSignature(part['thoughtSignature']);
  if (thought === true)
    return [{ type: 'reasoning', text: typeof text === 'string' ? text : '', ...signature }];
  const before: NeutralPart[] =
    signature.signature === undefined ? [] : [{ type: 'reasoning', text: '', ...signature, redacted: true }];
  if (typeof text === 'string') return text === '' ? before : [...before, { type: 'text', text }];
  if (isObject(functionCall) && typeof functionCall['name'] === 'string') {
    const { id, name, args } = functionCall;
    return [...before, { type: 'tool_call', id: ids.of(id), name, arguments: JSON.stringify(args ?? {}) }];
  }
  if (isObject(inlineData)) {
    const { mimeType, data } = inlineData;
    if (typeof mimeType === 'string' && typeof data === 'string')
      return [...before, { type: 'image', source: { kind: 'data', mediaType: mimeType, data } }];
  }
  return before;
}

/** `logprobsResult`; undefined when there is none. */
export function readLogprobs(candidate: JsonObject): NeutralLogprob[] | undefined {
  const result = candidate['logprobsResult'];
  if (!isObject(result) || !Array.isArray(result['chosenCandidates'])) return undefined;
  const tops: unknown[] = Array.isArray(result['topCandidates']) ? result['topCandidates'] : [];
  const list = result['chosenCandidates'].filter(isObject).map((chosen, i) => {
    const top = tops[i];
    const candidates: unknown = isObject(top) ? top['candidates'] : [];
    return {
      ...readOne(chosen),
      top: Array.isArray(candidates) ? candidates.filter(isObject).map(readOne) : [],
    };
  });
  return list.length === 0 ? undefined : list;
}

function readOne({ token, logProbability }: JsonObject): { token: string; logprob: number } {
  return {
    token: typeof token === 'string' ? token : '',
    logprob: typeof logProbability === 'number' ? logProbability : 0,
  };
}

export function renderLogprobs(logprobs: readonly NeutralLogprob[]): JsonObject {
  return {
    logprobsResult: {
      chosenCandidates: logprobs.map(renderOne),
      topCandidates: logprobs.map(({ top }) => ({ candidates: top.map(renderOne) })),
    },
  };
}

function renderOne({ token, logprob }: { token: string; logprob: number }): JsonObject {
  return { token, logProbability: logprob };
}
