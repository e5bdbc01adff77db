import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVettedConnector } from './connector.ts';
import { blockedTarget } from './url-policy.ts';
import type { HostVetting } from './vet-host.ts';

let server: Server;
let port: string;
let received: string;
beforeEach(async () => {
  received = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined).on('data', (chunk) => (received += chunk.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = String((server.address() as AddressInfo).port);
});
afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

const vetting = (overrides: Partial<HostVetting>): HostVetting => ({
  vet: () => Promise.resolve(['127.0.0.1']),
  vetSpelling: () => false,
  mayReach: () => true,
  ...overrides,
});

function connect(rules: HostVetting, protocol = 'http:', servername?: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { hostname: 'api.example.com', host: 'api.example.com', protocol, port, servername };
    createVettedConnector(rules, 500)(options, (...[error, socket]) =>
      error ? reject(error) : resolve(socket),
    );
  });
}

it('dials what the vetting answered', async () => {
  const socket = await connect(vetting({}));
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.destroy();
});

it('drops a connection that ended elsewhere than was vetted', async () => {
  const reached: string[] = [];
  const mayReach = (_hostname: string, address: string): boolean => {
    reached.push(address);
    return false;
  };
  await expect(connect(vetting({ mayReach }))).rejects.toMatchObject({ code: 'blocked_target' });
  expect(reached).toEqual(['127.0.0.1']);
  expect(received).toBe('');
});

it('does not dial an address that the rules refuse', async () => {
  let dialled = 0;
  server.on('connection', () => (dialled += 1));
  const connector = createVettedConnector(
    vetting({
      vetSpelling: (hostname) => {
        throw blockedTarget('private_address', hostname);
      },
    }),
    500,
  );
  const error = await new Promise((resolve) => {
    connector({ hostname: '127.0.0.1', host: '127.0.0.1', protocol: 'http:', port }, (...[failure]) =>
      resolve(failure),
    );
  });
  expect(error).toMatchObject({ code: 'blocked_target' });
  const socket = await connect(vetting({}));
  socket.destroy();
  expect(dialled).toBe(1);
});

it('names the host of the origin in the TLS handshake, whatever Host header the caller sends', async () => {
  await expect(connect(vetting({}), 'https:', 'other.example.com')).rejects.toMatchObject({
    code: 'UND_ERR_CONNECT_TIMEOUT',
  });
  expect(received).toContain('api.example.com');
  expect(received).not.toContain('other.example.com');
});
