/**
 * Documents are drawn in a thread of their own, started by the first one: a long table takes a
 * second of computing, and the gateway's calls must not wait for it.
 */
import { Worker } from 'node:worker_threads';
import type { PdfDocument } from './render-pdf.ts';

export interface PdfRenderer {
  render(document: PdfDocument): Promise<Uint8Array>;
  close(): Promise<void>;
}

export type PdfRequest = { id: number; document: PdfDocument };
export type PdfResponse = { id: number; bytes: Uint8Array } | { id: number; error: string };

interface Pending {
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

const TIMEOUT_MS = 60_000;

export function createPdfRenderer(): PdfRenderer {
  const pending = new Map<number, Pending>();
  let thread: Worker | null = null;
  let lastId = 0;

  function start(): Worker {
    const worker = new Worker(new URL('./pdf-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    worker.unref();
    worker.on('message', (response: PdfResponse) => {
      if ('bytes' in response) pending.get(response.id)?.resolve(response.bytes);
      else pending.get(response.id)?.reject(new Error(response.error));
    });
    const fail = (cause?: Error) => {
      if (thread === worker) thread = null;
      for (const { reject } of pending.values()) reject(new Error('The PDF thread ended.', { cause }));
    };
    worker.once('error', fail);
    worker.once('exit', () => fail());
    return worker;
  }

  return {
    render(document) {
      const worker = (thread ??= start());
      const id = ++lastId;
      return new Promise<Uint8Array>((resolve, reject) => {
        // A document that never ends would block those behind it.
        const timer = setTimeout(() => void worker.terminate(), TIMEOUT_MS);
        const settle = () => {
          clearTimeout(timer);
          pending.delete(id);
          if (pending.size === 0) worker.unref();
        };
        pending.set(id, {
          resolve: (bytes) => (settle(), resolve(bytes)),
          reject: (error) => (settle(), reject(error)),
        });
        worker.ref();
        worker.postMessage({ id, document } satisfies PdfRequest);
      });
    },
    async close() {
      await thread?.terminate();
    },
  };
}
