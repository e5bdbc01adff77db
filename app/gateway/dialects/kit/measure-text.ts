/** How much there is in a request, for holds and for charges where the upstream says nothing. */
import { isObject } from './params.ts';

export interface TextSize {
  textBytes: number;
  images: number;
  /** What the request only points to: files by id, documents by address. */
  references: number;
}

/**
 * What a string member is: `text` costs its length, an image its number, other media a share of its length;
 * what a `reference` costs is known upstream alone, and at first it counts as an image.
 */
export type StringKind = 'text' | 'image' | 'media' | 'reference';

/**
 * Base64 of sound and documents for one byte of text. OpenAI counts ten tokens a second of sound, and
 * a PDF is mostly fonts and pictures; an eighth stays above both.
 */
const MEDIA_BYTES_PER_TEXT_BYTE = 8;
const NONE: ReadonlySet<string> = new Set();

/**
 * Text bytes anywhere in these values, names included, and the images of the messages.
 * @param messages the only place where media are media: in a tool's schema a data URL is text.
 * @param kindOf what the string `value` is that stands as `name` in an object.
 * @param texts members of messages that hold the caller's own JSON, arguments of tools: all of it is text.
 */
export function measureText(
  messages: unknown,
  others: readonly unknown[],
  kindOf: (name: string, value: string) => StringKind,
  texts: ReadonlySet<string> = NONE,
): TextSize {
  const size = { textBytes: 0, images: 0, references: 0 };
  const pending: { value: unknown; name: string | null; inMessage: boolean }[] = [
    { value: messages, name: null, inMessage: true },
    ...others.map((value) => ({ value, name: null, inMessage: false })),
  ];
  let next;
  while ((next = pending.pop()) !== undefined) {
    const { value, name, inMessage } = next;
    if (typeof value === 'string') {
      const kind = inMessage && name !== null ? kindOf(name, value) : 'text';
      if (kind === 'reference') size.references++;
      if (kind === 'image' || kind === 'reference') size.images++;
      else if (kind === 'media') size.textBytes += Math.ceil(value.length / MEDIA_BYTES_PER_TEXT_BYTE);
      else size.textBytes += Buffer.byteLength(value);
    } else if (Array.isArray(value)) {
      for (const item of value) pending.push({ value: item, name: null, inMessage });
      size.textBytes += 4;
    } else if (isObject(value)) {
      for (const [member, item] of Object.entries(value)) {
        size.textBytes += member.length;
        pending.push({ value: item, name: member, inMessage: inMessage && !texts.has(member) });
      }
    } else if (typeof value === 'number') {
      size.textBytes += 8;
    }
  }
  return size;
}

/** Length of the string values that follow this field name (`"content"`), escapes counted as one byte. */
export function stringBytesAfter(event: Buffer, field: Buffer): number {
  let bytes = 0;
  let at = event.indexOf(field);
  while (at !== -1) {
    let i = at + field.length;
    while (event[i] === 0x20 || event[i] === 0x3a) i++;
    if (event[i] === 0x22) {
      for (i++; i < event.length && event[i] !== 0x22; i++) {
        if (event[i] === 0x5c) i++;
        bytes++;
      }
    }
    at = event.indexOf(field, i);
  }
  return bytes;
}
