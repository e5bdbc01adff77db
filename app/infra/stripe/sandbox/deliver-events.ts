/** Posts events to the webhook endpoint as Stripe does: signed, at least once, with retries. */
import Stripe from 'stripe';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import type { Faults } from './faults.ts';
import type { SandboxEvent } from './objects.ts';
import type { SandboxState } from './state.ts';

/** Stripe tries for three days; a developer's machine has less patience. */
const RETRY_DELAYS_MS = [250, 1_000, 3_000, 10_000, 30_000];
const ANSWER_DEADLINE_MS = 10_000;
const MAX_REDELIVERED = 100;
const DEFAULT_DELAY_MS = 1_000;

export interface EventDelivery {
  /** Starts delivering in this order; does not wait for it. */
  deliver(events: SandboxEvent[]): void;
  /** Delivers again what an earlier process did not get through. */
  redeliver(): Promise<void>;
  /** Resolves when nothing is on its way any more; waiting retries are not waited for. */
  idle(): Promise<void>;
  /** Gives up what is still waiting; the next process takes it up. */
  close(): Promise<void>;
}

export interface EventDeliveryOptions {
  state: SandboxState;
  faults: Faults;
  webhookUrl(): string;
  webhookSecret: string;
  clock: Clock;
  logger: Logger;
}

export function createEventDelivery(options: EventDeliveryOptions): EventDelivery {
  const stopped = new AbortController();
  /** First attempts, one after the other; and retries, each by itself. */
  const first = new Set<Promise<void>>();
  const later = new Set<Promise<void>>();

  async function post(event: SandboxEvent): Promise<boolean> {
    const payload = JSON.stringify(event);
    const header = Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: options.webhookSecret,
      timestamp: Math.floor(options.clock.now() / 1000),
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

  async function attempt(event: SandboxEvent): Promise<boolean> {
    const isTaken = await post(event);
    if (isTaken) await options.state.put({ ...event, pending_webhooks: 0 });
    return isTaken;
  }

  async function retry(event: SandboxEvent): Promise<void> {
    for (const delay of RETRY_DELAYS_MS) {
      if (!(await pause(delay, stopped.signal))) return;
      if (await attempt(event)) return;
    }
    options.logger.warn({ eventId: event.id, type: event.type }, 'sandbox event was not taken');
  }

  /** What has been ordered to go wrong with an event: how often it is sent, and when. */
  async function troubleOf(event: SandboxEvent): Promise<{ times: number; delayMs: number }> {
    const fault = await options.faults.strike(['drop', 'duplicate', 'delay'], event.type);
    if (fault?.kind === 'drop') return { times: 0, delayMs: 0 };
    if (fault?.kind === 'delay') return { times: 1, delayMs: fault.delayMs ?? DEFAULT_DELAY_MS };
    return { times: fault?.kind === 'duplicate' ? 2 : 1, delayMs: 0 };
  }

  async function deliverAll(events: SandboxEvent[]): Promise<void> {
    const isShuffled = (await options.faults.strike(['shuffle'], events[0]?.type ?? '')) !== null;
    for (const event of isShuffled ? [...events].reverse() : events) {
      if (stopped.signal.aborted) return;
      const { times, delayMs } = await troubleOf(event);
      // A lost event counts as sent: only the list of events knows it.
      if (times === 0) await options.state.put({ ...event, pending_webhooks: 0 });
      else if (delayMs > 0)
        start(
          later,
          pause(delayMs, stopped.signal).then((goes) => (goes ? retryAfter(event) : undefined)),
        );
      else for (let i = 0; i < times; i += 1) await retryAfter(event);
    }
  }

  async function retryAfter(event: SandboxEvent): Promise<void> {
    if (!(await attempt(event)) && !stopped.signal.aborted) start(later, retry(event));
  }

  function start(group: Set<Promise<void>>, work: Promise<void>): void {
    const task = work
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) options.logger.warn({ err: error }, 'sandbox event delivery failed');
      })
      .finally(() => group.delete(task));
    group.add(task);
  }

  return {
    deliver(events) {
      if (events.length > 0) start(first, deliverAll(events));
    },
    async redeliver() {
      const pending = await options.state.listPendingEvents<SandboxEvent>(MAX_REDELIVERED);
      if (pending.length > 0) start(first, deliverAll(pending));
    },
    async idle() {
      while (first.size > 0) await Promise.allSettled(first);
    },
    async close() {
      stopped.abort();
      while (first.size + later.size > 0) await Promise.allSettled([...first, ...later]);
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
