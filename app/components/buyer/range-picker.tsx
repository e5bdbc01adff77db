import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { USAGE_RANGES, type UsageRange } from '../../lib/usage-range.ts';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { FilterLinks } from '../ui/filter-links.tsx';

export interface RangePickerProps {
  range: Pick<UsageRange, 'name' | 'firstDay' | 'lastDay'>;
  services: readonly { id: string; name: string }[];
  /** Chosen service, or null for all. */
  serviceId: string | null;
}

/** Chooses what the page shows; the address says it all, so it can be kept and shared. */
export function RangePicker({ range, services, serviceId }: RangePickerProps) {
  const { t } = useTranslation('buyer');
  const suffix = serviceId ? `&service=${serviceId}` : '';
  return (
    <Card>
      <CardBody className="grid gap-4">
        <FilterLinks
          label={t('usage.range')}
          items={USAGE_RANGES.map((name) => ({
            key: name,
            to: `?range=${name}${suffix}`,
            label: t(`usage.range${name}`),
            isChosen: name === range.name,
          }))}
        />
        {/* The key makes the fields follow the links above. */}
        <Form
          method="get"
          key={`${range.firstDay} ${range.lastDay} ${serviceId ?? ''}`}
          className="grid items-end gap-4 sm:grid-cols-2 lg:grid-cols-[1fr_1fr_1fr_auto]"
        >
          <TextField name="from" type="date" label={t('usage.from')} required defaultValue={range.firstDay} />
          <TextField name="to" type="date" label={t('usage.to')} required defaultValue={range.lastDay} />
          <SelectField
            name="service"
            label={t('usage.service')}
            defaultValue={serviceId ?? ''}
            options={[
              { value: '', label: t('usage.allServices') },
              ...services.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
          <SubmitButton variant="secondary">{t('usage.apply')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}
