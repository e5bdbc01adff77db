/** `tools` and `toolConfig`. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralRequest, NeutralTool, NeutralToolChoice } from '../neutral.ts';
import {
  isObject,
  readList,
  readObject,
  readOneOf,
  readString,
  readStrings,
  requireObject,
  requireString,
} from '../kit/params.ts';
import { toJsonSchema } from './schema.ts';

/** Splits `tools` into functions and what only Google can run, which becomes extras named `tools.<kind>`. */
export function parseTools(body: JsonObject): { tools: NeutralTool[]; extras: JsonObject } {
  const tools: NeutralTool[] = [];
  const extras: JsonObject = {};
  for (const [i, entry] of (readList(body, 'tools') ?? []).entries()) {
    const at = `tools.${i}`;
    const { functionDeclarations: _functions, ...others } = requireObject(entry, at);
    for (const [name, value] of Object.entries(others)) extras[`tools.${name}`] = value;
    const field = `${at}.functionDeclarations`;
    const list = readList(entry as JsonObject, 'functionDeclarations', field) ?? [];
    tools.push(...list.map((one, k) => parseTool(requireObject(one, `${field}.${k}`), `${field}.${k}`)));
  }
  return { tools, extras };
}

function parseTool(tool: JsonObject, at: string): NeutralTool {
  const description = readString(tool, 'description', `${at}.description`);
  const schema = readObject(tool, 'parameters', `${at}.parameters`);
  return {
    name: requireString(tool, 'name', `${at}.name`),
    parameters:
      readObject(tool, 'parametersJsonSchema', `${at}.parametersJsonSchema`) ??
      (schema === null ? { type: 'object', properties: {} } : toJsonSchema(schema)),
    ...(description === null ? {} : { description }),
  };
}

const MODES = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'] as const;

/** How tools are chosen, with the tools that leaves. */
export function parseToolConfig(
  body: JsonObject,
  tools: NeutralTool[],
): { tools: NeutralTool[]; toolChoice: NeutralToolChoice | null } {
  const config = readObject(body, 'toolConfig') ?? {};
  const at = 'toolConfig.functionCallingConfig';
  const calling = readObject(config, 'functionCallingConfig', at);
  if (calling === null) return { tools, toolChoice: null };
  const mode = readOneOf(calling, 'mode', MODES, `${at}.mode`);
  if (mode === 'NONE') return { tools, toolChoice: 'none' };
  if (mode !== 'ANY') return { tools, toolChoice: 'auto' };
  const names = readStrings(calling, 'allowedFunctionNames', `${at}.allowedFunctionNames`);
  const [only] = names;
  if (only === undefined) return { tools, toolChoice: 'required' };
  if (names.length === 1) return { tools, toolChoice: { name: only } };
  return { tools: tools.filter(({ name }) => names.includes(name)), toolChoice: 'required' };
}

export function renderTools(tools: readonly NeutralTool[]): JsonObject[] | null {
  if (tools.length === 0) return null;
  const functionDeclarations = tools.map(({ name, description, parameters }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    // A function without arguments has no schema at all, or Google refuses it.
    ...(hasProperties(parameters) ? { parametersJsonSchema: parameters } : {}),
  }));
  return [{ functionDeclarations }];
}

function hasProperties({ type, properties }: JsonObject): boolean {
  return type !== 'object' || (isObject(properties) && Object.keys(properties).length > 0);
}

export function renderToolConfig({ tools, toolChoice }: NeutralRequest): JsonObject | null {
  if (tools.length === 0 || toolChoice === null) return null;
  const functionCallingConfig =
    typeof toolChoice === 'object'
      ? { mode: 'ANY', allowedFunctionNames: [toolChoice.name] }
      : { mode: { auto: 'AUTO', none: 'NONE', required: 'ANY' }[toolChoice] };
  return { functionCallingConfig };
}
