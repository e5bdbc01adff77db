import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { ListedModel, PriceList } from '../../domain/plans/index.ts';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { TextField } from '../ui/field.tsx';
import { Money } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';

export interface ReadList {
  format: PriceList['format'];
  understood: number;
  models: (ListedModel & { isOwn: boolean; line: string })[];
  skipped: PriceList['skipped'];
  skippedCount: number;
}

const METERS = [
  ...(['input_token', 'cached_input_token', 'cache_write_token', 'output_token', 'reasoning_token'] as const),
];

/** What was understood of a price list: choose models, add a mark-up, apply. */
export function PriceListPreview({ list }: { list: ReadList }) {
  const { t } = useTranslation(['pricing', 'common']);
  const { models, understood, skipped, skippedCount } = list;
  const hasOwn = models.some(({ isOwn }) => isOwn);
  return (
    <Form method="post">
      <Card>
        <CardHeader
          title={t('import.understood', { count: understood })}
          description={t(`listFormat.${list.format}`)}
        />
        <Table
          caption={t('import.understood', { count: understood })}
          rows={models}
          rowKey={({ line }) => line}
          className="max-h-[32rem] overflow-y-auto"
          empty={<p className="text-muted px-5 pb-5 text-sm sm:px-6">{t('import.nothing')}</p>}
          columns={[
            {
              key: 'model',
              header: t('table.model'),
              render: ({ model, line, isOwn }) => (
                <label className="flex min-h-11 cursor-pointer items-center gap-3">
                  <input
                    type="checkbox"
                    name="row"
                    value={line}
                    defaultChecked={isOwn || !hasOwn}
                    className="accent-accent size-5 shrink-0"
                  />
                  <code className="break-all">{model}</code>
                </label>
              ),
            },
            ...METERS.map((meter) => ({
              key: meter,
              header: t(`common:meter.${meter}`),
              align: 'end' as const,
              render: (row: ReadList['models'][number]) => {
                const nanos = row[meter];
                return nanos === null ? null : <Money nanos={nanos} />;
              },
            })),
          ]}
        />
        {models.length < understood && (
          <CardBody>
            <p className="text-muted text-sm">{t('import.shortened', { count: models.length })}</p>
          </CardBody>
        )}
        {models.length > 0 && (
          <CardBody className="border-line grid gap-4 border-t sm:grid-cols-2">
            <TextField
              name="markupPercent"
              label={t('import.markup')}
              hint={t('import.markupHint')}
              suffix="%"
              inputMode="decimal"
              maxLength={7}
              quiet
            />
            <TextField
              name="effectiveFrom"
              type="datetime-local"
              step={1}
              label={t('change.when')}
              hint={t('change.whenHint')}
            />
            <div className="sm:col-span-2">
              <SubmitButton intent="apply">{t('import.apply')}</SubmitButton>
            </div>
          </CardBody>
        )}
      </Card>
      {skippedCount > 0 && (
        <details className="mt-4">
          <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
            {t('import.skipped', { count: skippedCount })}
          </summary>
          <ul className="grid gap-1 pt-2 text-sm">
            {skipped.map(({ model, reason }, index) => (
              <li key={`${index} ${model}`}>
                <code className="break-all">{model || '–'}</code> {t(`skipReason.${reason}`)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Form>
  );
}
