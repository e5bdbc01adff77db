import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { invalid, readInteger, readModel } from '../dialects/kit/params.ts';
import type { LlmRoute } from '../doors.ts';
import type { ReadRequest } from './read-json.ts';
import { boundOfOther } from './usual-output.ts';

const BOUNDARY = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i;
const FIELD = /\r\ncontent-disposition:\s*form-data;\s*name="?(model|n|quality)"?\s*(?:;|\r\n)/i;
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
  const fields = new Map<string, Field>();
  for (const field of findFields(body, boundaryOf(call.request.headers))) {
    const { name } = field;
    if (fields.has(name)) throw invalid(name, `The parameter "${name}" stands in the form more than once.`);
    fields.set(name, field);
  }
  const valueOf = (name: string): string | undefined => {
    const field = fields.get(name);
    return field && body.toString('utf8', field.valueStart, field.valueEnd);
  };
  const model = readModel({ model: valueOf('model') });
  const field = fields.get('model');
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
      references: 0,
      ...boundOfOther(route.path, valueOf('quality')),
      choices: readChoices(valueOf('n'), call.parts.limits.maxChoices),
    },
  };
}

function readChoices(text: string | undefined, max: number): number {
  const n = text === undefined || !/^\d+$/.test(text) ? text : Number(text);
  return readInteger({ n }, 'n', { min: 1, max }) ?? 1;
}

function boundaryOf(headers: IncomingHttpHeaders): Buffer {
  const [, quoted, plain] = BOUNDARY.exec(headers['content-type'] ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new AppError('invalid_request', 'The form names no boundary.');
  return Buffer.from(`--${boundary}`);
}

type Field = ReadRequest['scan']['members'][number];

function findFields(body: Buffer, delimiter: Buffer): Field[] {
  const found: Field[] = [];
  let start = body.indexOf(delimiter);
  while (start !== -1) {
    const next = body.indexOf(delimiter, start + delimiter.length);
    if (next === -1) break;
    const headStart = start + delimiter.length;
    const headEnd = body.indexOf(HEAD_END, headStart);
    if (headEnd !== -1 && headEnd < next && headEnd - headStart <= MAX_PART_HEAD) {
      const head = body.toString('latin1', headStart, headEnd + 2);
      // The line break in front of the next delimiter belongs to it.
      const name = FIELD.exec(head)?.[1];
      if (name !== undefined)
        found.push({ name: name.toLowerCase(), valueStart: headEnd + HEAD_END.length, valueEnd: next - 2 });
    }
    start = next;
  }
  return found;
}
