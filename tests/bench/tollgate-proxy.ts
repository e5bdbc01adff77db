/** Child process: our gateway, mounted before Express as in the web process; with Redis when its URL is given. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { createGateway } from '../../app/gateway/router.ts';
import { loadConfig } from '../../app/infra/config.ts';
import { createPlatform } from '../../app/platform.ts';
import { fillMarketplace } from './marketplace.ts';
import { useOf } from './report-use.ts';

const [databaseUrl, upstreamUrl, suffix, redisUrl] = process.argv.slice(2) as [
  string,
  string,
  string,
  string?,
];
const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const config = loadConfig({
  NODE_ENV: 'test',
  DATA_DIR: dataDir,
  LOG_LEVEL: 'warn',
  EGRESS_ALLOW: new URL(upstreamUrl).host,
  ...(redisUrl && { REDIS_URL: redisUrl }),
});
const platform = await createPlatform({
  config,
  databaseUrl,
  publicUrl: 'http://127.0.0.1:3000',
  webhookUrl: 'http://127.0.0.1:9/webhooks/stripe',
  applicationName: 'tollgate-bench',
});
const marketplace = await fillMarketplace(
  platform.database,
  platform.keyring,
  config.secrets.keyPepper,
  upstreamUrl,
  suffix,
);
const unlimited = 1_000_000_000;
const gateway = createGateway({
  ...platform,
  limits: {
    ipRequestsPerMinute: unlimited,
    organizationRequestsPerMinute: unlimited,
    keyRequestsPerMinute: unlimited,
  },
});
await gateway.start();

const app = express();
app.disable('x-powered-by');
app.disable('etag');
const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
  if (!gateway.handle(request, response)) app(request, response);
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port, ...marketplace }),
);

process.on('message', (message) => {
  if (message === 'use' || message === 'live') {
    process.send?.(useOf(message));
    return;
  }
  server.close();
  server.closeAllConnections();
  void gateway
    .drain()
    .then(() => gateway.close())
    .then(() => platform.close())
    .then(() => {
      rmSync(dataDir, { recursive: true, force: true });
      process.send?.({ closed: true }, () => process.exit());
    });
});
