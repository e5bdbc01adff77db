/**
 * Stripe's objects as the sandbox stores them: the shapes of the `stripe` package, with ids where the API
 * expands on demand and decimals as text. What Stripe does not show stands under `sandbox`.
 */
import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';

export type Metadata = Record<string, string>;

export interface Base {
  id: string;
  object: string;
}

/** A field that may be expanded is stored as its id. */
type StoredField<V> = V extends { id: string; object: string }
  ? never
  : V extends Stripe.Decimal
    ? string
    : V;
type Stored<T, Fields = object> = Omit<{ [K in keyof T]: StoredField<T[K]> }, keyof Fields> & Fields;
interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

/** Unix seconds at which the engine has something to do with the object; null: nothing. */
interface Due {
  dueAt: number | null;
  /** Test clock whose time counts; null: the real one. */
  clock: string | null;
}

export type Customer = Stored<Stripe.Customer>;
export type TaxId = Stored<Stripe.TaxId>;
export type PaymentMethod = Stored<Stripe.PaymentMethod> & {
  sandbox: { number: string; isSetUp: boolean };
};
export type SetupIntent = Stored<Stripe.SetupIntent> & { sandbox: { offSession: boolean } };
export type PaymentIntent = Stored<Stripe.PaymentIntent> & {
  sandbox: { offSession: boolean; invoice: string | null; session: string | null; clock: string | null };
};
export type Charge = Stored<Stripe.Charge>;
export type Refund = Stored<Stripe.Refund>;
export type BalanceTransaction = Stored<Stripe.BalanceTransaction> & { sandbox: { account: string | null } };
export type Product = Stored<Stripe.Product>;
export type Price = Stored<Stripe.Price>;
export type Coupon = Stored<Stripe.Coupon>;
export type PromotionCode = Stored<Stripe.PromotionCode>;
export type Discount = Stored<Stripe.Discount>;
export type InvoiceItem = Stored<Stripe.InvoiceItem> & { sandbox: { subscription: string | null } };
export type InvoiceLine = Stored<Stripe.InvoiceLineItem, { discounts: string[] }>;
export type InvoicePayment = Stored<Stripe.InvoicePayment>;
export type Invoice = Stored<Stripe.Invoice, { lines: List<InvoiceLine>; discounts: string[] }> & {
  sandbox: Due & { paymentIntent: string | null };
};
export type CreditNote = Stored<Stripe.CreditNote>;
export type SubscriptionItem = Stored<
  Stripe.SubscriptionItem,
  { price: Price; plan: { id: string; object: 'plan'; [field: string]: unknown }; quantity: number }
>;
export type Subscription = Stored<
  Stripe.Subscription,
  { items: List<SubscriptionItem>; discounts: string[] }
> & {
  sandbox: Due & { isTrialEndAnnounced: boolean };
};
export type Account = Stored<Stripe.Account> & { sandbox: Due & { areRequirementsDue: boolean } };
export type Transfer = Stored<Stripe.Transfer>;
export type TransferReversal = Stored<Stripe.TransferReversal>;
export type Payout = Stored<Stripe.Payout> & { sandbox: Due & { account: string | null } };
export type Dispute = Stored<Stripe.Dispute>;
export type TestClock = Stored<Stripe.TestHelpers.TestClock>;
export type Topup = Stored<Stripe.Topup>;

/** One position of a checkout as its page shows it. */
export interface SessionLine {
  id: string;
  name: string;
  quantity: number;
  /** Before discounts. */
  amount: number;
  price: Price;
}

export type CheckoutSession = Stored<Stripe.Checkout.Session> & {
  sandbox: Due & {
    lines: SessionLine[];
    discounts: { coupon: string; promotionCode: string | null }[];
    /** What waits for the bank's challenge to be passed. */
    waiting: {
      method: string;
      form: { taxId?: { type: string; value: string } | null; businessName?: string | null };
    } | null;
    paymentData: Stripe.Checkout.SessionCreateParams.PaymentIntentData;
    subscriptionData: Stripe.Checkout.SessionCreateParams.SubscriptionData;
    setupData: Stripe.Checkout.SessionCreateParams.SetupIntentData;
  };
};

export type PortalSession = Stored<Stripe.BillingPortal.Session>;
export interface AccountLink extends Base {
  object: 'account_link';
  created: number;
  expires_at: number;
  url: string;
  sandbox: { account: string; returnUrl: string; refreshUrl: string };
}

export interface SandboxEvent extends Base {
  object: 'event';
  account?: string;
  api_version: string;
  created: number;
  data: { object: Base; previous_attributes?: object };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `cus_` and 24 random characters, as Stripe's look. */
export function newStripeId(prefix: string): string {
  const random = [...randomBytes(24)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return `${prefix}_${random}`;
}
