/** Browser only. Sends one request at a time through the proxy, and follows what comes back. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { readError } from '../../lib/playground-answer.ts';
import type { PlaygroundRequest } from '../../lib/playground-request.ts';
import { RunFailure } from './run-failure.ts';
import type { MadeKey } from './use-made-key.ts';

export type RunState = 'idle' | 'running' | 'done' | 'canceled' | 'failed';

export interface RunError {
  by: 'gateway' | 'upstream' | 'network';
  code: string;
  message: string;
}

/** What the gateway says about a finished call, of `GET /v1/requests/:id`. */
export interface Receipt {
  charged: string;
  currency: string;
  attempts: number;
  inputTokens: number | null;
  outputTokens: number | null;
}

export interface Run {
  state: RunState;
  status: number | null;
  headers: [name: string, value: string][];
  requestId: string | null;
  firstByteMs: number | null;
  totalMs: number | null;
  bytes: number;
  error: RunError | null;
  receipt: Receipt | null;
}

const IDLE: Run = {
  state: 'idle',
  status: null,
  headers: [],
  requestId: null,
  firstByteMs: null,
  totalMs: null,
  bytes: 0,
  error: null,
  receipt: null,
};

export interface RunOptions {
  /** Where a key is made when none is pasted. */
  keys: MadeKey;
  /** What was pasted; '' for none. */
  ownKey: string;
}

export interface RunHandlers {
  keyHeader: (key: string) => [name: string, value: string];
  /** A piece of the body; not called for errors. */
  onChunk: (chunk: Uint8Array, response: Response) => void;
  /** The body was whole; throws RunFailure for an error inside it. */
  onEnd?: (response: Response) => void;
}

/** @returns the run so far, how to begin one, and how to stop it. */
export function useRun({ keys, ownKey }: RunOptions) {
  const [run, setRun] = useState<Run>(IDLE);
  const controller = useRef<AbortController | null>(null);

  useEffect(() => () => controller.current?.abort(), []);

  const cancel = useCallback(() => controller.current?.abort(), []);

  const send = useCallback(
    async (request: PlaygroundRequest, handlers: RunHandlers): Promise<boolean> => {
      controller.current?.abort();
      const aborter = new AbortController();
      controller.current = aborter;
      const { signal } = aborter;
      const update = (change: Partial<Run>) => {
        if (controller.current === aborter) setRun((before) => ({ ...before, ...change }));
      };
      setRun({ ...IDLE, state: 'running' });
      let startedAt = performance.now();
      let key = ownKey;
      let requestId: string | null = null;
      let source: RunError['by'] = 'network';
      const dispatch = async (): Promise<Response> => {
        if (!ownKey) key = await keys.get(signal);
        const [name, value] = handlers.keyHeader(key);
        startedAt = performance.now();
        return window.fetch(request.path, {
          method: request.method,
          headers: { ...request.headers, [name]: value },
          body: request.body,
          credentials: 'omit',
          cache: 'no-store',
          redirect: 'manual',
          signal,
        });
      };
      try {
        let response = await dispatch();
        // The key has run out, or another tab has made a newer one.
        if (response.status === 401 && !ownKey && response.headers.get('x-error-source') !== 'upstream') {
          keys.forget(key);
          response = await dispatch();
        }
        requestId = response.headers.get('x-request-id');
        source =
          response.headers.get('x-error-source') === 'upstream' || response.ok ? 'upstream' : 'gateway';
        update({ status: response.status, headers: [...response.headers], requestId });
        await follow(response, startedAt, update, handlers);
        handlers.onEnd?.(response);
        const error =
          response.ok || response.type === 'opaqueredirect' ? null : { by: source, code: '', message: '' };
        update({ state: error ? 'failed' : 'done', totalMs: performance.now() - startedAt, error });
        return !error;
      } catch (thrown) {
        const totalMs = performance.now() - startedAt;
        if (signal.aborted) update({ state: 'canceled', totalMs });
        else {
          const isOurs = thrown instanceof RunFailure;
          update({
            state: 'failed',
            totalMs,
            error: {
              by: isOurs && source === 'network' ? 'gateway' : source,
              code: isOurs ? thrown.code : '',
              message: thrown instanceof Error ? thrown.message : '',
            },
          });
        }
        return false;
      } finally {
        // Nobody waits for it: the next question may be asked.
        if (requestId !== null && key !== '')
          void readReceipt(requestId, key).then((receipt) => update({ receipt }));
      }
    },
    [keys, ownKey],
  );

  return { run, send, cancel };
}

async function follow(
  response: Response,
  startedAt: number,
  update: (change: Partial<Run>) => void,
  { onChunk }: RunHandlers,
): Promise<void> {
  if (!response.ok) {
    const text = await response.text();
    onChunk(new TextEncoder().encode(text), response);
    const error = parseError(text);
    if (error) throw new RunFailure(error);
    return;
  }
  const reader = response.body?.getReader();
  let bytes = 0;
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) return;
    if (bytes === 0) update({ firstByteMs: performance.now() - startedAt });
    bytes += part.value.byteLength;
    onChunk(part.value, response);
    update({ bytes });
  }
}

function parseError(text: string): { code: string; message: string } | null {
  try {
    return readError(JSON.parse(text));
  } catch {
    return null;
  }
}

/** How often a call that just ended is asked for: a cancelled one takes a moment to be settled. */
const RECEIPT_TRIES = 4;

async function readReceipt(requestId: string, key: string): Promise<Receipt | null> {
  for (let tries = 0; tries < RECEIPT_TRIES; tries++) {
    try {
      const response = await window.fetch(`/v1/requests/${requestId}`, {
        headers: { authorization: `Bearer ${key}` },
        credentials: 'omit',
        cache: 'no-store',
      });
      // The gateway itself waits for the call to be written.
      if (response.status === 404) continue;
      if (!response.ok) return null;
      const explained = (await response.json()) as {
        cost: { charged: string; currency: string };
        routing: { tries: number };
        usage: { input_tokens: number | null; output_tokens: number | null };
      };
      return {
        charged: explained.cost.charged,
        currency: explained.cost.currency,
        attempts: explained.routing.tries,
        inputTokens: explained.usage.input_tokens,
        outputTokens: explained.usage.output_tokens,
      };
    } catch {
      return null;
    }
  }
  return null;
}
