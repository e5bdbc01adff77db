/** `embedContent` and `batchEmbedContents`. */
import type { EmbeddingDialect, JsonObject, RenderedRequest, RequestContext } from '../dialect.ts';
import type { NeutralEmbeddingAnswer, NeutralEmbeddingRequest, TokenUsage } from '../neutral.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import {
  collectExtras,
  invalid,
  isAbsent,
  isObject,
  readInteger,
  readList,
  readModel,
  requireObject,
} from '../kit/params.ts';
import { saneUsage } from '../kit/usage.ts';
import { camelBody } from './camel.ts';
import { parseSystem } from './contents.ts';
import { requireAnswer } from './errors.ts';

const KNOWN: ReadonlySet<string> = new Set(['model', 'content', 'requests', 'outputDimensionality']);
const DIMENSIONS = { min: 1, max: 65_536 };

function parseRequest(source: JsonObject, context: RequestContext): NeutralEmbeddingRequest {
  const body = camelBody(source);
  const batch = readList(body, 'requests');
  const requests = batch?.map((one, i) => requireObject(one, `requests.${i}`)) ?? [body];
  const [first] = requests;
  if (first === undefined) throw invalid('requests', 'The parameter "requests" is required.', 'required');
  const at = (i: number): string => (batch === null ? '' : `requests.${i}.`);
  const model = readModel({ model: context.model });
  // The path says which model is allowed and priced.
  for (const [i, { model: named }] of requests.entries())
    if (!isAbsent(named) && named !== model && named !== `models/${model}`)
      throw invalid(`${at(i)}model`, `The parameter "${at(i)}model" must be the model of the path.`);
  return {
    model,
    inputs: requests.map(({ content }, i) =>
      parseSystem(requireObject(content, `${at(i)}content`), `${at(i)}content`)
        .map(({ text }) => text)
        .join('\n'),
    ),
    dimensions: readInteger(first, 'outputDimensionality', DIMENSIONS, `${at(0)}outputDimensionality`),
    encoding: 'float',
    ...(batch === null ? { single: true } : {}),
    extras: Object.assign({}, ...requests.map((one) => collectExtras(one, KNOWN))) as JsonObject,
  };
}

/** Always as a batch: one verb does for any number. */
function renderRequest({ model, inputs, dimensions, extras }: NeutralEmbeddingRequest): RenderedRequest {
  return {
    body: {
      requests: inputs.map((text) => ({
        model: `models/${model}`,
        content: { parts: [{ text }] },
        ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
      })),
    },
    dropped: Object.keys(extras),
  };
}

function parseAnswer(value: unknown): NeutralEmbeddingAnswer {
  const body = requireAnswer(value);
  const { embeddings, embedding } = body;
  const list: unknown[] = Array.isArray(embeddings) ? embeddings : [embedding];
  return { model: '', vectors: list.map(readVector), usage: readEmbeddingUsage(body) };
}

function readVector(value: unknown): number[] {
  const values: unknown = isObject(value) ? value['values'] : null;
  if (!Array.isArray(values) || !values.every((one) => typeof one === 'number')) throw malformedAnswer();
  return values;
}

/** Newer models state it; older ones say nothing. */
function readEmbeddingUsage({ usageMetadata }: JsonObject): TokenUsage | null {
  return isObject(usageMetadata) ? saneUsage({ input: usageMetadata['promptTokenCount'], output: 0 }) : null;
}

function renderAnswer(
  { vectors, usage }: NeutralEmbeddingAnswer,
  { single }: NeutralEmbeddingRequest,
): JsonObject {
  const stated = usage === null ? {} : { usageMetadata: { promptTokenCount: usage.inputTokens } };
  if (single) return { embedding: { values: vectors[0] ?? [] }, ...stated };
  return { embeddings: vectors.map((values) => ({ values })), ...stated };
}

export const embeddings: EmbeddingDialect = {
  parseRequest,
  renderRequest,
  parseAnswer,
  renderAnswer,
  path: (model) => `/models/${encodeURIComponent(model)}:batchEmbedContents`,
};
