import { useTranslation } from 'react-i18next';
import type { Turn } from '../../lib/playground-request.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { RunFacts } from './run-facts.tsx';
import type { Answer } from './use-answer.ts';
import type { Run } from './use-run.ts';

/** What was said, by whom. */
export function TurnItem({ turn }: { turn: Turn }) {
  const { t } = useTranslation('buyer');
  return (
    <li className="border-line min-w-0 border-s-2 ps-4">
      <p className="text-muted mb-1 text-xs font-medium">
        {t(turn.role === 'user' ? 'playground.you' : 'playground.assistant')}
      </p>
      <p className="text-sm leading-relaxed wrap-anywhere whitespace-pre-wrap" data-turn={turn.role}>
        {turn.text}
      </p>
    </li>
  );
}

export interface AnswerItemProps {
  /** Names the one who answers where there are two. */
  model: string | null;
  answer: Answer;
  run: Run;
}

/** An answer as it comes, what it took, and what it cost. */
export function AnswerItem({ model, answer, run }: AnswerItemProps) {
  const { t } = useTranslation('buyer');
  const { text, reasoning, other, refusal } = answer;
  const isWaiting = run.state === 'running' && text === '' && other === '' && reasoning === '';
  return (
    <li className="border-accent grid min-w-0 content-start gap-3 border-s-2 ps-4">
      <div className="min-w-0">
        <p className="text-muted mb-1 text-xs font-medium wrap-anywhere">
          {model ?? t('playground.assistant')}
        </p>
        {reasoning && (
          <details open={text === ''} className="mb-2">
            <summary className="text-muted inline-flex min-h-11 items-center text-xs font-medium sm:min-h-6">
              {t('playground.reasoning')}
            </summary>
            <p className="text-muted text-sm wrap-anywhere whitespace-pre-wrap" data-turn="reasoning">
              {reasoning}
            </p>
          </details>
        )}
        <p className="text-sm leading-relaxed wrap-anywhere whitespace-pre-wrap" data-turn="assistant">
          {isWaiting ? <span className="text-muted">{t('playground.waiting')}</span> : text}
        </p>
        {other && <CodeBlock code={other} language={t('playground.tools')} className="mt-2" />}
      </div>
      <RunFacts run={run} tokens={answer} />
      {refusal && (
        <details className="min-w-0">
          <summary className="text-link inline-flex min-h-11 items-center text-sm font-medium sm:min-h-8">
            {t('playground.raw')}
          </summary>
          <CodeBlock code={refusal} language={t('playground.raw')} className="mt-2 max-h-80" />
        </details>
      )}
    </li>
  );
}
