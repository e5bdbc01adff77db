/**
 * Looks for members in JSON bytes in one pass and without parsing them: most events of a stream hold
 * nothing but a few letters. Quotes inside of a text are escaped, so a quoted name before a colon is a
 * member wherever it is found.
 */
const COLON = 0x3a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NONE: readonly never[] = [];

/** Names by their length, so that a look at a member is seldom more than one comparison of numbers. */
export type WatchList<Kind> = readonly (readonly { name: Buffer; kind: Kind }[] | undefined)[];

/** @param kinds what the members of these names are. */
export function watchFor<Kind>(kinds: Readonly<Record<string, Kind>>): WatchList<Kind> {
  const list: { name: Buffer; kind: Kind }[][] = [];
  for (const [name, kind] of Object.entries(kinds))
    (list[name.length] ??= []).push({ name: Buffer.from(name), kind });
  return list;
}

/**
 * Tells of every member of these names, at any depth.
 * @param visit gets where the value begins.
 */
export function eachMember<Kind>(
  bytes: Buffer,
  watched: WatchList<Kind>,
  visit: (kind: Kind, valueStart: number) => void,
): void {
  const { length } = bytes;
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== QUOTE) continue;
    const end = stringEnd(bytes, i);
    let at = end + 1;
    while (bytes[at] === SPACE) at++;
    if (bytes[at] === COLON) {
      at++;
      while (bytes[at] === SPACE) at++;
      for (const { name, kind } of watched[end - i - 1] ?? NONE)
        if (isAt(bytes, i + 1, name) && at < length) visit(kind, at);
      // The value is looked at next: it may be a text, or hold members.
      i = at - 1;
    } else {
      i = end;
    }
  }
}

function isAt(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}

/** Where the closing quote of the string stands that begins here, or the end of the bytes. */
function stringEnd(bytes: Buffer, start: number): number {
  let i = start + 1;
  for (; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
  return Math.min(i, bytes.length);
}

/** Length of the text that begins here, escapes counted as one byte; 0 when it is none. */
export function textBytesAt(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) return 0;
  let count = 0;
  for (let i = start + 1; i < bytes.length && bytes[i] !== QUOTE; i++) {
    if (bytes[i] === BACKSLASH) i++;
    count++;
  }
  return count;
}

/** The text that begins here, or null when it is none. */
export function textAt(bytes: Buffer, start: number): string | null {
  if (bytes[start] !== QUOTE) return null;
  try {
    return String(JSON.parse(bytes.toString('utf8', start, stringEnd(bytes, start) + 1)));
  } catch {
    return null;
  }
}

/** The text of the first member of this name, or null when it is absent or no text. */
export function stringAfter(bytes: Buffer, quotedName: Buffer): string | null {
  for (let at = bytes.indexOf(quotedName); at !== -1; at = bytes.indexOf(quotedName, at + 1)) {
    let i = at + quotedName.length;
    while (bytes[i] === SPACE) i++;
    if (bytes[i] !== COLON) continue;
    i++;
    while (bytes[i] === SPACE) i++;
    return textAt(bytes, i);
  }
  return null;
}
