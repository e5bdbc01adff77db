/** Child process: the least a Node proxy can do, `http.createServer` and undici's `dispatch`. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type Dispatcher } from 'undici';
import { reportUse } from './report-use.ts';

const pool = new Pool(process.argv[2]!, { connections: 2_048, pipelining: 1 });

class Handler implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  constructor(response: ServerResponse) {
    this.#response = response;
  }
  onRequestStart(): void {}
  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const raw = controller.rawHeaders as Buffer[];
    this.#response.writeHead(
      status,
      raw.map((field) => field.toString('latin1')),
    );
  }
  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }
  onResponseEnd(): void {
    this.#response.end();
  }
  onResponseError(): void {
    this.#response.destroy();
  }
}

const server = createServer((request, response) => {
  const headers: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!.toLowerCase();
    if (name === 'host' || name === 'connection' || name === 'content-length') continue;
    headers.push(name, request.rawHeaders[i + 1]!);
  }
  if (request.headers['content-length'] !== undefined)
    headers.push('content-length', request.headers['content-length']);
  pool.dispatch(
    {
      path: request.url ?? '/',
      method: request.method ?? 'GET',
      headers,
      body: request.method === 'GET' ? null : request,
    },
    new Handler(response),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('SIGTERM', () => process.exit());
reportUse();
