import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PublicError } from '../../http/error-response.ts';
import { dynamicText } from '../../i18n/dynamic.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { cn } from './cn.ts';
import { useIssueText } from './field.tsx';

export type AlertTone = 'info' | 'success' | 'warning' | 'danger';

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, danger: CircleAlert };
const TONES: Record<AlertTone, string> = {
  info: 'bg-info-soft text-info',
  success: 'bg-success-soft text-success',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
};

export interface AlertProps {
  tone?: AlertTone;
  title?: ReactNode;
  children?: ReactNode;
  className?: string;
}

/** Something the reader should know here and now; the icon says the tone without colour. */
export function Alert({ tone = 'info', title, children, className }: AlertProps) {
  const Icon = ICONS[tone];
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={cn('flex min-w-0 items-start gap-3 rounded-md px-4 py-3.5 text-sm', TONES[tone], className)}
    >
      <Icon aria-hidden className="mt-px size-5 shrink-0" />
      <div className="min-w-0 flex-1">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className={cn('text-ink', title && 'mt-0.5')}>{children}</div>}
      </div>
    </div>
  );
}

/** Why a form could not be carried out, in the viewer's words, with the id that finds it in our logs. */
export function FormAlert({ error }: { error?: PublicError | null | undefined }) {
  const { t } = useTranslation(['common', 'errors']);
  if (!error) return null;
  const text = dynamicText(t)(`errors:code.${error.code}`, { defaultValue: error.message });
  return (
    <Alert tone="danger" title={text}>
      {error.retryAfterSeconds !== undefined && (
        <p>{t('form.retryAfter', { count: Math.ceil(error.retryAfterSeconds) })}</p>
      )}
      <p className="text-xs">{t('error.requestId', { id: error.requestId })}</p>
    </Alert>
  );
}

/** Issues that belong to none of the fields on the page. */
export function FormErrors({ issues, fields }: { issues?: FieldIssue[] | undefined; fields: string[] }) {
  const text = useIssueText();
  const others = (issues ?? []).filter((issue) => !fields.includes(issue.field));
  if (others.length === 0) return null;
  return (
    <Alert tone="danger">
      <ul>
        {others.map((issue) => (
          <li key={`${issue.field} ${issue.reason}`}>
            {issue.field && <code>{issue.field}</code>} {text(issue)}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
