/** Pictures that a model has drawn: items of their own. */
import type { JsonObject } from '../dialect.ts';
import type { MediaSource } from '../neutral.ts';

const TYPES: Readonly<Record<string, string>> = { jpeg: 'image/jpeg', webp: 'image/webp' };

/** Null for an item that is none, or not drawn yet. */
export function readImageItem({ type, result, output_format: format }: JsonObject): MediaSource | null {
  if (type !== 'image_generation_call' || typeof result !== 'string' || result === '') return null;
  const mediaType = (typeof format === 'string' ? TYPES[format] : undefined) ?? 'image/png';
  return { kind: 'data', mediaType, data: result };
}

/** Null for a picture that is known by its address alone: there is no place for it. */
export function renderImageItem(source: MediaSource, id: string): JsonObject | null {
  if (source.kind === 'url') return null;
  const format = Object.entries(TYPES).find(([, type]) => type === source.mediaType)?.[0] ?? 'png';
  return {
    id,
    type: 'image_generation_call',
    status: 'completed',
    output_format: format,
    result: source.data,
  };
}
