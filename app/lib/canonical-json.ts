/** One way to write a value as JSON (RFC 8785): no spaces, names sorted, numbers as ECMAScript writes them. */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** @throws TypeError for numbers that JSON has not, and for halves of characters. */
export function toCanonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('no JSON number');
  if (typeof value === 'string' && !value.isWellFormed()) throw new TypeError('no Unicode text');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  // Sorted by UTF-16 code units, as the RFC asks and as sort() does.
  const members = Object.keys(value)
    .sort()
    .map((name) => `${toCanonicalJson(name)}:${toCanonicalJson(value[name] as Json)}`);
  return `{${members.join(',')}}`;
}
