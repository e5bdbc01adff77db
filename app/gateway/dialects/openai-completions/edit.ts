import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { editStream } from '../openai-shared/edits.ts';
import { editDefaults, EditList } from '../kit/edit-list.ts';

/** The smallest changes of a body that stays a completion. A prompt has no place for a history. */
export function edit(body: JsonObject, edits: RequestEdits): JsonEdit[] {
  const list = new EditList();
  editStream(list, body, edits);
  const { prompt } = body;
  const { systemPrompt = '' } = edits;
  if (systemPrompt !== '') {
    const before = (text: unknown): unknown =>
      typeof text === 'string' ? `${systemPrompt}\n\n${text}` : text;
    list.set('prompt', Array.isArray(prompt) ? prompt.map(before) : before(prompt));
  }
  if (edits.maxOutputTokens !== undefined && body['max_tokens'] !== edits.maxOutputTokens)
    list.set('max_tokens', edits.maxOutputTokens);
  editDefaults(list, body, edits.defaults ?? {}, []);
  return list.list();
}
