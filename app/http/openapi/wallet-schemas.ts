/** Components of the OpenAPI document: wallets, credits, statements, budgets. */
import { count, instant, list, money, nullable, object, ref, text, type Schema } from './shapes.ts';

const amounts = { wallet: money, promotional_credit: money, on_account: money, total: money };
const period: Schema = { type: 'string', enum: ['day', 'week', 'month'] };
const scope: Schema = { type: 'string', enum: ['organization', 'member', 'key'] };
const enforcement: Schema = { type: 'string', enum: ['hard', 'soft'], description: 'soft only tells.' };
const thresholds: Schema = { ...list(count), description: 'Percentages that are told about by e-mail.' };

export const walletSchemas: Record<string, Schema> = {
  Wallet: object({
    available: money,
    held: money,
    promotional_credit: money,
    promotional_credit_held: money,
    credit_limit: money,
    owed: money,
    spendable: money,
    currency: text(),
    credits: list(ref('PromotionalCredit')),
  }),
  PromotionalCredit: object({
    id: text(),
    amount: money,
    remaining: money,
    expires_at: nullable(instant),
    reason: text(),
    created_at: instant,
  }),
  NewRedemption: object({ code: text() }),
  Redemption: object({ credit: ref('PromotionalCredit') }),
  WalletStatement: object({
    from: text('Local day.'),
    to: text('Local day, included.'),
    time_zone: text(),
    currency: text(),
    opening: object(amounts),
    movements: list(
      object({
        day: text(),
        kind: text(),
        service_id: nullable(text()),
        service_name: nullable(text()),
        reference: nullable(text()),
        booked_at: instant,
        ...amounts,
        balance: money,
      }),
    ),
    moved: object(amounts),
    closing: object(amounts),
  }),
  AutoTopUpSettings: object({
    enabled: { type: 'boolean' },
    threshold: money,
    amount: money,
    monthly_limit: nullable(money),
  }),
  AutoTopUp: object({
    enabled: { type: 'boolean' },
    threshold: nullable(money),
    amount: nullable(money),
    monthly_limit: nullable(money),
    charged_this_month: money,
    payment_method: nullable(object({ brand: text(), last_four: text() })),
    failures: count,
    last_error: nullable(text()),
  }),
  SpendingForecast: object({
    month_start: instant,
    month_end: instant,
    time_zone: text(),
    spent: money,
    projected: nullable(money),
    per_day: money,
    pace_days: count,
    runs_out_at: nullable(instant),
    services: list(
      object({ service_id: text(), name: text(), slug: text(), spent: money, projected: money }),
    ),
  }),
  NewBudget: object(
    {
      scope,
      subject_id: nullable(text('Key id or user id; null for the organization.')),
      period,
      amount: money,
      enforcement,
      thresholds,
    },
    ['subject_id', 'enforcement', 'thresholds'],
  ),
  BudgetChanges: object({ amount: money, enforcement, thresholds }, ['amount', 'enforcement', 'thresholds']),
  Budget: object({
    id: text(),
    scope,
    subject_id: nullable(text()),
    subject_name: nullable(text()),
    period,
    amount: money,
    enforcement,
    thresholds,
    spent: money,
    held: money,
    remaining: money,
    spent_percent: count,
    window_start: instant,
    window_end: instant,
    time_zone: text(),
    created_at: instant,
    updated_at: instant,
  }),
  BudgetAnswer: object({ budget: ref('Budget') }),
  BudgetList: object({ data: list(ref('Budget')) }),
};
