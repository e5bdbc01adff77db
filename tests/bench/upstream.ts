/**
 * Child process: the seller's API of the benchmark. `GET /data`: 1 KB of JSON. `POST …/chat/completions`: an
 * answer of about 1 KB with usage, or a stream of 50 chunks (every 100 ms under `/paced`), each with its time.
 */
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';

const CHUNKS = 50;
const PACE_MS = 100;
const body = JSON.stringify({ data: 'x'.repeat(1_000) });
const DATA = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
    `date: Sat, 21 Nov 2026 12:00:00 GMT\r\nconnection: keep-alive\r\nkeep-alive: timeout=60\r\n\r\n${body}`,
);
const GET = 0x47;
const HEAD_END = Buffer.from('\r\n\r\n');
const ANSWER = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1,
    model: 'bench-model',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'word '.repeat(160) }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 40, completion_tokens: 160, total_tokens: 200 },
  }),
);

function chunk(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'bench-model', choices })}\n\n`;
}

const USAGE = `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1,"model":"bench-model","choices":[],"usage":{"prompt_tokens":40,"completion_tokens":50,"total_tokens":90}}\n\n`;

function stream(response: ServerResponse, paced: boolean): void {
  response.writeHead(200, ['content-type', 'text/event-stream']);
  let sent = 0;
  const end = (): void => void response.end(`${chunk({}, 'stop')}${USAGE}data: [DONE]\n\n`);
  if (!paced) {
    for (; sent < CHUNKS; sent++) response.write(chunk({ content: 'word ' }, null));
    end();
    return;
  }
  const timer = setInterval(() => {
    // The machine's monotonic clock: the reader in another process knows how long a chunk was on its way.
    response.write(chunk({ content: `@${process.hrtime.bigint()}@` }, null));
    if (++sent < CHUNKS) return;
    clearInterval(timer);
    end();
  }, PACE_MS);
  response.on('close', () => clearInterval(timer));
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (part: string) => (text += part));
  request.on('end', () => {
    if (text.includes('"stream":true')) {
      stream(response, text.includes('paced'));
      return;
    }
    response.writeHead(200, ['content-type', 'application/json', 'content-length', String(ANSWER.length)]);
    response.end(ANSWER);
  });
});
server.keepAliveTimeout = 60_000;

/** GETs are answered without a parser, so that the upstream takes as little as it can of the cores that all share. */
function answer(socket: Socket): void {
  socket.setNoDelay();
  socket.on('error', () => socket.destroy());
  let head: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head[0] !== GET) {
      socket.off('data', onData);
      server.emit('connection', socket);
      socket.unshift(head);
    } else if (head.subarray(-HEAD_END.length).equals(HEAD_END)) {
      head = Buffer.alloc(0);
      socket.write(DATA);
    }
  };
  socket.on('data', onData);
}

const listener = createTcpServer(answer);
listener.listen(0, '127.0.0.1', () => process.send?.((listener.address() as AddressInfo).port));
