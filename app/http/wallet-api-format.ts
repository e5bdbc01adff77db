/** JSON of the wallet endpoints: snake_case, money as decimal strings. */
import type { Checkout } from '../../db/schema/index.ts';
import type { AutoTopUpView } from '../domain/auto-top-ups/index.ts';
import type { CreditView } from '../domain/promotions/index.ts';
import type { StatementAmounts, WalletBalance, WalletStatement } from '../domain/wallets/index.ts';
import { toDecimal } from '../lib/money.ts';

export function walletAnswer(wallet: WalletBalance, credits: readonly CreditView[]) {
  return {
    available: toDecimal(wallet.availableNanos),
    held: toDecimal(wallet.heldNanos),
    promotional_credit: toDecimal(wallet.promoNanos),
    promotional_credit_held: toDecimal(wallet.promoHeldNanos),
    credit_limit: toDecimal(wallet.creditLimitNanos),
    owed: toDecimal(wallet.creditUsedNanos),
    spendable: toDecimal(wallet.spendableNanos),
    currency: wallet.currency,
    credits: credits.map(creditAnswer),
  };
}

export function creditAnswer(credit: CreditView) {
  return {
    id: credit.id,
    amount: toDecimal(credit.amountNanos),
    remaining: toDecimal(credit.remainingNanos),
    expires_at: credit.expiresAt,
    reason: credit.reason,
    created_at: credit.createdAt,
  };
}

const amountsAnswer = (amounts: StatementAmounts) => ({
  wallet: toDecimal(amounts.walletNanos),
  promotional_credit: toDecimal(amounts.promoNanos),
  on_account: toDecimal(amounts.owedNanos),
  total: toDecimal(amounts.totalNanos),
});

export function statementAnswer(statement: WalletStatement) {
  return {
    from: statement.from,
    to: statement.to,
    time_zone: statement.timeZone,
    currency: statement.currency,
    opening: amountsAnswer(statement.opening),
    movements: statement.movements.map((movement) => ({
      day: movement.day,
      kind: movement.kind,
      service_id: movement.service?.id ?? null,
      service_name: movement.service?.name ?? null,
      reference: movement.reference,
      booked_at: movement.bookedAt,
      ...amountsAnswer(movement),
      balance: toDecimal(movement.balanceNanos),
    })),
    moved: amountsAnswer(statement.moved),
    closing: amountsAnswer(statement.closing),
  };
}

export function autoTopUpAnswer({ settings, paymentMethod, chargedThisMonthNanos }: AutoTopUpView) {
  const limit = settings?.monthlyLimitNanos ?? null;
  return {
    enabled: settings?.enabled ?? false,
    threshold: settings && toDecimal(settings.thresholdNanos),
    amount: settings && toDecimal(settings.amountNanos),
    monthly_limit: limit === null ? null : toDecimal(limit),
    charged_this_month: toDecimal(chargedThisMonthNanos),
    payment_method: paymentMethod && { brand: paymentMethod.brand, last_four: paymentMethod.lastFour },
    failures: settings?.failures ?? 0,
    last_error: settings?.lastError ?? null,
  };
}

const AUTO_TOP_UP_NAMES: Record<string, string> = {
  thresholdNanos: 'threshold',
  amountNanos: 'amount',
  monthlyLimitNanos: 'monthly_limit',
};

export const autoTopUpApiField = (field: string): string => AUTO_TOP_UP_NAMES[field] ?? field;

type AnsweredCheckout = Pick<
  Checkout,
  'id' | 'kind' | 'status' | 'amountNanos' | 'currency' | 'subscriptionId' | 'createdAt' | 'paidAt'
>;

/** @param url where to pay; known only to the answer that started the checkout. */
export function checkoutAnswer(checkout: AnsweredCheckout, url: string | null = null) {
  return {
    id: checkout.id,
    kind: checkout.kind,
    status: checkout.status,
    url,
    amount: toDecimal(checkout.amountNanos),
    currency: checkout.currency,
    subscription_id: checkout.subscriptionId,
    created_at: checkout.createdAt,
    paid_at: checkout.paidAt,
  };
}

const WIRE_NAMES: Record<string, string> = { amountNanos: 'amount', idempotencyKey: 'idempotency_key' };

/** How callers of the API write a field of the domain. */
export const walletApiField = (field: string): string => WIRE_NAMES[field] ?? field;
