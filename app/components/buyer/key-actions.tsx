import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { ListedKey } from '../../domain/keys/index.ts';
import { ROTATION_GRACE_HOURS } from '../../lib/service-options.ts';
import { SubmitButton } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { SelectField } from '../ui/field.tsx';
import { useFormats } from './use-formats.ts';

/** A key as people recognise it, without what would let anybody use it. */
export function maskedKey({ prefix, lastFour }: Pick<ListedKey, 'prefix' | 'lastFour'>): string {
  return `${prefix}…${lastFour}`;
}

/** Ends a key for good; says who will notice. */
export function RevokeKey({ apiKey }: { apiKey: ListedKey }) {
  const { t } = useTranslation('buyer');
  const { dateTime } = useFormats();
  return (
    <ConfirmDialog
      triggerLabel={t('keys.revoke')}
      title={t('keys.revokeTitle', { name: apiKey.name })}
      description={
        <>
          <p>{t('keys.revokeText', { key: maskedKey(apiKey) })}</p>
          {apiKey.lastUsedAt && <p>{t('keys.revokeUsed', { date: dateTime(apiKey.lastUsedAt) })}</p>}
        </>
      }
      confirmLabel={t('keys.confirmRevoke')}
      fields={{ intent: 'revoke', keyId: apiKey.id }}
    />
  );
}

/** Replaces a key; the old one may go on for a while. */
export function RotateKey({ apiKey }: { apiKey: ListedKey }) {
  const { t } = useTranslation('buyer');
  return (
    <ConfirmDialog
      triggerLabel={t('key.rotate')}
      title={t('key.rotateTitle', { name: apiKey.name })}
      description={t('key.rotateText')}
      confirmLabel={t('key.confirmRotate')}
      tone="primary"
      fields={{ intent: 'rotate' }}
    >
      <SelectField
        name="graceHours"
        label={t('key.grace')}
        defaultValue="24"
        options={ROTATION_GRACE_HOURS.map((hours) => ({
          value: `${hours}`,
          label: hours === 0 ? t('key.graceNow') : t('key.graceHours', { count: hours }),
        }))}
      />
    </ConfirmDialog>
  );
}

/** Switches a key off and on; nothing is lost. */
export function SwitchKey({ apiKey }: { apiKey: ListedKey }) {
  const { t } = useTranslation('buyer');
  const isActive = apiKey.status === 'active';
  return (
    <Form method="post">
      <SubmitButton variant="secondary" size="sm" intent={isActive ? 'disable' : 'enable'}>
        {t(isActive ? 'key.disable' : 'key.enable')}
      </SubmitButton>
    </Form>
  );
}
