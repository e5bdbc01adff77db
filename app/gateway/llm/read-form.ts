import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { invalid, readModel } from '../dialects/kit/params.ts';
import type { LlmRoute } from '../doors.ts';
import type { ReadRequest } from './read-json.ts';

const BOUNDARY = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i;
const MODEL_FIELD = /\r\ncontent-disposition:\s*form-data;\s*name="?model"?\s*(?:;|\r\n)/i;
/** Longer heads of a part are no form's that an SDK makes. */
const MAX_PART_HEAD = 4_096;
/** Sound and pictures weigh far more than the text they are worth. */
const BYTES_PER_TEXT_BYTE = 8;
const HEAD_END = Buffer.from('\r\n\r\n');

/** True for uploads (RFC 7578): sound and images. */
export function isForm(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('multipart/form-data') ?? false;
}

/**
 * An upload whose field `model` names the model; `scan` says where it stands.
 * @throws AppError `invalid_request`.
 */
export function readForm(call: Call, body: Buffer, route: LlmRoute): ReadRequest {
  const fields = findModelFields(body, boundaryOf(call.request.headers));
  if (fields.length > 1) throw invalid('model', 'The parameter "model" stands in the form more than once.');
  const [field] = fields;
  const model = readModel({ model: field && body.toString('utf8', field.valueStart, field.valueEnd) });
  return {
    route,
    context: { model: null, stream: null },
    body,
    members: { model },
    scan: { members: field ? [field] : [], bodyStart: 0 },
    facts: {
      model,
      stream: false,
      wantsUsage: true,
      textBytes: Math.ceil(body.length / BYTES_PER_TEXT_BYTE),
      images: 0,
      maxOutputTokens: 0,
      choices: 1,
    },
  };
}

function boundaryOf(headers: IncomingHttpHeaders): Buffer {
  const [, quoted, plain] = BOUNDARY.exec(headers['content-type'] ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new AppError('invalid_request', 'The form names no boundary.');
  return Buffer.from(`--${boundary}`);
}

function findModelFields(body: Buffer, delimiter: Buffer): ReadRequest['scan']['members'] {
  const found: ReadRequest['scan']['members'] = [];
  let start = body.indexOf(delimiter);
  while (start !== -1) {
    const next = body.indexOf(delimiter, start + delimiter.length);
    if (next === -1) break;
    const headStart = start + delimiter.length;
    const headEnd = body.indexOf(HEAD_END, headStart);
    if (headEnd !== -1 && headEnd < next && headEnd - headStart <= MAX_PART_HEAD) {
      const head = body.toString('latin1', headStart, headEnd + 2);
      // The line break in front of the next delimiter belongs to it.
      if (MODEL_FIELD.test(head))
        found.push({ name: 'model', valueStart: headEnd + HEAD_END.length, valueEnd: next - 2 });
    }
    start = next;
  }
  return found;
}
