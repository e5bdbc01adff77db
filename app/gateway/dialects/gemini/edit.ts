import type { JsonObject, RequestEdits } from '../dialect.ts';
import type { JsonEdit } from '../json-members.ts';
import { EditList } from '../kit/edit-list.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { camelBody, spellingOf } from './camel.ts';
import { GENERATION_MEMBERS } from './generation-config.ts';
import { renderContents } from './render-contents.ts';

/** The smallest changes of a body that stays a generate request. Model and stream stand in the path. */
export function edit(body: JsonObject, edits: RequestEdits): JsonEdit[] {
  const list = new EditList();
  const { model = '', systemPrompt = '', history = [], maxOutputTokens, defaults = {} } = edits;
  if (systemPrompt !== '') {
    const name = spellingOf(body, 'systemInstruction');
    list.set(name, withSystemPrompt(body[name], systemPrompt));
  }
  if (history.length > 0)
    list.set('contents', [...renderContents(history, model), ...(body['contents'] as unknown[])]);
  const name = spellingOf(body, 'generationConfig');
  const config = isObject(body[name]) ? body[name] : {};
  const changes: JsonObject = {};
  for (const [parameter, value] of Object.entries(defaults)) {
    const own = GENERATION_MEMBERS.has(parameter) ? config : body;
    if (!isAbsent(own[spellingOf(own, parameter)])) continue;
    if (own === config) changes[parameter] = value;
    else list.set(parameter, value);
  }
  const bound = spellingOf({ ...config, ...changes }, 'maxOutputTokens');
  if (maxOutputTokens !== undefined && config[bound] !== maxOutputTokens) changes[bound] = maxOutputTokens;
  if (Object.keys(changes).length > 0) list.set(name, { ...config, ...changes });
  return list.list();
}

function withSystemPrompt(instruction: unknown, text: string): JsonObject {
  if (typeof instruction === 'string') return { parts: [{ text }, { text: instruction }] };
  if (!isObject(instruction)) return { parts: [{ text }] };
  const { parts } = camelBody(instruction);
  return { ...instruction, parts: [{ text }, ...(Array.isArray(parts) ? (parts as unknown[]) : [])] };
}
