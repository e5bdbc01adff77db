import { useEffect } from 'react';
import { holdsKey } from '../../lib/playground-request.ts';

/** Longer texts stay out of the address: it is kept, shared and logged. */
const MAX_CHARS = 500;

/**
 * Keeps the form in the address, so that it survives a reload and can be shared. Goes around the router:
 * nothing has to be loaded again.
 */
export function useAddress(values: Record<string, string>): void {
  const text = JSON.stringify(values);
  useEffect(() => {
    const search = new URLSearchParams(
      Object.entries(JSON.parse(text) as Record<string, string>).filter(
        ([, value]) => value !== '' && value.length <= MAX_CHARS && !holdsKey(value),
      ),
    );
    window.history.replaceState(window.history.state, '', `?${search}`);
  }, [text]);
}
