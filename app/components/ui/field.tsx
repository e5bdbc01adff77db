/** Native form controls with label, hint and what the server found wrong. They work without scripts. */
import { ChevronDown, CircleAlert } from 'lucide-react';
import { useId, type ComponentPropsWithoutRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { dynamicText } from '../../i18n/dynamic.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { cn } from './cn.ts';

interface FieldBase {
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  /** All issues of the form; the field picks its own. */
  issues?: FieldIssue[] | undefined;
  /** No "optional" beside the label: the whole form is, or the field shows only where it is needed. */
  quiet?: boolean;
}

const CONTROL =
  'block w-full min-w-0 rounded-md border border-control bg-surface px-3.5 text-base text-ink transition-shadow aria-invalid:border-danger disabled:opacity-60';

/** The sentence for one issue, in the viewer's language. */
export function useIssueText(): (issue: FieldIssue) => string {
  const { t } = useTranslation('errors');
  return ({ reason, params }) =>
    dynamicText(t)(`field.${reason}`, { ...params, defaultValue: t('field.invalid') });
}

function useField({ name, hint, issues }: FieldBase, id: string) {
  const text = useIssueText();
  const messages = (issues ?? []).filter((issue) => issue.field === name).map(text);
  const errorId = `${id}-error`;
  const hintId = `${id}-hint`;
  const describedBy = [hint ? hintId : '', messages.length > 0 ? errorId : ''].filter(Boolean).join(' ');
  return {
    messages,
    errorId,
    hintId,
    aria: {
      'aria-invalid': messages.length > 0 || undefined,
      'aria-describedby': describedBy || undefined,
    },
  };
}

function ErrorText({ id, messages }: { id: string; messages: string[] }) {
  if (messages.length === 0) return null;
  return (
    <p id={id} className="text-danger mt-1.5 flex items-start gap-1.5 text-sm font-medium">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{messages.join(' ')}</span>
    </p>
  );
}

interface FrameProps {
  id: string;
  label: ReactNode;
  hint: ReactNode;
  hintId: string;
  errorId: string;
  messages: string[];
  required: boolean | undefined;
  className: string | undefined;
  children: ReactNode;
}

function Frame({ id, label, hint, hintId, errorId, messages, required, className, children }: FrameProps) {
  const { t } = useTranslation('common');
  return (
    <div className={cn('min-w-0', className)}>
      <label htmlFor={id} className="mb-1.5 flex items-baseline justify-between gap-2 text-sm font-medium">
        <span>{label}</span>
        {!required && (
          <span className="text-muted shrink-0 text-xs font-normal whitespace-nowrap">
            {t('form.optional')}
          </span>
        )}
      </label>
      {children}
      {hint && (
        <p id={hintId} className="text-muted mt-1.5 text-sm">
          {hint}
        </p>
      )}
      <ErrorText id={errorId} messages={messages} />
    </div>
  );
}

type Native<Element extends 'input' | 'textarea' | 'select'> = Omit<
  ComponentPropsWithoutRef<Element>,
  'name' | 'prefix' | 'children' | 'id'
>;

export interface TextFieldProps extends FieldBase, Native<'input'> {
  /** Sign in front of the value, such as a currency. */
  prefix?: ReactNode;
  suffix?: ReactNode;
}

/** One line of text; `type` as for `<input>`. */
export function TextField(props: TextFieldProps) {
  const { name, label, hint, issues, quiet, prefix, suffix, className, ...rest } = props;
  const id = useId();
  const { aria, ...frame } = useField({ name, label, hint, issues }, id);
  const input = (
    <input
      id={id}
      name={name}
      type="text"
      className={cn(CONTROL, 'h-11', prefix != null && 'ps-9', suffix != null && 'pe-20')}
      {...aria}
      {...rest}
    />
  );
  return (
    <Frame
      id={id}
      label={label}
      hint={hint}
      required={quiet || rest.required}
      className={className}
      {...frame}
    >
      {prefix == null && suffix == null ? (
        input
      ) : (
        <div className="relative">
          {prefix != null && (
            <span className="text-muted pointer-events-none absolute inset-y-0 start-0 flex items-center ps-3.5">
              {prefix}
            </span>
          )}
          {input}
          {suffix != null && (
            <span className="text-muted pointer-events-none absolute inset-y-0 end-0 flex items-center pe-3.5 text-sm">
              {suffix}
            </span>
          )}
        </div>
      )}
    </Frame>
  );
}

export interface TextAreaFieldProps extends FieldBase, Native<'textarea'> {}

export function TextAreaField({
  name,
  label,
  hint,
  issues,
  quiet,
  className,
  rows = 5,
  ...rest
}: TextAreaFieldProps) {
  const id = useId();
  const { aria, ...frame } = useField({ name, label, hint, issues }, id);
  return (
    <Frame
      id={id}
      label={label}
      hint={hint}
      required={quiet || rest.required}
      className={className}
      {...frame}
    >
      <textarea id={id} name={name} rows={rows} className={cn(CONTROL, 'py-2.5')} {...aria} {...rest} />
    </Frame>
  );
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

export interface SelectFieldProps extends FieldBase, Native<'select'> {
  options: readonly Option[];
}

export function SelectField({ name, label, hint, issues, options, className, ...rest }: SelectFieldProps) {
  const id = useId();
  const { aria, ...frame } = useField({ name, label, hint, issues }, id);
  return (
    // A select always has a value: "optional" would say nothing.
    <Frame id={id} label={label} hint={hint} required className={className} {...frame}>
      <div className="relative">
        <select id={id} name={name} className={cn(CONTROL, 'h-11 appearance-none pe-10')} {...aria} {...rest}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown
          aria-hidden
          className="text-muted pointer-events-none absolute inset-y-0 end-3 my-auto size-4"
        />
      </div>
    </Frame>
  );
}

export interface CheckboxFieldProps extends FieldBase, Native<'input'> {}

export function CheckboxField({ name, label, hint, issues, className, ...rest }: CheckboxFieldProps) {
  const id = useId();
  const { aria, messages, errorId, hintId } = useField({ name, label, hint, issues }, id);
  return (
    <div className={cn('min-w-0', className)}>
      <label htmlFor={id} className="flex min-h-11 cursor-pointer items-start gap-3 py-2.5">
        <input
          id={id}
          name={name}
          type="checkbox"
          value="on"
          className="accent-accent mt-0.5 size-5 shrink-0"
          {...aria}
          {...rest}
        />
        <span className="min-w-0">
          <span className="block text-sm font-medium">{label}</span>
          {hint && (
            <span id={hintId} className="text-muted mt-0.5 block text-sm">
              {hint}
            </span>
          )}
        </span>
      </label>
      <ErrorText id={errorId} messages={messages} />
    </div>
  );
}

export interface RadioCardsProps {
  name: string;
  legend: ReactNode;
  options: readonly { value: string; label: ReactNode; description?: ReactNode; disabled?: boolean }[];
  defaultValue?: string | undefined;
  required?: boolean;
  hint?: ReactNode;
  issues?: FieldIssue[] | undefined;
  className?: string;
  onChange?: (value: string) => void;
}

/** One choice of few, each with room for a sentence. */
export function RadioCards(props: RadioCardsProps) {
  const { name, legend, options, defaultValue, required, hint, issues, className, onChange } = props;
  const id = useId();
  const { aria, messages, errorId, hintId } = useField({ name, label: legend, hint, issues }, id);
  return (
    <fieldset className={cn('min-w-0', className)} aria-describedby={aria['aria-describedby']}>
      <legend className="mb-1.5 text-sm font-medium">{legend}</legend>
      <div className="grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(13rem,1fr))]">
        {options.map((option) => (
          <label
            key={option.value}
            className="group border-control has-checked:border-brand has-checked:bg-info-soft has-checked:ring-brand bg-surface has-focus-visible:outline-brand flex min-h-11 cursor-pointer items-start gap-3 rounded-md border p-4 transition-colors has-checked:ring-1 has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-disabled:cursor-not-allowed has-disabled:opacity-60"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              defaultChecked={option.value === defaultValue}
              required={required}
              disabled={option.disabled}
              onChange={onChange && (() => onChange(option.value))}
              className="accent-accent mt-0.5 size-4.5 shrink-0 focus-visible:outline-none"
            />
            <span className="min-w-0">
              <span className="block text-sm font-semibold">{option.label}</span>
              {option.description && (
                <span className="text-muted group-has-checked:text-ink mt-0.5 block text-sm">
                  {option.description}
                </span>
              )}
            </span>
          </label>
        ))}
      </div>
      {hint && (
        <p id={hintId} className="text-muted mt-1.5 text-sm">
          {hint}
        </p>
      )}
      <ErrorText id={errorId} messages={messages} />
    </fieldset>
  );
}
