import { Form } from '@remix-run/react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanKind } from '../../domain/plans/index.ts';
import type { OwnService } from '../../domain/services/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { SubmitButton } from '../ui/button.tsx';
import { RadioCards, TextField } from '../ui/field.tsx';
import { useHydrated } from '../ui/use-hydrated.ts';
import { LIMIT_FIELDS, PlanLimitFields } from './plan-limit-fields.tsx';
import { PriceFields, type PriceValues } from './price-fields.tsx';

export interface PlanFormProps {
  serviceKind: OwnService['kind'];
  models: readonly string[];
  issues: FieldIssue[] | undefined;
  /** What was typed before, when the form comes back. */
  values: PriceValues;
  feeBasisPoints: number;
}

type SimpleKind = Extract<PlanKind, 'free' | 'flat' | 'per_call' | 'per_token'>;

/** Which fields show is CSS's business, so that choosing a kind needs no script. (Tailwind reads `_` as a space.) */
const SHOWN_FOR: Record<Exclude<SimpleKind, 'free'>, string> = {
  flat: 'hidden group-has-[input[value=flat]:checked]/plan:block',
  per_call: 'hidden group-has-[input[value$=call]:checked]/plan:block',
  per_token: 'hidden group-has-[input[value$=token]:checked]/plan:block',
};

/** Adds a plan to a service. */
export function PlanForm({ serviceKind, models, issues, values, feeBasisPoints }: PlanFormProps) {
  const { t } = useTranslation('seller');
  const hydrated = useHydrated();
  const [chosen, setChosen] = useState(values['kind'] ?? (serviceKind === 'llm' ? 'per_token' : 'per_call'));
  const kinds: SimpleKind[] =
    serviceKind === 'llm' ? ['free', 'flat', 'per_call', 'per_token'] : ['free', 'flat', 'per_call'];
  const priced = kinds.filter((kind) => kind !== 'free');
  return (
    <Form method="post" className="group/plan grid gap-5">
      <RadioCards
        name="kind"
        legend={t('plan.kind')}
        required
        defaultValue={chosen}
        onChange={setChosen}
        issues={issues}
        options={kinds.map((kind) => ({
          value: kind,
          label: t(`common:planKind.${kind}`),
          description: t(`planKindHint.${kind}`),
        }))}
      />
      <TextField
        name="name"
        label={t('plan.name')}
        hint={t('plan.nameHint')}
        required
        maxLength={60}
        defaultValue={values['name']}
        issues={issues}
      />
      {priced.map((kind) => (
        <div key={kind} className={SHOWN_FOR[kind]}>
          <PriceFields
            kind={kind}
            models={models}
            values={values}
            issues={issues}
            feeBasisPoints={feeBasisPoints}
            required={hydrated && chosen === kind}
          />
        </div>
      ))}
      <TextField
        name="description"
        label={t('plan.description')}
        hint={t('plan.descriptionHint')}
        maxLength={500}
        defaultValue={values['description']}
        issues={issues}
      />
      <details open={issues?.some(({ field }) => LIMIT_FIELDS.includes(field))}>
        <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
          {t('plan.limits')}
        </summary>
        <div className="pt-2">
          <PlanLimitFields serviceKind={serviceKind} values={values} issues={issues} />
        </div>
      </details>
      <div>
        <SubmitButton intent="add">{t('plan.add')}</SubmitButton>
      </div>
    </Form>
  );
}
