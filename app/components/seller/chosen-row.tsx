/** What the editors of a row that the address chooses have in common: a way out, and a way to delete. */
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { CardBody } from '../ui/card.tsx';
import { ConfirmDialog, type ConfirmDialogProps } from '../ui/confirm-dialog.tsx';

/** Back to the list alone. */
export function CloseRow() {
  const { t } = useTranslation('seller');
  return (
    <ButtonLink to="." variant="ghost" size="sm" preventScrollReset>
      {t('pool.close')}
    </ButtonLink>
  );
}

export interface DeleteRowProps extends Pick<ConfirmDialogProps, 'title' | 'description' | 'fields'> {
  hint: string;
  label: string;
}

/** The foot of an editor: what deleting means, and the button that asks before it does. */
export function DeleteRow({ hint, label, ...dialog }: DeleteRowProps) {
  return (
    <CardBody className="border-line flex flex-wrap items-center justify-between gap-3 border-t">
      <p className="text-muted text-sm">{hint}</p>
      <ConfirmDialog triggerLabel={label} confirmLabel={label} {...dialog} />
    </CardBody>
  );
}
