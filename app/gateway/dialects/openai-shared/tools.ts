/** Function tools: chat completions wrap what responses writes flat. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralTool, NeutralToolChoice } from '../neutral.ts';
import {
  invalid,
  isObject,
  readBoolean,
  readList,
  readObject,
  readOneOf,
  readString,
  requireObject,
  requireString,
} from '../kit/params.ts';

/** @param definition where name, parameters, description and strict stand. */
export function readFunction(definition: JsonObject, field: string): NeutralTool {
  const description = readString(definition, 'description', `${field}.description`);
  const strict = readBoolean(definition, 'strict', `${field}.strict`);
  return {
    name: requireString(definition, 'name', `${field}.name`),
    parameters: readObject(definition, 'parameters', `${field}.parameters`) ?? {
      type: 'object',
      properties: {},
    },
    ...(description === null ? {} : { description }),
    ...(strict === null ? {} : { strict }),
  };
}

export function renderFunction(tool: NeutralTool): JsonObject {
  const { name, description, parameters, strict } = tool;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    parameters,
    ...(strict === undefined ? {} : { strict }),
  };
}

/**
 * Splits `tools` into functions and what only OpenAI can run, which becomes extras named `tools.<type>`.
 * @param definitionOf the object that describes a function tool.
 */
export function readTools(
  body: JsonObject,
  definitionOf: (tool: JsonObject, field: string) => { definition: JsonObject; field: string },
): { tools: NeutralTool[]; extras: JsonObject } {
  const tools: NeutralTool[] = [];
  const extras: JsonObject = {};
  for (const [i, entry] of (readList(body, 'tools') ?? []).entries()) {
    const at = `tools.${i}`;
    const tool = requireObject(entry, at);
    const type = requireString(tool, 'type', `${at}.type`);
    if (type !== 'function') {
      extras[`tools.${type}`] = tool;
      continue;
    }
    const { definition, field } = definitionOf(tool, at);
    tools.push(readFunction(definition, field));
  }
  return { tools, extras };
}

/**
 * `tool_choice`, with the tools it leaves.
 * @param nameOf the function's name in `{ type: 'function', … }`.
 */
export function readToolChoice(
  body: JsonObject,
  tools: NeutralTool[],
  nameOf: (choice: JsonObject) => unknown,
): { tools: NeutralTool[]; toolChoice: NeutralToolChoice | null } {
  const choice = body['tool_choice'];
  if (!isObject(choice)) {
    return { tools, toolChoice: readOneOf(body, 'tool_choice', ['auto', 'none', 'required']) };
  }
  if (choice['type'] === 'function') {
    const name = nameOf(choice);
    if (typeof name !== 'string' || name === '')
      throw invalid('tool_choice', 'The parameter "tool_choice" must name a function.');
    return { tools, toolChoice: { name } };
  }
  if (choice['type'] === 'allowed_tools') {
    const allowed = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice;
    const names = new Set(
      (readList(allowed, 'tools', 'tool_choice.tools') ?? []).map((tool) => isObject(tool) && nameOf(tool)),
    );
    return {
      tools: tools.filter(({ name }) => names.has(name)),
      toolChoice: readOneOf(allowed, 'mode', ['auto', 'required'], 'tool_choice.mode'),
    };
  }
  throw invalid(
    'tool_choice',
    'The parameter "tool_choice" names a tool that the model’s service has not got.',
  );
}
