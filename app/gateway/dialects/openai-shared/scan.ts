/**
 * Looks for members in JSON bytes without parsing them. A quote inside of a text is escaped, so a quoted
 * name followed by a colon is a member wherever it is found.
 */
const COLON = 0x3a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** True when a member of this quoted name has a value that begins with one of these characters. */
export function hasValueAfter(bytes: Buffer, name: Buffer, first: string): boolean {
  for (let at = valueAfter(bytes, name, 0); at !== -1; at = valueAfter(bytes, name, at)) {
    if (first.includes(String.fromCharCode(bytes[at]!))) return true;
  }
  return false;
}

/** True when a member of this quoted name has a text as its value that is not empty. */
export function hasTextAfter(bytes: Buffer, name: Buffer): boolean {
  for (let at = valueAfter(bytes, name, 0); at !== -1; at = valueAfter(bytes, name, at)) {
    if (bytes[at] === QUOTE && bytes[at + 1] !== QUOTE) return true;
  }
  return false;
}

/** The text of the first member of this quoted name, or null when it is absent or no text. */
export function stringAfter(bytes: Buffer, name: Buffer): string | null {
  const start = valueAfter(bytes, name, 0);
  if (start === -1 || bytes[start] !== QUOTE) return null;
  for (let i = start + 1; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) {
      try {
        return String(JSON.parse(bytes.toString('utf8', start, i + 1)));
      } catch {
        return null;
      }
    }
  }
  return null;
}

/** Where the value of the next member of this quoted name begins, or -1. */
function valueAfter(bytes: Buffer, name: Buffer, from: number): number {
  for (let at = bytes.indexOf(name, from); at !== -1; at = bytes.indexOf(name, at + 1)) {
    let i = at + name.length;
    while (bytes[i] === SPACE) i++;
    if (bytes[i] !== COLON) continue;
    i++;
    while (bytes[i] === SPACE) i++;
    if (i < bytes.length) return i;
  }
  return -1;
}
