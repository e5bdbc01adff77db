/** The parts of Stripe's objects that the sandbox keeps; amounts are cents, moments Unix seconds. */
import { randomBytes } from 'node:crypto';

export type Metadata = Record<string, string>;
export type Interval = 'month' | 'year';

export interface Base {
  id: string;
  object: string;
  created: number;
  livemode: false;
}

export interface Customer extends Base {
  object: 'customer';
  name: string | null;
  email: string | null;
  metadata: Metadata;
}

export interface Product extends Base {
  object: 'product';
  active: true;
  name: string;
  description: string | null;
  metadata: Metadata;
}

export interface Price extends Base {
  object: 'price';
  active: true;
  currency: string;
  product: string;
  type: 'one_time' | 'recurring';
  unit_amount: number;
  recurring: { interval: Interval; interval_count: 1; usage_type: 'licensed' } | null;
  metadata: Metadata;
}

/** What a checkout sells; Stripe shows it through an endpoint of its own. */
export interface SessionLine {
  name: string;
  quantity: number;
  amount: number;
  interval: Interval | null;
  /** Price of a subscription; null when the session named the amount itself. */
  price: Price | null;
}

export interface CheckoutSession extends Base {
  object: 'checkout.session';
  amount_subtotal: number;
  amount_total: number;
  cancel_url: string | null;
  client_reference_id: string | null;
  currency: string;
  customer: string;
  expires_at: number;
  invoice: string | null;
  locale: string | null;
  metadata: Metadata;
  mode: 'payment' | 'subscription';
  payment_intent: string | null;
  payment_method_types: ['card'];
  payment_status: 'paid' | 'unpaid';
  status: 'open' | 'complete' | 'expired';
  subscription: string | null;
  success_url: string;
  ui_mode: 'hosted';
  url: string | null;
}

/** A session as stored: with what the page shows and what completing it hands on. */
export interface StoredSession extends CheckoutSession {
  sandbox: { lines: SessionLine[]; paymentMetadata: Metadata; subscriptionMetadata: Metadata };
}

export interface PaymentIntent extends Base {
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  customer: string;
  last_payment_error: { type: 'card_error'; code: string; decline_code: string; message: string } | null;
  metadata: Metadata;
  status: 'requires_payment_method' | 'succeeded';
}

export interface Subscription extends Base {
  object: 'subscription';
  cancel_at_period_end: boolean;
  canceled_at: number | null;
  currency: string;
  customer: string;
  ended_at: number | null;
  items: {
    object: 'list';
    data: {
      id: string;
      object: 'subscription_item';
      current_period_start: number;
      current_period_end: number;
      price: Price;
      quantity: number;
    }[];
    has_more: false;
  };
  latest_invoice: string | null;
  metadata: Metadata;
  start_date: number;
  status: 'active' | 'past_due' | 'canceled';
}

export interface Invoice extends Base {
  object: 'invoice';
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  billing_reason: 'subscription_create' | 'subscription_cycle';
  currency: string;
  customer: string;
  parent: {
    type: 'subscription_details';
    quote_details: null;
    subscription_details: { subscription: string; metadata: Metadata };
  };
  period_start: number;
  period_end: number;
  status: 'paid' | 'open';
  status_transitions: { paid_at: number | null };
  total: number;
}

export interface SandboxEvent extends Base {
  object: 'event';
  api_version: string;
  data: { object: Base };
  pending_webhooks: number;
  request: { id: null; idempotency_key: null };
  type: string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `cus_` and 24 random characters, as Stripe's look. */
export function newStripeId(prefix: string): string {
  const random = [...randomBytes(24)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return `${prefix}_${random}`;
}
