/** Edits that chat completions and completions have in common. */
import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { isAbsent, isObject } from '../shared/params.ts';

/** Collects edits by name, so that no member is edited twice. */
export class EditList {
  readonly #edits = new Map<string, string>();

  set(name: string, value: unknown): void {
    this.#edits.set(name, JSON.stringify(value));
  }

  has(name: string): boolean {
    return this.#edits.has(name);
  }

  list(): JsonEdit[] {
    return [...this.#edits].map(([name, value]) => ({ name, value }));
  }
}

/** Parameters for those that the caller did not set, under any of their names. */
export function editDefaults(
  list: EditList,
  body: JsonObject,
  defaults: Readonly<JsonObject>,
  synonyms: readonly (readonly string[])[],
): void {
  for (const [name, value] of Object.entries(defaults)) {
    const names = synonyms.find((group) => group.includes(name)) ?? [name];
    if (names.every((one) => isAbsent(body[one]) && !list.has(one))) list.set(name, value);
  }
}

/** `model`, `stream` and `stream_options`. */
export function editStream(list: EditList, body: JsonObject, edits: RequestEdits): void {
  if (edits.model !== undefined && edits.model !== body['model']) list.set('model', edits.model);
  const stream = edits.stream ?? body['stream'] === true;
  if (stream !== (body['stream'] === true)) list.set('stream', stream);
  const options = isObject(body['stream_options']) ? body['stream_options'] : {};
  if (stream && edits.includeUsage && options['include_usage'] !== true)
    list.set('stream_options', { ...options, include_usage: true });
  // Without a stream OpenAI refuses options for it.
  if (!stream && edits.stream === false && !isAbsent(body['stream_options']))
    list.set('stream_options', null);
}
