/** The real Stripe client, pointed at Stripe or at our sandbox: one code path. */
import type Stripe from 'stripe';
import type { Sandbox } from './sandbox/sandbox.ts';

export interface Payments {
  readonly mode: 'live' | 'test' | 'sandbox';
  stripe: Stripe;
  /** Signing secrets of the webhook endpoint, newest first. */
  webhookSecrets: string[];
  /** What the sandbox's own pages need; null with real keys. */
  sandbox: Sandbox | null;
  close(): Promise<void>;
}
