import { useFetcher } from '@remix-run/react';
import { useEffect, useRef, type FormEvent } from 'react';
import type { WorkedExample } from '../../domain/plans/index.ts';

const PAUSE_MS = 400;

/** Asks for the worked example while somebody types; without scripts a button does. */
export function useLiveExample(): {
  example: WorkedExample | undefined;
  onInput: (event: FormEvent<HTMLFormElement>) => void;
} {
  const fetcher = useFetcher<{ example?: WorkedExample }>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  function onInput(event: FormEvent<HTMLFormElement>) {
    const form = event.currentTarget;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const fields = new FormData(form);
      fields.set('intent', 'example');
      fetcher.submit(fields, { method: 'post' });
    }, PAUSE_MS);
  }
  return { example: fetcher.data?.example, onInput };
}
