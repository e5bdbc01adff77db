import { useSyncExternalStore } from 'react';

const subscribe = () => () => {};

/** False in the server's markup and while hydrating, true once scripts run: for parts that need them. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  );
}
