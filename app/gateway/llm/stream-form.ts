/** In what form Google streams: `alt` says so, and without it the stream is one JSON array. */
export type StreamForm = 'events' | 'array';

/** Its client libraries write the parameter with a dollar too, and more behind the form. */
const ALT = ['alt', '$alt'] as const;

/** @param query raw, without '?'. Null: a form that there is not here. */
export function streamForm(query: string): StreamForm | null {
  const search = new URLSearchParams(query);
  const alt = ALT.map((name) => search.get(name)).find((value) => value !== null) ?? 'json';
  if (alt === 'sse') return 'events';
  return alt.split(';', 1)[0] === 'json' ? 'array' : null;
}
