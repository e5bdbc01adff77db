/** Child process: the seller's API of the benchmark, 1 KB of JSON for every request. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = Buffer.from(JSON.stringify({ data: 'x'.repeat(1_000) }));

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, ['content-type', 'application/json', 'content-length', String(body.length)]);
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
