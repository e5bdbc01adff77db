import { useSearchParams } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';

/** Ways to the page before and after; nothing when there is one page. */
export function PageLinks({ page, pageCount }: { page: number; pageCount: number }) {
  const { t } = useTranslation('seller');
  const [search] = useSearchParams();
  if (pageCount <= 1) return null;
  const to = (number: number) => {
    const next = new URLSearchParams(search);
    next.set('page', String(number));
    return `?${next.toString()}`;
  };
  return (
    <nav aria-label={t('pages.label')} className="mt-4 flex items-center justify-between gap-4">
      <span className="text-muted text-sm">{t('pages.position', { page, pageCount })}</span>
      <span className="flex gap-2">
        {page > 1 && (
          <ButtonLink to={to(page - 1)} rel="prev" variant="secondary" size="sm">
            {t('pages.previous')}
          </ButtonLink>
        )}
        {page < pageCount && (
          <ButtonLink to={to(page + 1)} rel="next" variant="secondary" size="sm">
            {t('pages.next')}
          </ButtonLink>
        )}
      </span>
    </nav>
  );
}
