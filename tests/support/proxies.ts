/** Outbound proxies on loopback: an HTTP one that speaks CONNECT, and a SOCKS5 one. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TestCertificate } from './certificate.ts';

export interface TestProxy {
  protocol: 'http' | 'https' | 'socks5';
  port: number;
  /** `127.0.0.1:<port>`, as EGRESS_ALLOW wants it. */
  hostAndPort: string;
  /** Where it was asked to go, as it was told: `127.0.0.1:4010`. */
  targets: string[];
  /** What it was told about who asks: `user:password`. */
  logins: string[];
  /** How it behaves from now on: `silent` takes connections and says nothing, `refuse` says no. */
  behaviour: 'work' | 'silent' | 'refuse' | 'unreachable';
  close(): Promise<void>;
}

async function listen(server: Server, build: (port: number) => Omit<TestProxy, 'close'>): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = build((server.address() as AddressInfo).port);
  return Object.assign(proxy, {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}

const fresh = (protocol: TestProxy['protocol'], port: number): Omit<TestProxy, 'close'> => ({
  protocol,
  port,
  hostAndPort: `127.0.0.1:${port}`,
  targets: [],
  logins: [],
  behaviour: 'work',
});

/** Both ends belong together from now on. */
function join(near: Socket, far: Socket): void {
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
}

/** @param tls the proxy itself is spoken to over TLS, with this certificate. */
export async function startHttpProxy(tls?: TestCertificate): Promise<TestProxy> {
  const server = tls ? createHttpsServer(tls) : createHttpServer();
  const proxy = await listen(server, (port) => fresh(tls ? 'https' : 'http', port));
  server.on('connect', (request, near: Socket) => {
    near.on('error', () => undefined);
    const authority = request.url ?? '';
    proxy.targets.push(authority);
    const [, basic] = (request.headers['proxy-authorization'] ?? '').split(' ');
    if (basic) proxy.logins.push(Buffer.from(basic, 'base64').toString());
    if (proxy.behaviour === 'silent') return;
    if (proxy.behaviour === 'refuse') {
      near.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = authority.split(/:(?=\d+$)/);
    const far = connect(proxy.behaviour === 'unreachable' ? 1 : Number(port), host);
    far.once('connect', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(near, far);
    });
    far.once('error', () => near.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  });
  return proxy;
}

export async function startSocksProxy(options: { login?: string } = {}): Promise<TestProxy> {
  const server = createServer((near) => void serveSocks(near).catch(() => near.destroy()));
  const proxy = await listen(server, (port) => fresh('socks5', port));

  async function serveSocks(near: Socket): Promise<void> {
    const read = reader(near);
    const [, methods = 0] = await read(2);
    await read(methods);
    if (proxy.behaviour === 'silent') return;
    near.write(Buffer.from([5, options.login === undefined ? 0 : 2]));
    if (options.login !== undefined) {
      const [, userLength = 0] = await read(2);
      const user = (await read(userLength)).toString();
      const [passwordLength = 0] = await read(1);
      const login = `${user}:${(await read(passwordLength)).toString()}`;
      proxy.logins.push(login);
      near.write(Buffer.from([1, login === options.login ? 0 : 1]));
      if (login !== options.login) return void near.end();
    }
    const [, , , kind] = await read(4);
    const host = kind === 1 ? (await read(4)).join('.') : (await read((await read(1))[0]!)).toString();
    const port = (await read(2)).readUInt16BE();
    proxy.targets.push(`${host}:${port}`);
    const answer = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
    if (proxy.behaviour === 'refuse') return void near.end(answer(2));
    const far = connect(proxy.behaviour === 'unreachable' ? 1 : port, host);
    far.once('connect', () => {
      near.write(answer(0));
      join(near, far);
    });
    far.once('error', () => near.end(answer(5)));
  }

  return proxy;
}

/** Reads exactly so many bytes, call by call. */
function reader(socket: Socket): (size: number) => Promise<Buffer> {
  socket.setMaxListeners(20);
  return (size) =>
    new Promise((resolve, reject) => {
      const attempt = (): void => {
        const chunk = size === 0 ? Buffer.alloc(0) : (socket.read(size) as Buffer | null);
        if (chunk === null) return;
        socket.off('readable', attempt);
        resolve(chunk);
      };
      socket.once('close', () => reject(new Error('closed')));
      socket.on('readable', attempt);
      attempt();
    });
}
