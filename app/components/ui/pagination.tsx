import { Link } from '@remix-run/react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buttonStyles } from './button.tsx';

export interface PaginationProps {
  page: number;
  pageCount: number;
  /** Address of a page. */
  href: (page: number) => string;
}

/** Links to the neighbouring pages; absent when there is only one. */
export function Pagination({ page, pageCount, href }: PaginationProps) {
  const { t } = useTranslation('common');
  if (pageCount <= 1) return null;
  const style = buttonStyles({ variant: 'secondary', size: 'sm' });
  return (
    <nav aria-label={t('pagination.label')} className="flex flex-wrap items-center justify-center gap-4">
      {page > 1 && (
        <Link to={href(page - 1)} rel="prev" className={style}>
          <ChevronLeft aria-hidden />
          {t('pagination.previous')}
        </Link>
      )}
      <span className="text-muted tnum text-sm" aria-current="page">
        {t('pagination.current', { page, pageCount })}
      </span>
      {page < pageCount && (
        <Link to={href(page + 1)} rel="next" className={style}>
          {t('pagination.next')}
          <ChevronRight aria-hidden />
        </Link>
      )}
    </nav>
  );
}
