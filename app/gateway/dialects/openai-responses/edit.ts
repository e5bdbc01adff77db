import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { editDefaults, EditList } from '../kit/edit-list.ts';
import { isObject } from '../kit/params.ts';
import { renderInput } from './items.ts';

/** The smallest changes of a body that stays a request for a response. */
export function edit(body: JsonObject, edits: RequestEdits): JsonEdit[] {
  const list = new EditList();
  if (edits.model !== undefined && edits.model !== body['model']) list.set('model', edits.model);
  if (edits.stream !== undefined && edits.stream !== (body['stream'] === true))
    list.set('stream', edits.stream);
  const { systemPrompt = '', history = [] } = edits;
  if (systemPrompt !== '' || history.length > 0) editInput(list, body, systemPrompt, renderInput(history));
  if (edits.maxOutputTokens !== undefined && body['max_output_tokens'] !== edits.maxOutputTokens)
    list.set('max_output_tokens', edits.maxOutputTokens);
  editDefaults(list, body, edits.defaults ?? {}, []);
  return list.list();
}

/**
 * A response repeats its `instructions` to the caller, but not its input: so that is where the seller's
 * prompt goes, and the caller's instructions behind it, to keep their order.
 */
function editInput(list: EditList, body: JsonObject, systemPrompt: string, history: JsonObject[]): void {
  const { input, instructions } = body;
  const items = Array.isArray(input) ? (input as unknown[]) : [renderText('user', input)];
  const first = items.findIndex((item) => !isInstruction(item));
  const at = first === -1 ? items.length : first;
  const prompts: JsonObject[] = [];
  if (systemPrompt !== '') {
    prompts.push(renderText('system', systemPrompt));
    if (typeof instructions === 'string' && instructions !== '') {
      prompts.push(renderText('system', instructions));
      list.set('instructions', null);
    }
  }
  list.set('input', [...prompts, ...items.slice(0, at), ...history, ...items.slice(at)]);
}

function renderText(role: 'user' | 'system', content: unknown): JsonObject {
  return { type: 'message', role, content };
}

function isInstruction(item: unknown): boolean {
  return isObject(item) && (item['role'] === 'system' || item['role'] === 'developer');
}
