import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { Preset, ReportPageData } from '../../http/report-page.ts';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { FilterLinks } from '../ui/filter-links.tsx';

/** Chooses what is reported; the address says it all, so it can be kept and shared. */
export function ReportControls({ data }: { data: ReportPageData }) {
  const { t } = useTranslation('reports');
  const { kind, range, links, groupBy, granularity, timeZone } = data;
  return (
    <Card className="print:hidden">
      <CardBody className="grid gap-4">
        <div className="flex flex-wrap gap-x-6 gap-y-3">
          <FilterLinks
            label={t('kind.label')}
            items={(['usage', 'billing'] as const).map((name) => ({
              key: name,
              to: links[name],
              label: t(`kind.${name}`),
              isChosen: name === kind,
            }))}
          />
          <FilterLinks
            label={t('range.label')}
            items={(Object.keys(links.presets) as Preset[]).map((name) => ({
              key: name,
              to: links.presets[name],
              label: t(`range.${name}`),
              isChosen: name === range.preset,
            }))}
          />
        </div>
        {/* The key makes the fields follow the links above. */}
        <Form
          method="get"
          key={JSON.stringify([range, groupBy, granularity, timeZone, kind])}
          className="grid items-end gap-4 sm:grid-cols-2 lg:grid-cols-3"
        >
          <input type="hidden" name="kind" value={kind} />
          <TextField name="from" type="date" label={t('field.from')} required defaultValue={range.firstDay} />
          <TextField name="to" type="date" label={t('field.to')} required defaultValue={range.lastDay} />
          <SelectField
            name="granularity"
            label={t('field.granularity')}
            defaultValue={granularity}
            options={data.granularities.map((value) => ({ value, label: t(`granularity.${value}`) }))}
          />
          <SelectField
            name="group_by"
            label={t('field.groupBy')}
            defaultValue={groupBy}
            options={data.groupings.map((value) => ({ value, label: t(`group.${value}`) }))}
          />
          <SelectField
            name="time_zone"
            label={t('field.timeZone')}
            defaultValue={timeZone}
            options={data.timeZones.map((value) => ({ value, label: value }))}
          />
          <div>
            <SubmitButton variant="secondary">{t('field.apply')}</SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
