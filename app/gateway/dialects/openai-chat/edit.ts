import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { editStream } from '../openai-shared/edits.ts';
import { editDefaults, EditList } from '../kit/edit-list.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { renderMessages } from './messages.ts';
import { outputBoundName } from './render-request.ts';

const BOUNDS = ['max_completion_tokens', 'max_tokens'] as const;
const SYNONYMS = [BOUNDS, ['tools', 'functions'], ['tool_choice', 'function_call']];

/** The smallest changes of a body that stays a chat completion. */
export function edit(body: JsonObject, edits: RequestEdits): JsonEdit[] {
  const list = new EditList();
  editStream(list, body, edits);
  const { systemPrompt = '', history = [] } = edits;
  if (systemPrompt !== '' || history.length > 0) {
    const messages = body['messages'] as unknown[];
    const first = messages.findIndex((message) => !isInstruction(message));
    const at = first === -1 ? messages.length : first;
    list.set('messages', [
      ...(systemPrompt === '' ? [] : [{ role: 'system', content: systemPrompt }]),
      ...messages.slice(0, at),
      ...renderMessages(history),
      ...messages.slice(at),
    ]);
  }
  if (edits.maxOutputTokens !== undefined) {
    const stated = BOUNDS.filter((name) => !isAbsent(body[name]));
    const names = stated.length > 0 ? stated : [outputBoundName(edits.model ?? String(body['model']))];
    for (const name of names) if (body[name] !== edits.maxOutputTokens) list.set(name, edits.maxOutputTokens);
  }
  editDefaults(list, body, edits.defaults ?? {}, SYNONYMS);
  return list.list();
}

function isInstruction(message: unknown): boolean {
  return isObject(message) && (message['role'] === 'system' || message['role'] === 'developer');
}
