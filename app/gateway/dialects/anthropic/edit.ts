import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { editDefaults, EditList } from '../kit/edit-list.ts';
import { isAbsent } from '../kit/params.ts';
import { renderMessages } from './messages.ts';

/** The smallest changes of a body that stays a message request. */
export function edit(body: JsonObject, edits: RequestEdits): JsonEdit[] {
  const list = new EditList();
  if (edits.model !== undefined && edits.model !== body['model']) list.set('model', edits.model);
  const { stream, systemPrompt = '', history = [], maxOutputTokens } = edits;
  if (stream !== undefined && stream !== (body['stream'] === true)) list.set('stream', stream);
  if (systemPrompt !== '') list.set('system', withSystemPrompt(body['system'], systemPrompt));
  if (history.length > 0)
    list.set('messages', [...renderMessages(history), ...(body['messages'] as unknown[])]);
  if (maxOutputTokens !== undefined && body['max_tokens'] !== maxOutputTokens)
    list.set('max_tokens', maxOutputTokens);
  editDefaults(list, body, edits.defaults ?? {}, []);
  return list.list();
}

function withSystemPrompt(system: unknown, systemPrompt: string): unknown {
  if (isAbsent(system) || system === '') return systemPrompt;
  const block = { type: 'text', text: systemPrompt };
  return [block, ...(Array.isArray(system) ? (system as unknown[]) : [{ type: 'text', text: system }])];
}
