import type { StringKind } from './measure-text.ts';

/** How base64 of pictures begins: JPEG, PNG, GIF, WebP. */
const PICTURES = ['/9j/', 'iVBORw0KGgo', 'R0lGOD', 'UklGR'];
/** PDF, MP3 with tags, Ogg, MP4 and WAV by their first bytes. */
const OTHER_MEDIA = ['JVBERi0', 'SUQz', 'T2dnUw', 'AAAA'];

/** What a member named `data` holds, told by its first bytes: where it stands, plain text may stand too. */
export function kindOfData(value: string): StringKind {
  if (PICTURES.some((start) => value.startsWith(start))) return 'image';
  return OTHER_MEDIA.some((start) => value.startsWith(start)) ? 'media' : 'text';
}
