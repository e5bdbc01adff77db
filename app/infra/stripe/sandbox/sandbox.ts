/** What the pages and tests may do with the sandbox beside its API. */
import type { Clock } from '../../clock.ts';
import type { SandboxCore } from './core.ts';
import type { Faults } from './faults.ts';

export interface Sandbox {
  clock: Clock;
  /** Trouble on demand: `faults.add({ kind: 'lost_answer', match: 'POST /v1/transfers', times: 1 })`. */
  faults: Faults;
  /** Whoever has it may use the control page: `/stripe-sandbox/control/<token>`. */
  controlToken: string;
  /** One transaction on the sandbox's state; its events are delivered once it has committed. */
  transact<T>(work: (core: SandboxCore) => Promise<T>): Promise<T>;
  /** Does what the real time has made due: renewals, retries, payouts, expiry. Runs by itself too. */
  tick(): Promise<void>;
  /** Resolves when every event that can be delivered now has been. */
  idle(): Promise<void>;
  /** Posts an event once more, as Stripe's dashboard does. */
  resend(eventId: string): Promise<void>;
  /** From now on events are posted there. */
  setWebhookUrl(url: string): void;
}
