/** Trouble on demand: answers that get lost, limits, outages; events that are lost, doubled, late, shuffled. */
import type { Base } from './objects.ts';
import { newStripeId } from './objects.ts';
import { SandboxError } from './sandbox-error.ts';
import type { SandboxState } from './state.ts';

/** What may happen to a request of the API. */
export type RequestFault =
  /** It is carried out, and the connection breaks before the answer. */
  | 'lost_answer'
  /** Nothing is done and nothing is answered. */
  | 'timeout'
  | 'conflict'
  | 'rate_limit'
  | 'server_error';
/** What may happen to an event on its way. */
export type EventFault = 'drop' | 'duplicate' | 'shuffle' | 'delay';

export interface NewFault {
  kind: RequestFault | EventFault;
  /** Begins like this: `POST /v1/transfers`, or a type of events (`invoice.`); all without it. */
  match?: string;
  /** So often; without it until it is cleared. */
  times?: number;
  /** 1 in that many; every one without it. By a count, so that a test runs the same each time. */
  every?: number;
  /** Of `delay`. */
  delayMs?: number;
}

export interface Fault extends Base, NewFault {
  object: 'sandbox.fault';
  seen: number;
}

const TYPE = 'sandbox.fault';
export const EVENT_FAULTS: EventFault[] = ['drop', 'duplicate', 'shuffle', 'delay'];
export const REQUEST_FAULTS: RequestFault[] = [
  'lost_answer',
  'timeout',
  'conflict',
  'rate_limit',
  'server_error',
];

export interface Faults {
  add(fault: NewFault): Promise<void>;
  clear(): Promise<void>;
  list(): Promise<Fault[]>;
  /** The fault that strikes this request or event, counted; null: all is well. */
  strike(kinds: readonly string[], subject: string): Promise<Fault | null>;
}

export function createFaults(state: SandboxState): Faults {
  const list = () => state.list<Fault>(TYPE);
  return {
    list,
    async add(fault) {
      await state.put<Fault>({ ...fault, id: newStripeId('fault'), object: TYPE, seen: 0 });
    },
    async clear() {
      for (const fault of await list()) await state.remove(fault.id);
    },
    async strike(kinds, subject) {
      const fits = (one: Fault) => kinds.includes(one.kind) && subject.startsWith(one.match ?? '');
      const found = (await list()).reverse().filter(fits);
      for (const { id } of found) {
        const struck = await state.transaction(async (locked) => {
          const fault = await locked.lock<Fault>(TYPE, id).catch(() => null);
          if (!fault) return null;
          const seen = fault.seen + 1;
          const strikes = seen % (fault.every ?? 1) === 0;
          const used = Math.floor(seen / (fault.every ?? 1));
          if (fault.times !== undefined && used >= fault.times) await locked.remove(id);
          else await locked.put<Fault>({ ...fault, seen });
          return strikes ? fault : null;
        });
        if (struck) return struck;
      }
      return null;
    },
  };
}

/** How Stripe words the faults that it answers. */
export function faultError(kind: string): SandboxError {
  if (kind === 'conflict') {
    return new SandboxError(409, {
      type: 'invalid_request_error',
      code: 'lock_timeout',
      message:
        'This object cannot be accessed right now because another API request or Stripe process is currently accessing it.',
    });
  }
  if (kind === 'rate_limit') {
    return new SandboxError(429, {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message: 'Request rate limit exceeded.',
    });
  }
  return new SandboxError(500, { type: 'api_error', message: 'An unknown error occurred.' });
}
