/**
 * Where the members of a JSON object stand in its bytes, so that one value can be replaced and every
 * other byte stays as the caller sent it (a round trip through objects would change large numbers).
 */

export interface JsonMember {
  name: string;
  /** Byte offsets of the value. */
  valueStart: number;
  valueEnd: number;
}

export type MemberScan =
  | { ok: true; members: JsonMember[]; bodyStart: number }
  | { ok: false; problem: 'not_an_object' | 'too_deep' };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Scans bytes that `JSON.parse` accepts (check that too: this looks at structure only).
 * @param maxDepth nesting beyond this is refused before any parser recurses into it.
 */
export function scanMembers(body: Buffer, maxDepth: number): MemberScan {
  const members: JsonMember[] = [];
  let depth = 0;
  let bodyStart = -1;
  let name: string | null = null;
  let valueStart = -1;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (byte === QUOTE) {
      const end = stringEnd(body, i);
      if (depth === 1 && name === null) name = decodeName(body.toString('utf8', i, end));
      else if (depth === 1 && valueStart === -1) valueStart = i;
      i = end - 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === 0 && (byte !== OPEN_BRACE || bodyStart !== -1))
        return { ok: false, problem: 'not_an_object' };
      if (depth === 0) bodyStart = i + 1;
      else if (depth === 1 && valueStart === -1) valueStart = i;
      depth++;
      if (depth > maxDepth) return { ok: false, problem: 'too_deep' };
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET || (byte === COMMA && depth === 1)) {
      if (depth === 1 && name !== null && valueStart !== -1) {
        members.push({ name, valueStart, valueEnd: trimEnd(body, i) });
        name = null;
        valueStart = -1;
      }
      if (byte !== COMMA) depth--;
    } else if (depth === 1 && name !== null && valueStart === -1 && byte > 0x20 && byte !== COLON) {
      valueStart = i;
    }
  }
  return bodyStart === -1 ? { ok: false, problem: 'not_an_object' } : { ok: true, members, bodyStart };
}

export interface JsonEdit {
  name: string;
  /** JSON text. */
  value: string;
}

/** The same bytes with these members replaced, or added in front when they were absent. */
export function editMembers(
  body: Buffer,
  scan: Extract<MemberScan, { ok: true }>,
  edits: readonly JsonEdit[],
): Buffer {
  const replaced = edits
    .map((edit) => ({ edit, member: scan.members.find((member) => member.name === edit.name) }))
    .sort((a, b) => (a.member?.valueStart ?? -1) - (b.member?.valueStart ?? -1));
  const parts: Buffer[] = [];
  let from = 0;
  for (const { edit, member } of replaced) {
    if (member) {
      parts.push(body.subarray(from, member.valueStart), Buffer.from(edit.value));
      from = member.valueEnd;
      continue;
    }
    const comma = scan.members.length > 0 ? ',' : '';
    parts.push(
      body.subarray(from, scan.bodyStart),
      Buffer.from(`${JSON.stringify(edit.name)}:${edit.value}${comma}`),
    );
    from = scan.bodyStart;
  }
  parts.push(body.subarray(from));
  return Buffer.concat(parts);
}

function stringEnd(body: Buffer, start: number): number {
  for (let i = start + 1; i < body.length; i++) {
    if (body[i] === BACKSLASH) i++;
    else if (body[i] === QUOTE) return i + 1;
  }
  return body.length;
}

function trimEnd(body: Buffer, end: number): number {
  while (body[end - 1]! <= 0x20) end--;
  return end;
}

function decodeName(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
