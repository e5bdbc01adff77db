/** `/embeddings`. */
import type { EmbeddingDialect, JsonObject, RenderedRequest } from '../dialect.ts';
import type { NeutralEmbeddingAnswer, NeutralEmbeddingRequest } from '../neutral.ts';
import { requireAnswer } from '../openai-shared/errors.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import {
  collectExtras,
  invalid,
  isObject,
  readInteger,
  readModel,
  readOneOf,
  readStrings,
} from '../kit/params.ts';
import { saneUsage } from '../kit/usage.ts';

const KNOWN: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);
const DIMENSIONS = { min: 1, max: 65_536 };

function parseRequest(body: JsonObject): NeutralEmbeddingRequest {
  const { input } = body;
  const inputs = typeof input === 'string' ? [input] : readInputs(body);
  if (inputs.length === 0) throw invalid('input', 'The parameter "input" is required.', 'required');
  return {
    model: readModel(body),
    inputs,
    dimensions: readInteger(body, 'dimensions', DIMENSIONS),
    encoding: readOneOf(body, 'encoding_format', ['float', 'base64']) ?? 'float',
    extras: collectExtras(body, KNOWN),
  };
}

function readInputs(body: JsonObject): string[] {
  const { input } = body;
  if (Array.isArray(input) && (typeof input[0] === 'number' || Array.isArray(input[0])))
    throw invalid('input', 'Tokens mean something to one model alone; send the parameter "input" as text.');
  return readStrings(body, 'input');
}

function renderRequest(request: NeutralEmbeddingRequest): RenderedRequest {
  const { model, inputs, dimensions, extras } = request;
  return {
    // Always numbers: the caller's encoding is made from them.
    body: withoutAbsent({ model, input: inputs, dimensions, encoding_format: 'float' }),
    dropped: Object.keys(extras),
  };
}

function parseAnswer(value: unknown): NeutralEmbeddingAnswer {
  const body = requireAnswer(value);
  const { data, model, usage } = body;
  if (!Array.isArray(data)) throw malformedAnswer();
  return {
    model: typeof model === 'string' ? model : '',
    vectors: data.map((one) => readVector(isObject(one) ? one['embedding'] : null)),
    usage: isObject(usage) ? saneUsage({ input: usage['prompt_tokens'], output: 0 }) : null,
  };
}

function readVector(value: unknown): number[] {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'base64');
    return Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readFloatLE(i * 4));
  }
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'number')) throw malformedAnswer();
  return value;
}

function renderAnswer(answer: NeutralEmbeddingAnswer, request: NeutralEmbeddingRequest): JsonObject {
  const { model, vectors, usage } = answer;
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: request.encoding === 'base64' ? encode(vector) : vector,
    })),
    // Gemini's answers do not name theirs.
    model: model || request.model,
    usage: { prompt_tokens: usage?.inputTokens ?? 0, total_tokens: usage?.inputTokens ?? 0 },
  };
}

function encode(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}

export const embeddings: EmbeddingDialect = {
  parseRequest,
  renderRequest,
  parseAnswer,
  renderAnswer,
  path: () => '/embeddings',
};
