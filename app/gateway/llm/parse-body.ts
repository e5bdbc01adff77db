import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../lib/app-error.ts';
import type { JsonObject } from '../dialects/dialect.ts';
import { scanMembers, type MemberScan } from '../dialects/json-members.ts';

export interface ParsedBody {
  /** As it arrived. */
  body: Buffer;
  members: JsonObject;
  scan: Extract<MemberScan, { ok: true }>;
}

const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i;

/** @throws AppError `unsupported_media_type`; a body without a type is taken for JSON. */
export function assertJson(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'];
  if (type !== undefined && !JSON_TYPE.test(type))
    throw new AppError('unsupported_media_type', 'Send JSON, with "content-type: application/json".');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new AppError('unsupported_media_type', 'Send the request body without content-encoding.');
}

/**
 * The JSON object in a body.
 * @param maxDepth nesting beyond this is refused before any parser recurses into it.
 * @throws AppError `invalid_request`.
 */
export function parseJsonBody(body: Buffer, maxDepth: number): ParsedBody {
  // Decoders replace broken bytes silently: then we would read another text than the upstream.
  if (!isUtf8(body)) throw new AppError('invalid_request', 'The body is not valid UTF-8.');
  const scan = scanMembers(body, maxDepth);
  if (!scan.ok && scan.problem === 'too_deep')
    throw new AppError('invalid_request', `The body is nested deeper than ${maxDepth} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new AppError('invalid_request', 'The body is not valid JSON.');
  }
  if (!scan.ok || value === null || typeof value !== 'object' || Array.isArray(value))
    throw new AppError('invalid_request', 'The body must be a JSON object.');
  return { body, members: value as JsonObject, scan };
}

/**
 * A parameter that stands twice means one thing to us and another to the upstream.
 * @throws AppError `invalid_request` naming it.
 */
export function assertOnce({ scan }: ParsedBody, names: readonly string[]): void {
  for (const name of names) {
    if (scan.members.filter((member) => member.name === name).length > 1) {
      throw new AppError('invalid_request', `The parameter "${name}" stands in the body more than once.`, {
        issues: [{ field: name, reason: 'invalid' }],
      });
    }
  }
}

/** The same bytes without these members. */
export function withoutMembers(body: Buffer, names: readonly string[]): Buffer {
  const scan = scanMembers(body, Infinity);
  if (!scan.ok) return body;
  const { members, bodyStart } = scan;
  const kept = members.filter(({ name }) => !names.includes(name));
  if (kept.length === members.length) return body;
  const parts: Buffer[] = [body.subarray(0, bodyStart)];
  for (const member of kept) {
    const before = members[members.indexOf(member) - 1];
    // Between two members stand a comma, white space and the second one's name.
    const nameStart = before === undefined ? bodyStart : body.indexOf(0x2c, before.valueEnd) + 1;
    if (parts.length > 1) parts.push(COMMA);
    parts.push(body.subarray(nameStart, member.valueEnd));
  }
  parts.push(body.subarray(members.at(-1)!.valueEnd));
  return Buffer.concat(parts);
}

const COMMA = Buffer.from(',');
