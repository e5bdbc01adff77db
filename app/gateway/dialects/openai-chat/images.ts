/** Pictures in answers: `images`, as OpenRouter has it and others after it. OpenAI itself has no place for them. */
import type { JsonObject } from '../dialect.ts';
import type { MediaSource, NeutralPart } from '../neutral.ts';
import { readMediaUrl, renderMediaUrl } from '../openai-shared/media.ts';
import { isObject } from '../kit/params.ts';

/** @param holder a message, or the delta of a chunk. */
export function readImages({ images }: JsonObject): MediaSource[] {
  if (!Array.isArray(images)) return [];
  return images.filter(isObject).flatMap(({ image_url: image }) => {
    const url = isObject(image) ? image['url'] : image;
    return typeof url === 'string' && /^(?:https?:\/\/|data:[^,]*,)/i.test(url)
      ? readMediaUrl(url, 'images')
      : [];
  });
}

export function renderImages(parts: readonly NeutralPart[]): JsonObject {
  const images = parts.filter((part) => part.type === 'image');
  return images.length === 0 ? {} : { images: images.map(({ source }) => renderImage(source)) };
}

export function renderImage(source: MediaSource): JsonObject {
  return { type: 'image_url', image_url: { url: renderMediaUrl(source) } };
}
