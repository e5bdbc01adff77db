/** Browser only. The key that is made for whoever pastes none. */
import { useMemo } from 'react';
import { readError } from '../../lib/playground-answer.ts';
import { RunFailure } from './run-failure.ts';

export interface MadeKey {
  /** Made once for all runs, and kept in memory until it is refused. */
  get(): Promise<string>;
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

export function useMadeKey(subscriptionId: string): MadeKey {
  return useMemo(() => {
    let made: Promise<string> | null = null;
    let known: string | null = null;
    return {
      async get() {
        made ??= makeKey(subscriptionId);
        try {
          known = await made;
          return known;
        } catch (error) {
          made = null;
          throw error;
        }
      },
      forget(key) {
        if (key === known) made = null;
      },
    };
  }, [subscriptionId]);
}
