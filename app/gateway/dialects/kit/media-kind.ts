import type { StringKind } from './measure-text.ts';

/** How base64 of pictures begins: JPEG, PNG, GIF, WebP. */
const PICTURES = ['/9j/', 'iVBORw0KGgo', 'R0lGOD', 'UklGR'];
/** PDF, MP3 with tags, Ogg, MP4 and WAV by their first bytes. */
const OTHER_MEDIA = ['JVBERi0', 'SUQz', 'T2dnUw', 'AAAA'];

const MAX_ADDRESS = 4_096;

/** What a member named `data` holds, told by its first bytes: where it stands, plain text may stand too. */
export function kindOfData(value: string): StringKind {
  // What is no base64 is read as text, and costs its length.
  if (!/^[A-Za-z0-9+/=_-]*$/.test(value)) return 'text';
  if (PICTURES.some((start) => value.startsWith(start))) return 'image';
  return OTHER_MEDIA.some((start) => value.startsWith(start)) ? 'media' : 'text';
}

/** What a member holds that is the address of a picture or a document. */
export function kindOfAddress(value: string): StringKind {
  return value.length <= MAX_ADDRESS && /^https?:\/\/\S+$/i.test(value) ? 'image' : 'text';
}
