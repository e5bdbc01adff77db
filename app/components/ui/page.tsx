import { Link } from '@remix-run/react';
import { ChevronRight } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { cn } from './cn.ts';

export interface Breadcrumb {
  to: string;
  label: ReactNode;
}

export interface PageHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Pages above this one, the topmost first. */
  breadcrumbs?: readonly Breadcrumb[];
}

/** The page's only h1, what the page is for, and its main action. */
export function PageHeader({ title, description, actions, breadcrumbs }: PageHeaderProps) {
  const { t } = useTranslation('common');
  return (
    <header>
      {breadcrumbs && breadcrumbs.length > 0 && (
        <nav aria-label={t('nav.breadcrumbs')} className="mb-1">
          <ol className="text-muted flex flex-wrap items-center text-sm">
            {breadcrumbs.map((crumb) => (
              <li key={crumb.to} className="flex items-center">
                <Link
                  to={crumb.to}
                  className="hover:text-ink -ms-1 inline-flex min-h-11 items-center px-1 sm:min-h-8"
                >
                  {crumb.label}
                </Link>
                <ChevronRight aria-hidden className="mx-1 size-3.5" />
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="text-2xl leading-tight font-semibold sm:text-3xl">{title}</h1>
          {description && <div className="text-muted mt-1.5 max-w-2xl text-base">{description}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-3">{actions}</div>}
      </div>
    </header>
  );
}

export interface SectionProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A part of a page with a heading of its own (h2). */
export function Section({ title, description, actions, children, className }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cn('mt-2 min-w-0', className)}>
      <div className="mb-4 flex flex-wrap items-end justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          <h2 id={id} className="text-xl leading-snug font-semibold">
            {title}
          </h2>
          {description && <p className="text-muted mt-1 text-sm">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
