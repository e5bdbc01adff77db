import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { FormFailure } from '../../http/run-action.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { FormAlert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { RadioCards, TextField } from '../ui/field.tsx';
import { Money } from '../ui/format.tsx';

export interface TopUpCardProps {
  currency: string;
  presets: readonly { value: string; nanos: bigint }[];
  /** Value of the choice that stands for an amount of one's own. */
  customAmount: string;
  bounds: { min: bigint; max: bigint };
  /** One form, one checkout, however often it is sent. */
  idempotencyKey: string;
  failure: FormFailure | null;
}

export function TopUpCard(props: TopUpCardProps) {
  const { t } = useTranslation('wallet');
  const { money } = useFormats();
  const { currency, presets, customAmount, bounds, idempotencyKey, failure } = props;
  const values = failure?.values ?? {};
  const options = presets.map(({ value, nanos }) => ({
    value,
    label: <Money nanos={nanos} currency={currency} />,
  }));
  return (
    <Card>
      <CardHeader title={t('topUp.title')} description={t('topUp.description')} />
      <CardBody>
        <Form method="post" className="space-y-5">
          <FormAlert error={failure?.error} />
          <input type="hidden" name="idempotencyKey" value={idempotencyKey} />
          <RadioCards
            name="amount"
            legend={t('topUp.amount')}
            options={[...options, { value: customAmount, label: t('topUp.custom') }]}
            defaultValue={values['amount'] ?? presets[1]?.value}
            issues={failure?.issues}
          />
          <TextField
            name="customAmount"
            label={t('topUp.customAmount')}
            hint={t('topUp.customHint', { min: money(bounds.min), max: money(bounds.max) })}
            inputMode="decimal"
            autoComplete="off"
            maxLength={12}
            suffix={currency}
            quiet
            defaultValue={values['customAmount']}
            issues={failure?.issues}
          />
          <SubmitButton intent="top-up" pendingLabel={t('topUp.pending')}>
            {t('topUp.submit')}
          </SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}
