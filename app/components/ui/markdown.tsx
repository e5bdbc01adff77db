import { cn } from './cn.ts';

/** HTML that `renderMarkdown` (app/lib/markdown.ts) made and sanitised; give it nothing else. */
export function Markdown({ html, className }: { html: string; className?: string }) {
  return (
    <div className={cn('prose-content min-w-0', className)} dangerouslySetInnerHTML={{ __html: html }} />
  );
}
