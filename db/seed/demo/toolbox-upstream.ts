/** The demo's REST service: QR codes and unit conversion, on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import QRCode from 'qrcode';
import { CONVERTIBLE, convert } from './units.ts';

export interface DemoUpstream {
  /** Its origin; upstreams keep the paths they were saved with. */
  baseUrl: string;
  close(): Promise<void>;
}

/** The header that the gateway puts the seller's credential into. */
export const TOOLBOX_KEY_HEADER = 'x-toolbox-key';
const MAX_TEXT = 1_000;

/** Starts the toolbox; only calls with one of `credentials` in its header are answered. */
export async function startToolboxUpstream(credentials: string[]): Promise<DemoUpstream> {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    if (credentials.includes(String(request.headers[TOOLBOX_KEY_HEADER]))) next();
    else response.status(401).json({ error: 'unknown key' });
  });
  app.get('/', (_request, response) => {
    response.json({
      name: 'Toolbox',
      endpoints: { '/qr': 'text, format=svg|png', '/convert': 'value, from, to', '/units': '' },
    });
  });
  app.get('/units', (_request, response) => {
    response.json(CONVERTIBLE);
  });
  app.get('/convert', (request, response) => {
    const value = Number(request.query.value);
    const result =
      Number.isFinite(value) && request.query.value !== ''
        ? convert(value, String(request.query.from), String(request.query.to))
        : null;
    if (result === null)
      response
        .status(400)
        .json({ error: 'give value=<number>, from and to as two units of one kind; see /units' });
    else response.json({ value, from: request.query.from, to: request.query.to, result });
  });
  app.get('/qr', async (request, response) => {
    const text = String(request.query.text ?? '');
    if (text === '' || text.length > MAX_TEXT) {
      response.status(400).json({ error: `give text=<1 to ${MAX_TEXT} characters>` });
    } else if (request.query.format === 'png') {
      response.type('image/png').send(await QRCode.toBuffer(text, { scale: 8 }));
    } else {
      response.type('image/svg+xml').send(await QRCode.toString(text, { type: 'svg' }));
    }
  });
  app.use((_request, response) => {
    response.status(404).json({ error: 'no such endpoint; see /' });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
