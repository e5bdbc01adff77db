import { Form, Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { AutoTopUpView } from '../../domain/auto-top-ups/index.ts';
import type { FormFailure } from '../../http/run-action.ts';
import { toDecimal } from '../../lib/money.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { Alert, FormAlert, FormErrors } from '../ui/alert.tsx';
import { Badge } from '../ui/badge.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { TextField } from '../ui/field.tsx';

const REASONS = ['authentication_required', 'insufficient_funds', 'expired_card'] as const;
const FIELDS = ['thresholdNanos', 'amountNanos', 'monthlyLimitNanos'];

export interface AutoTopUpCardProps {
  currency: string;
  autoTopUp: AutoTopUpView;
  failure: FormFailure | null;
}

/** When and by how much the wallet fills itself, and why it did not the last time. */
export function AutoTopUpCard({ currency, autoTopUp, failure }: AutoTopUpCardProps) {
  const { t } = useTranslation('wallet');
  const { money } = useFormats();
  const { settings, paymentMethod, chargedThisMonthNanos } = autoTopUp;
  const isOn = settings?.enabled ?? false;
  const typed = failure?.values;
  const initial = (field: string, nanos: bigint | null | undefined, fallback: string) =>
    typed ? typed[field] : nanos === undefined ? fallback : nanos === null ? '' : toDecimal(nanos);
  const amountField = { inputMode: 'decimal', autoComplete: 'off', maxLength: 12, suffix: currency } as const;
  return (
    <Card>
      <CardHeader
        title={
          <span className="flex flex-wrap items-center gap-2">
            {t('auto.title')}
            <Badge tone={isOn ? 'success' : 'neutral'}>{isOn ? t('auto.on') : t('auto.off')}</Badge>
          </span>
        }
        description={t('auto.description')}
      />
      <CardBody className="space-y-5">
        <LastFailure settings={settings} />
        {paymentMethod ? (
          <p className="text-sm">
            {t('auto.method', { brand: paymentMethod.brand, lastFour: paymentMethod.lastFour })}
          </p>
        ) : (
          <Alert tone="info" title={t('auto.noMethodTitle')}>
            <p>{t('auto.noMethod')}</p>
            <Link
              to="/buyer/payment-methods"
              className="text-link inline-flex min-h-11 items-center font-medium sm:min-h-8"
            >
              {t('auto.addMethod')}
            </Link>
          </Alert>
        )}
        <Form method="post" className="space-y-5">
          <FormAlert error={failure?.error} />
          <FormErrors issues={failure?.issues} fields={FIELDS} />
          <div className="grid items-end gap-4 sm:grid-cols-2">
            <TextField
              name="thresholdNanos"
              label={t('auto.threshold')}
              required
              defaultValue={initial('thresholdNanos', settings?.thresholdNanos, '5.00')}
              issues={failure?.issues}
              {...amountField}
            />
            <TextField
              name="amountNanos"
              label={t('auto.amount')}
              required
              defaultValue={initial('amountNanos', settings?.amountNanos, '25.00')}
              issues={failure?.issues}
              {...amountField}
            />
          </div>
          <TextField
            name="monthlyLimitNanos"
            label={t('auto.limit')}
            hint={t('auto.limitHint')}
            defaultValue={initial('monthlyLimitNanos', settings?.monthlyLimitNanos, '100.00')}
            issues={failure?.issues}
            {...amountField}
          />
          <p className="text-muted text-sm">{t('auto.charged', { amount: money(chargedThisMonthNanos) })}</p>
          <div className="flex flex-wrap gap-3">
            <SubmitButton intent="auto-top-up" disabled={!paymentMethod}>
              {isOn ? t('auto.saveAgain') : t('auto.save')}
            </SubmitButton>
            {isOn && (
              <SubmitButton intent="auto-top-up-off" variant="secondary">
                {t('auto.disable')}
              </SubmitButton>
            )}
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}

function LastFailure({ settings }: Pick<AutoTopUpView, 'settings'>) {
  const { t } = useTranslation('wallet');
  if (!settings?.lastError) return null;
  const reason = t(`reason.${REASONS.find((known) => known === settings.lastError) ?? 'other'}`);
  return (
    <Alert tone={settings.enabled ? 'warning' : 'danger'} title={t('auto.failedTitle')}>
      {settings.enabled
        ? t('auto.failedAgain', { reason })
        : t('auto.failedOver', { reason, count: settings.failures })}
    </Alert>
  );
}
