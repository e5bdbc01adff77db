/** Edits that chat completions and completions have in common. */
import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { EditList } from '../kit/edit-list.ts';
import { isAbsent, isObject } from '../kit/params.ts';

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
