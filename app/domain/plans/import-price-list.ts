import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { toDecimal } from '../../lib/money.ts';
import { requireRole, type Context } from '../context.ts';
import { changePlanPrice } from './change-plan-price.ts';
import { getOwnPlan } from './get-own-plan.ts';
import type { PlanWithPrice } from './plan-with-price.ts';
import { LISTED_METERS, markUp, readPriceList } from './price-list.ts';
import { toGeneralPrice } from './price-of-plan.ts';
import type { GeneralPriceInput } from './schemas.ts';

const importSchema = z.strictObject({
  planId: z.string(),
  /** Text of a price list in any form that `readPriceList` knows. */
  list: z.string(),
  /** Of the models in it; absent: all. */
  models: z.array(z.string()).max(10_000).optional(),
  /** On top of the listed prices, with up to two decimals. */
  markupPercent: z
    .string()
    .trim()
    .regex(/^\d{1,4}(\.\d{1,2})?$/, 'invalid')
    .default('0'),
  effectiveFrom: z.date().optional(),
  replacesUpcoming: z.boolean().optional(),
});
export type ImportPriceListInput = z.input<typeof importSchema>;

/**
 * Gives a plan the prices of a list, as a new price version: prices of models take the place of those
 * there were; the prices for every model, the fee and the quotas stay.
 * @throws AppError as `changePlanPrice` does.
 */
export async function importPriceList(ctx: Context, input: ImportPriceListInput): Promise<PlanWithPrice> {
  requireRole(ctx, ['owner', 'admin']);
  const { planId, list, models, markupPercent, effectiveFrom, replacesUpcoming } = parseInput(
    importSchema,
    input,
  );
  const plan = await getOwnPlan(ctx, { planId });
  const chosen = readPriceList(list).models.filter(({ model }) => models?.includes(model) ?? true);
  if (chosen.length === 0) {
    throw new AppError('invalid_request', 'Choose at least one model.', {
      issues: [{ field: 'models', reason: 'required' }],
    });
  }
  const current = toGeneralPrice(plan.price);
  const kept = current.prices.filter(({ model, meter }) => model === '*' || !meter.endsWith('_token'));
  const general: GeneralPriceInput = {
    ...current,
    kind: plan.kind === 'per_token' ? 'per_token' : 'custom',
    prices: [...kept, ...chosen.flatMap((listed) => unitPrices(listed, toBasisPoints(markupPercent)))],
  };
  return changePlanPrice(ctx, {
    ...general,
    planId,
    ...(effectiveFrom && { effectiveFrom }),
    ...(replacesUpcoming && { replacesUpcoming }),
  });
}

function unitPrices(
  listed: ReturnType<typeof readPriceList>['models'][number],
  basisPoints: number,
): NonNullable<GeneralPriceInput['prices']> {
  return LISTED_METERS.flatMap((meter) => {
    const nanos = listed[meter];
    return nanos === null
      ? []
      : [{ meter, model: listed.model, price: toDecimal(markUp(nanos, basisPoints), 0) }];
  });
}

function toBasisPoints(percent: string): number {
  const [whole = '0', fraction = ''] = percent.split('.');
  return Number.parseInt(whole + fraction.padEnd(2, '0'), 10);
}
