/** A seller's API: a real HTTP server on loopback that remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  method: string;
  /** Path and query exactly as received. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Name, value, name, value, … in the order and case received. */
  rawHeaders: string[];
  /** The body so far, as text; complete once `ended`. */
  body: string;
  ended: boolean;
  /** Milliseconds since the epoch when the caller left before the answer was finished. */
  abortedAt: number | null;
}

export type UpstreamHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  recorded: RecordedRequest,
) => void | Promise<void>;

export interface Upstream {
  /** `http://127.0.0.1:<port>` */
  url: string;
  port: number;
  /** `127.0.0.1:<port>`, as EGRESS_ALLOW wants it. */
  hostAndPort: string;
  requests: RecordedRequest[];
  /** Connections ever accepted. */
  connections(): number;
  /** Requests whose answer is not finished. */
  running(): number;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  /** Off leaves the request unread, for tests of back-pressure. */
  recordBodies?: boolean;
  /** 0 lets the system choose. */
  port?: number;
}

const echo: UpstreamHandler = (request, response, recorded) => {
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: recorded.method, url: recorded.url, body: recorded.body }));
  });
};

/** Starts on a free port; without a handler it echoes method, URL and body as JSON. */
export async function startUpstream(
  handler: UpstreamHandler = echo,
  { recordBodies = true, port: wantedPort = 0 }: UpstreamOptions = {},
): Promise<Upstream> {
  const requests: RecordedRequest[] = [];
  let connections = 0;
  let running = 0;
  const server = createServer((request, response) => {
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: '',
      ended: false,
      abortedAt: null,
    };
    requests.push(recorded);
    running++;
    request.once('end', () => (recorded.ended = true));
    response.once('close', () => {
      running--;
      if (!response.writableFinished) recorded.abortedAt = Date.now();
    });
    if (recordBodies) request.setEncoding('utf8').on('data', (text: string) => (recorded.body += text));
    void Promise.resolve(handler(request, response, recorded)).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    hostAndPort: `127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    running: () => running,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
