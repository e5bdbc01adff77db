/** Browser only. The key that is made for whoever pastes none. */
import { useMemo } from 'react';
import { readError } from '../../lib/playground-answer.ts';
import { RunFailure } from './run-failure.ts';

export interface MadeKey {
  /** Made once for all runs, and kept in memory until it is refused. Who stops waiting leaves it for the next run. */
  get(signal: AbortSignal): Promise<string>;
  /** It was refused: it has run out, or another tab has made a newer one. */
  forget(key: string): void;
}

async function makeKey(subscriptionId: string): Promise<string> {
  const form = new FormData();
  form.set('subscriptionId', subscriptionId);
  const response = await window.fetch('/buyer/playground-key', { method: 'POST', body: form });
  const answer: unknown = await response.json();
  const error = readError(answer);
  if (error) throw new RunFailure(error);
  return (answer as { secret: string }).secret;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

export function useMadeKey(subscriptionId: string): MadeKey {
  return useMemo(() => {
    let made: Promise<string> | null = null;
    let known: string | null = null;
    return {
      async get(signal) {
        signal.throwIfAborted();
        made ??= makeKey(subscriptionId).then(
          (key) => (known = key),
          (error: unknown) => {
            made = null;
            throw error;
          },
        );
        return Promise.race([made, untilAborted(signal)]);
      },
      forget(key) {
        if (key === known) made = null;
      },
    };
  }, [subscriptionId]);
}
