/** The thread of `pdf-renderer.ts`: one document after the other. */
import { parentPort } from 'node:worker_threads';
import type { PdfRequest, PdfResponse } from './pdf-renderer.ts';
import { renderPdf } from './render-pdf.ts';

async function answer({ id, document }: PdfRequest): Promise<PdfResponse> {
  try {
    return { id, bytes: await renderPdf(document) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

if (parentPort) {
  const port = parentPort;
  let queue = Promise.resolve();
  port.on('message', (request: PdfRequest) => {
    queue = queue.then(async () => port.postMessage(await answer(request)));
  });
}
