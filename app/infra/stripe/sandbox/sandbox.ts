/** What the checkout page may do with the sandbox's state. */
import type { Clock } from '../../clock.ts';
import type { CheckoutResult } from './complete-checkout.ts';
import type { StoredSession } from './objects.ts';
import type { CardAnswer } from './test-cards.ts';

export interface Sandbox {
  clock: Clock;
  /** Null for an id that was never given out. */
  findSession(id: string): Promise<StoredSession | null>;
  completeCheckout(sessionId: string, card: CardAnswer): Promise<CheckoutResult>;
  /** From now on events are posted there. */
  setWebhookUrl(url: string): void;
}
