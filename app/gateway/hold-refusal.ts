import type { HoldAnswer, PrincipalBudget } from '../domain/metering/index.ts';
import { AppError } from '../lib/app-error.ts';
import { toDecimal, type Nanos } from '../lib/money.ts';
import type { Call } from './call.ts';

const WHOSE: Readonly<Record<PrincipalBudget['scope'], string>> = {
  organization: 'your organization',
  member: 'whoever made this key',
  key: 'this key',
};

/** Why no money, or no unit of a quota, was set aside, and what can be done about it. */
export function refusedHold(call: Call, answer: HoldAnswer, amountNanos: Nanos): AppError {
  const { publicUrl } = call.parts;
  const amount = toDecimal(amountNanos);
  switch (answer.refusal) {
    case 'insufficient_quota':
      return new AppError(
        'insufficient_quota',
        `What the plan includes of "${answer.meter}" is used up, or too little of it is left for this call. ` +
          'Wait for the next billing period, or change the plan.',
        { details: { meter: answer.meter, plans_url: `${publicUrl}/services/${call.service!.slug}` } },
      );
    case 'budget_exceeded': {
      const budget = call.principal!.budgets.find(({ id }) => id === answer.budgetId);
      const whose = budget ? `The budget of ${WHOSE[budget.scope]} for this ${budget.period}` : 'A budget';
      return new AppError(
        'budget_exceeded',
        `${whose} has less left than the ${amount} that this call may cost. ` +
          'Raise the budget, or wait until its period is over.',
        {
          details: { required: amount, ...(budget && { scope: budget.scope, period: budget.period }) },
        },
      );
    }
    case 'gone':
      return new AppError('internal', 'This call was taken for dead before it ended.');
    default:
      return new AppError(
        'insufficient_balance',
        `This call may cost up to ${amount}; the wallet has less.`,
        { details: { required: amount, top_up_url: `${publicUrl}/buyer/wallet` } },
      );
  }
}
