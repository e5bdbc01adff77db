/** Pictures, sound and files as OpenAI carries them: addresses and data URLs. */
import type { MediaSource } from '../neutral.ts';
import { invalid } from '../kit/params.ts';

const BASE64_MARK = ';base64';

/**
 * @param field where the address stands in the caller's body.
 * @throws AppError `invalid_request` when it is neither an address nor readable data.
 */
export function readMediaUrl(url: string, field: string): MediaSource {
  if (!/^data:/i.test(url)) {
    if (/^https?:\/\//i.test(url)) return { kind: 'url', url };
    throw invalid(field, `The parameter "${field}" must be an http(s) address or a data URL.`);
  }
  const comma = url.indexOf(',');
  if (comma === -1) throw invalid(field, `The data URL in "${field}" has no data.`);
  const head = url.slice('data:'.length, comma);
  const mediaType = head.split(';', 1)[0] || 'text/plain';
  const data = url.slice(comma + 1);
  if (head.toLowerCase().endsWith(BASE64_MARK)) return { kind: 'data', mediaType, data };
  try {
    return { kind: 'data', mediaType, data: Buffer.from(decodeURIComponent(data)).toString('base64') };
  } catch {
    throw invalid(field, `The data URL in "${field}" cannot be read.`);
  }
}

export function renderMediaUrl(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

/** A file's content: a data URL, or base64 whose kind the name tells. */
export function readFileData(fileData: string, filename: string | undefined, field: string): MediaSource {
  if (/^data:/i.test(fileData)) return readMediaUrl(fileData, field);
  const mediaType = filename?.toLowerCase().endsWith('.txt') ? 'text/plain' : 'application/pdf';
  return { kind: 'data', mediaType, data: fileData };
}

const AUDIO_TYPES: Readonly<Record<string, string>> = { mp3: 'audio/mpeg', wav: 'audio/wav' };

export function audioMediaType(format: string): string {
  return AUDIO_TYPES[format] ?? `audio/${format}`;
}

export function audioFormat(mediaType: string): string {
  const known = Object.entries(AUDIO_TYPES).find(([, type]) => type === mediaType);
  return known?.[0] ?? mediaType.replace(/^audio\/(x-)?/, '');
}
