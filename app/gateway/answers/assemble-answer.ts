import type { Dialect } from '../dialects/dialect.ts';
import type { NeutralEvent, NeutralPart } from '../dialects/neutral.ts';
import { EventSplitter, parseSseEvent } from '../dialects/kit/sse.ts';

/** What the first choice of a whole stream said, put together: text, reasoning, tool calls. */
export function assembleAnswer(dialect: Dialect, stream: Buffer): NeutralPart[] {
  const reader = dialect.openReader();
  const splitter = new EventSplitter(stream.length);
  const parts: NeutralPart[] = [];
  const calls = new Map<number, Extract<NeutralPart, { type: 'tool_call' }>>();
  for (const bytes of splitter.push(stream)) {
    const sse = parseSseEvent(bytes);
    if (sse === null) continue;
    for (const event of reader.read(sse)) add(parts, calls, event);
  }
  return parts;
}

function add(
  parts: NeutralPart[],
  calls: Map<number, Extract<NeutralPart, { type: 'tool_call' }>>,
  event: NeutralEvent,
): void {
  if (!('choice' in event) || event.choice !== 0) return;
  switch (event.type) {
    case 'text':
    case 'refusal': {
      const last = parts.at(-1);
      if (last?.type === event.type) last.text += event.text;
      else if (event.text !== '') parts.push({ type: event.type, text: event.text });
      return;
    }
    case 'reasoning': {
      const { text, signature, redacted } = event;
      const last = parts.at(-1);
      if (last?.type === 'reasoning' && last.signature === undefined && !redacted && !last.redacted) {
        last.text += text;
        if (signature !== undefined) last.signature = signature;
      } else {
        parts.push({
          type: 'reasoning',
          text,
          ...(signature !== undefined && { signature }),
          ...(redacted && { redacted }),
        });
      }
      return;
    }
    case 'tool_call': {
      const call = { type: 'tool_call' as const, id: event.id, name: event.name, arguments: '' };
      calls.set(event.index, call);
      parts.push(call);
      return;
    }
    case 'tool_arguments': {
      const call = calls.get(event.index);
      if (call) call.arguments += event.text;
    }
  }
}
