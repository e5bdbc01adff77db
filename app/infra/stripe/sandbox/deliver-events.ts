/** Posts events to the webhook endpoint as Stripe does: signed, at least once, with retries. */
import Stripe from 'stripe';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { unixSeconds } from './core.ts';
import type { SandboxEvent } from './objects.ts';
import type { SandboxState } from './state.ts';

/** Stripe tries for three days; a developer's machine has less patience. */
const RETRY_DELAYS_MS = [250, 1_000, 3_000, 10_000, 30_000];
const ANSWER_DEADLINE_MS = 10_000;
const MAX_REDELIVERED = 100;

export interface EventDelivery {
  /** Starts delivering; does not wait for it. */
  deliver(events: SandboxEvent[]): void;
  /** Delivers again what an earlier process did not get through. */
  redeliver(): Promise<void>;
  /** Gives up what is still waiting; the next process takes it up. */
  close(): Promise<void>;
}

export interface EventDeliveryOptions {
  state: SandboxState;
  webhookUrl(): string;
  webhookSecret: string;
  clock: Clock;
  logger: Logger;
}

export function createEventDelivery(options: EventDeliveryOptions): EventDelivery {
  const stopped = new AbortController();
  const running = new Set<Promise<void>>();

  async function post(event: SandboxEvent): Promise<boolean> {
    const payload = JSON.stringify(event);
    const header = Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: options.webhookSecret,
      timestamp: unixSeconds(options.clock),
    });
    try {
      const response = await fetch(options.webhookUrl(), {
        method: 'POST',
        body: payload,
        redirect: 'error',
        headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': header },
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async function attempt(event: SandboxEvent): Promise<void> {
    for (const delay of [0, ...RETRY_DELAYS_MS]) {
      if (!(await pause(delay, stopped.signal))) return;
      if (await post(event)) {
        await options.state.put({ ...event, pending_webhooks: 0 });
        return;
      }
    }
    options.logger.warn({ eventId: event.id, type: event.type }, 'sandbox event was not taken');
  }

  function start(event: SandboxEvent): void {
    const task = attempt(event)
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) options.logger.warn({ err: error }, 'sandbox event delivery failed');
      })
      .finally(() => running.delete(task));
    running.add(task);
  }

  return {
    deliver: (events) => events.forEach(start),
    async redeliver() {
      const pending = await options.state.listPendingEvents<SandboxEvent>(MAX_REDELIVERED);
      pending.forEach(start);
    },
    async close() {
      stopped.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Resolves to false when `signal` ends the wait. A waiting retry does not keep the process alive. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || ms === 0) return Promise.resolve(!signal.aborted);
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(end, ms).unref();
    signal.addEventListener('abort', end);
  });
}
