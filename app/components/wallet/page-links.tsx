import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { CardFooter } from '../ui/card.tsx';

export interface PageLinksProps {
  page: number;
  pageCount: number;
  /** Of the address, kept from page to page. */
  params?: Record<string, string>;
}

/** Back and forth below a long table; nothing when it has one page. */
export function PageLinks({ page, pageCount, params = {} }: PageLinksProps) {
  const { t } = useTranslation('wallet');
  if (pageCount <= 1) return null;
  const to = (target: number) => `?${new URLSearchParams({ ...params, page: String(target) })}`;
  return (
    <CardFooter className="justify-between">
      <p className="text-muted text-sm">{t('admin.page', { page, pages: pageCount })}</p>
      <nav aria-label={t('admin.pages')} className="flex gap-2">
        {page > 1 && (
          <ButtonLink to={to(page - 1)} rel="prev" variant="secondary" size="sm">
            {t('admin.previous')}
          </ButtonLink>
        )}
        {page < pageCount && (
          <ButtonLink to={to(page + 1)} rel="next" variant="secondary" size="sm">
            {t('admin.next')}
          </ButtonLink>
        )}
      </nav>
    </CardFooter>
  );
}
