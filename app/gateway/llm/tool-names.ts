/** Names of tools that an upstream would refuse, and back again in its answers. */
import { hash } from 'node:crypto';
import type { Dialect } from '../dialects/dialect.ts';
import type { NeutralMessage, NeutralPart, NeutralRequest } from '../dialects/neutral.ts';

/** What every dialect takes. */
const MAX_CHARS = 64;
const DIGEST_CHARS = 8;

type Names = Dialect['toolName'];

/** @param taken by the upstream's dialect. */
function fitName(name: string, taken: Names): string {
  if (taken.test(name)) return name;
  const digest = hash('sha256', name, 'hex').slice(0, DIGEST_CHARS);
  const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_').replace(/^(?![a-zA-Z_])/, '_');
  return `${plain.slice(0, MAX_CHARS - DIGEST_CHARS - 1)}_${digest}`;
}

/** The request with names that the upstream takes: in tools, in calls, in results, in the choice. */
export function fitToolNames(request: NeutralRequest, taken: Names): NeutralRequest {
  const { tools, toolChoice, messages } = request;
  if (!needsFitting(request, taken)) return request;
  return {
    ...request,
    tools: tools.map((tool) => ({ ...tool, name: fitName(tool.name, taken) })),
    toolChoice:
      toolChoice !== null && typeof toolChoice === 'object'
        ? { name: fitName(toolChoice.name, taken) }
        : toolChoice,
    messages: messages.map((message): NeutralMessage => ({
      ...message,
      parts: message.parts.map((part) => fitPart(part, taken)),
    })),
  };
}

function needsFitting({ tools, messages }: NeutralRequest, taken: Names): boolean {
  if (tools.some(({ name }) => !taken.test(name))) return true;
  return messages.some(({ parts }) => parts.some((part) => fitPart(part, taken) !== part));
}

function fitPart(part: NeutralPart, taken: Names): NeutralPart {
  if (part.type !== 'tool_call' && part.type !== 'tool_result') return part;
  const { name } = part;
  return name === undefined || taken.test(name) ? part : { ...part, name: fitName(name, taken) };
}

/** The caller's names by those that the upstream was told; null: all are the caller's own. */
export function ownToolNames({ tools }: NeutralRequest, taken: Names): ReadonlyMap<string, string> | null {
  const renamed = tools.filter(({ name }) => !taken.test(name));
  return renamed.length === 0 ? null : new Map(renamed.map(({ name }) => [fitName(name, taken), name]));
}
