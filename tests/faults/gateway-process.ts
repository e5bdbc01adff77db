/** Child process: a gateway on a given port, for tests that kill it. Tells its parent when it listens. */
import { createServer } from 'node:http';
import { createGateway } from '../../app/gateway/router.ts';
import { loadConfig } from '../../app/infra/config.ts';
import { createPlatform } from '../../app/platform.ts';

export interface GatewayProcessOptions {
  databaseUrl: string;
  /** With the secrets, and the spool that the next process replays. */
  dataDir: string;
  /** `127.0.0.1:4010,…` */
  egressAllow: string;
  port: number;
  redisUrl?: string;
  /** `error` unless errors are what the test is about. */
  logLevel?: 'silent';
}

const options = JSON.parse(process.argv[2]!) as GatewayProcessOptions;
const config = loadConfig({
  NODE_ENV: 'test',
  DATA_DIR: options.dataDir,
  LOG_LEVEL: options.logLevel ?? 'error',
  DATABASE_POOL_SIZE: '5',
  EGRESS_ALLOW: options.egressAllow,
  ...(options.redisUrl && { REDIS_URL: options.redisUrl }),
});
const platform = await createPlatform({
  config,
  databaseUrl: options.databaseUrl,
  publicUrl: 'http://127.0.0.1:3000',
  webhookUrl: 'http://127.0.0.1:9/webhooks/stripe',
  applicationName: 'tollgate-faults',
});
const unlimited = 1_000_000;
const gateway = createGateway({
  ...platform,
  limits: {
    ipRequestsPerMinute: unlimited,
    organizationRequestsPerMinute: unlimited,
    keyRequestsPerMinute: unlimited,
    // What is counted here is money, not time: a busy machine shall refuse nobody.
    storageDeadlineMs: 20_000,
    settleDeadlineMs: 20_000,
  },
});
await gateway.start();
const server = createServer({ noDelay: true }, (request, response) => {
  if (!gateway.handle(request, response)) response.writeHead(404).end();
});
server.listen(options.port, '127.0.0.1', () => process.send?.('listening'));

process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void gateway
    .drain()
    .then(() => gateway.close())
    .then(() => platform.close())
    .then(() => process.exit(0));
});
