/** JSON bodies of the management API: bounded before they are parsed. */
import { AppError } from '../lib/app-error.ts';

const MAX_BODY_BYTES = 256 * 1024;
const MAX_DEPTH = 64;

const tooLarge = () =>
  new AppError('payload_too_large', `The body is larger than ${MAX_BODY_BYTES / 1024} KB.`);

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  if (!request.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not valid UTF-8.', { cause });
  }
}

/** Deepest nesting of a JSON text, counted before parsing: later recursion must not overflow. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}

/**
 * The parsed body; an empty one counts as `{}`.
 * @throws AppError `unsupported_media_type` (415), `payload_too_large` (413) or `invalid_request`.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === '') return {};
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/([\w.-]+\+)?json$/.test(type)) {
    throw new AppError('unsupported_media_type', 'Send the body as application/json.');
  }
  if (jsonDepth(text) > MAX_DEPTH) {
    throw new AppError('invalid_request', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not valid JSON.', { cause });
  }
}
