/** Child process of gateway-streaming.test.ts: an upstream of large answers, and a slow reader of them. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const MIB = 1024 * 1024;
const PAUSE_MS = 500;
const chunk = Buffer.alloc(MIB, 'x');

const server = createServer((incoming, response) => {
  const total = Number(new URL(incoming.url ?? '', 'http://localhost').searchParams.get('mib'));
  response.writeHead(200, { 'content-length': String(total * MIB) });
  let sent = 0;
  const push = (): void => {
    while (sent < total) {
      sent++;
      if (!response.write(chunk)) {
        response.once('drain', push);
        return;
      }
    }
    response.end();
  };
  push();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

process.on('message', ({ url, key }: { url: string; key: string }) => {
  const call = request(url, { headers: { authorization: `Bearer ${key}` } }, (answer) => {
    let received = 0;
    answer.pause();
    setTimeout(() => answer.resume(), PAUSE_MS);
    answer.on('data', (data: Buffer) => (received += data.length));
    answer.on('close', () => process.send?.(received));
  });
  call.end();
});
