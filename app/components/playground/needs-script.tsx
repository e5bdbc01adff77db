import { useTranslation } from 'react-i18next';
import { Alert } from '../ui/alert.tsx';

/** Says what still works; seen only without scripts. */
export function NeedsScript() {
  const { t } = useTranslation('buyer');
  return (
    <noscript>
      <Alert tone="info">{t('playground.needsScript')}</Alert>
    </noscript>
  );
}
