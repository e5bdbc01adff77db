/** Tools and how they are chosen. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralRequest, NeutralTool, NeutralToolChoice } from '../neutral.ts';
import {
  isAbsent,
  isObject,
  readBoolean,
  readList,
  readObject,
  readOneOf,
  readString,
  requireObject,
  requireString,
} from '../kit/params.ts';
import { cacheControl } from './blocks.ts';
import { fitSchema } from './fit-schema.ts';

/** Splits `tools` into functions and what only Anthropic can run, which becomes extras named `tools.<type>`. */
export function parseTools(body: JsonObject): { tools: NeutralTool[]; extras: JsonObject } {
  const tools: NeutralTool[] = [];
  const extras: JsonObject = {};
  for (const [i, entry] of (readList(body, 'tools') ?? []).entries()) {
    const at = `tools.${i}`;
    const tool = requireObject(entry, at);
    const type = readString(tool, 'type', `${at}.type`) ?? 'custom';
    if (type === 'custom') tools.push(parseTool(tool, at));
    else extras[`tools.${type}`] = tool;
  }
  return { tools, extras };
}

function parseTool(tool: JsonObject, at: string): NeutralTool {
  const description = readString(tool, 'description', `${at}.description`);
  const strict = readBoolean(tool, 'strict', `${at}.strict`);
  return {
    name: requireString(tool, 'name', `${at}.name`),
    parameters: readObject(tool, 'input_schema', `${at}.input_schema`) ?? { type: 'object', properties: {} },
    ...(description === null ? {} : { description }),
    ...(strict === null ? {} : { strict }),
    ...(isObject(tool['cache_control']) ? { cacheHint: true } : {}),
  };
}

export function parseToolChoice(body: JsonObject): {
  toolChoice: NeutralToolChoice | null;
  parallelToolCalls: boolean | null;
} {
  const choice = readObject(body, 'tool_choice');
  if (choice === null) return { toolChoice: null, parallelToolCalls: null };
  const type = readOneOf(choice, 'type', ['auto', 'any', 'tool', 'none'], 'tool_choice.type');
  const disabled = readBoolean(choice, 'disable_parallel_tool_use', 'tool_choice.disable_parallel_tool_use');
  return {
    toolChoice:
      type === 'tool'
        ? { name: requireString(choice, 'name', 'tool_choice.name') }
        : type === 'any'
          ? 'required'
          : type,
    parallelToolCalls: disabled === null ? null : !disabled,
  };
}

export function renderTool(tool: NeutralTool): JsonObject {
  const { name, description, parameters, strict } = tool;
  // Anthropic wants the type said, also for a function without arguments.
  const schema = isAbsent(parameters['type']) ? { ...parameters, type: 'object' } : parameters;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: strict === true ? fitSchema(schema) : schema,
    ...(strict === true ? { strict } : {}),
    ...cacheControl(tool),
  };
}

/** `tool_choice`; null when nothing is to be said. */
export function renderToolChoice({
  toolChoice,
  parallelToolCalls,
}: Pick<NeutralRequest, 'toolChoice' | 'parallelToolCalls'>): JsonObject | null {
  if (toolChoice === null && parallelToolCalls !== false) return null;
  if (toolChoice === 'none') return { type: 'none' };
  const parallel = parallelToolCalls === null ? {} : { disable_parallel_tool_use: !parallelToolCalls };
  if (toolChoice === 'required') return { type: 'any', ...parallel };
  if (toolChoice !== null && typeof toolChoice === 'object')
    return { type: 'tool', name: toolChoice.name, ...parallel };
  return { type: 'auto', ...parallel };
}
