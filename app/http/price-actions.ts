/** What the pages of a plan do besides saving: more rows, a worked example, the last 30 days again. */
import { data } from '@remix-run/node';
import type { Context } from '../domain/context.ts';
import {
  previewPlanPrice,
  workExample,
  type PreviewOutcome,
  type WorkedExample,
} from '../domain/plans/index.ts';
import type { OwnService } from '../domain/services/index.ts';
import { formValues } from './parse-form.ts';
import { readPriceForm } from './price-form.ts';
import type { FormFailure } from './run-action.ts';
import { withWireFields } from './wire-fields.ts';

export interface PriceAnswer extends FormFailure {
  example?: WorkedExample;
  outcome?: PreviewOutcome;
}

/** Answers `rows`, `example` and `preview`; null for other intents. */
export async function answerPriceQuestion(
  ctx: Context,
  form: FormData,
  service: Pick<OwnService, 'kind'>,
  planId: string | null,
) {
  const answer = (more: Pick<PriceAnswer, 'example' | 'outcome'> = {}) =>
    data<PriceAnswer>({ issues: [], values: formValues(form), error: null, ...more });
  const intent = form.get('intent');
  if (intent === 'rows') return answer();
  if (intent !== 'example' && intent !== 'preview') return null;
  const { input, fieldOf } = readPriceForm(form);
  return withWireFields(fieldOf, async () => {
    const example = workExample(input, service.kind);
    if (intent === 'example' || planId === null) return answer({ example });
    return answer({ example, outcome: await previewPlanPrice(ctx, { ...input, planId }) });
  });
}
