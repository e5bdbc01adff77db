import { useTranslation } from 'react-i18next';
import type { MessagePart } from '../../domain/conversations/index.ts';
import { dynamicText } from '../../i18n/dynamic.ts';
import { Badge } from '../ui/badge.tsx';
import { CodeBlock } from '../ui/code-block.tsx';

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a message holds: text as it is, tool calls and results as code, media by name only. */
export function MessageParts({ parts }: { parts: readonly MessagePart[] }) {
  return (
    <div className="grid min-w-0 gap-3 text-sm leading-relaxed">
      {parts.map((part, i) => (
        <Part key={i} part={part} />
      ))}
    </div>
  );
}

function Part({ part }: { part: MessagePart }) {
  const { t } = useTranslation('buyer');
  const label = dynamicText(t)(`conversations.part.${part.type}`, {
    name: textIn(part['name']),
    defaultValue: part.type,
  });
  switch (part.type) {
    case 'text':
    case 'refusal':
      return <p className="wrap-anywhere whitespace-pre-wrap">{textIn(part['text'])}</p>;
    case 'reasoning':
      return (
        <details>
          <summary className="text-muted inline-flex min-h-8 items-center text-xs">{label}</summary>
          <p className="text-muted wrap-anywhere whitespace-pre-wrap">{textIn(part['text'])}</p>
        </details>
      );
    case 'tool_call':
      return (
        <div>
          <Badge>{label}</Badge>
          <CodeBlock code={textIn(part['arguments'])} language={label} className="mt-2" />
        </div>
      );
    case 'tool_result':
      return (
        <div className="border-line border-s-2 ps-3">
          <Badge>{label}</Badge>
          <div className="mt-2">
            <MessageParts parts={Array.isArray(part['parts']) ? (part['parts'] as MessagePart[]) : []} />
          </div>
        </div>
      );
    default:
      return <Badge>{label}</Badge>;
  }
}
