/** The real Stripe client, pointed at Stripe or at our sandbox: one code path. */
import type Stripe from 'stripe';

export interface Payments {
  readonly mode: 'live' | 'test' | 'sandbox';
  stripe: Stripe;
  /** Signing secrets of the webhook endpoint, newest first. */
  webhookSecrets: string[];
  close(): Promise<void>;
}
