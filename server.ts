/** The web process: gateway and Remix on one Express server, in request order. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express, { type Express } from 'express';
import { createRequestHandler } from '@remix-run/express';
import type { AppLoadContext, ServerBuild } from '@remix-run/node';
import { createGateway, type Gateway } from './app/gateway/router.ts';
import { adminApiAddress } from './app/http/admin-api-address.ts';
import { apiCors } from './app/http/api-cors.ts';
import { limitBodyTime } from './app/http/body-deadline.ts';
import { noStoreByDefault } from './app/http/cache-control.ts';
import { createHealthRouter } from './app/http/health.ts';
import { lastResort } from './app/http/last-resort.ts';
import { assignRequestId } from './app/http/request-id.ts';
import { requireSameOrigin } from './app/http/same-origin.ts';
import { securityHeaders } from './app/http/security-headers.ts';
import type { Config } from './app/infra/config.ts';
import { createSandboxCheckoutRouter } from './app/infra/stripe/sandbox/checkout-router.ts';
import type { Platform } from './app/platform.ts';
import { runProcess } from './cli/run-process.ts';
import { prepareAdministrator } from './db/seed/first-run.ts';

/** Slow headers end here (slowloris); bodies have the gateway's idle timeouts, or `limitBodyTime`. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than a load balancer's, so that it never reuses a connection we just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CONNECTIONS_CHECK_MS = 5_000;

export interface Listener {
  server: Server;
  /** `http://127.0.0.1:3000` */
  url: string;
  /** Until this is called every answer is 503. */
  handle(listener: RequestListener): void;
  /** Who takes WebSockets; without anybody they are answered as plain requests. */
  handleUpgrades(taker: Pick<Gateway, 'takesUpgrade' | 'handleUpgrade'>): void;
}

export interface WebProcess {
  /** Finishes running calls (at most 30 s), settles them, closes the listener. */
  close(): Promise<void>;
}

/** How pages are built: from `build/`, or by Vite on the fly. */
export interface Pages {
  build: ServerBuild | (() => Promise<ServerBuild>);
  /** Vite's middleware, in development. */
  middleware?: express.RequestHandler;
}

/** Takes the port at once, so that health checks have someone to ask while the rest starts. */
export async function listen(config: Config): Promise<Listener> {
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '2' });
    response.end(JSON.stringify({ status: 'starting' }));
  };
  let upgrades: Pick<Gateway, 'takesUpgrade' | 'handleUpgrade'> | null = null;
  const server: Server = createServer(
    {
      // Vite listens for WebSockets too, in development.
      shouldUpgradeCallback: (request) =>
        upgrades?.takesUpgrade(request) === true ||
        (request.headers.upgrade === 'websocket' && server.listenerCount('upgrade') > (upgrades ? 1 : 0)),
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      noDelay: true,
    },
    (request, response) => listener(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = ['0.0.0.0', '::', ''].includes(config.host) ? '127.0.0.1' : config.host;
  return {
    server,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    handle(next) {
      listener = next;
    },
    handleUpgrades(taker) {
      upgrades = taker;
      server.on('upgrade', (request, socket, head) => taker.handleUpgrade(request, socket, head));
    },
  };
}

/** Puts the application behind the listener. */
export async function startWeb(platform: Platform, listener: Listener, pages: Pages): Promise<WebProcess> {
  const gateway = createGateway(platform);
  await gateway.start();
  const app = createApp(platform, pages);
  // The gateway before anything that buffers, compresses, adds headers or takes time: Express too.
  listener.handle((request, response) => {
    if (!gateway.handle(request, response)) app(request, response);
  });
  listener.handleUpgrades(gateway);
  platform.state = 'ready';
  return {
    async close() {
      platform.state = 'draining';
      await gateway.drain();
      await new Promise<void>((resolve) => {
        listener.server.close(() => resolve());
        listener.server.closeIdleConnections();
        // What still hangs now is no call of the gateway's: those were waited for.
        setTimeout(() => listener.server.closeAllConnections(), 1_000).unref();
      });
      await gateway.close();
    },
  };
}

function createApp(platform: Platform, pages: Pages): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', platform.config.trustedProxyHops);

  // 1. Cheap answers without a session.
  app.use(assignRequestId);
  app.use(adminApiAddress);
  app.use(limitBodyTime());
  app.use(createHealthRouter(platform));
  // 2. Everything a browser gets.
  app.use(securityHeaders({ publicUrl: platform.publicUrl, viteDev: pages.middleware !== undefined }));
  app.use(compression());
  if (pages.middleware) app.use(pages.middleware);
  app.use(
    '/assets',
    express.static('build/client/assets', { immutable: true, maxAge: '1y' }),
    (_request, response) => {
      response.status(404).type('text/plain').send('Not found');
    },
  );
  app.use(express.static('build/client', { maxAge: '1h', index: false }));
  app.use(noStoreByDefault);
  app.use('/api', apiCors(platform.config.corsOrigins));
  app.use(
    requireSameOrigin(() => platform.publicUrl, {
      acceptOwnHost: platform.config.publicUrl === null && platform.config.mode !== 'production',
    }),
  );
  if (platform.payments.mode === 'sandbox')
    app.use('/stripe-sandbox', createSandboxCheckoutRouter(platform.payments));
  // 3. Pages and the management API.
  app.all(
    '*',
    createRequestHandler({
      build: pages.build,
      // In development mode Remix sends stacks to the browser: only to those who edit the pages.
      mode: pages.middleware ? 'development' : 'production',
      getLoadContext: (request, response): AppLoadContext => ({
        platform,
        requestId: String(response.locals.requestId),
        cspNonce: String(response.locals.cspNonce),
        clientIp: request.ip ?? '',
      }),
    }),
  );
  app.use(lastResort(platform));
  return app;
}

if (import.meta.main) void runProcess({ web: { listen, startWeb }, prepare: prepareAdministrator });
