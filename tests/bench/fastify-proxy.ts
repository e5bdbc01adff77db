/**
 * Child process: `@fastify/http-proxy`, a peer that passes requests on; given a key, behind the plugins that a gateway's
 * first duties take: who calls, and how often.
 */
import type { AddressInfo } from 'node:net';
import bearerAuth from '@fastify/bearer-auth';
import proxy from '@fastify/http-proxy';
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import { reportUse } from './report-use.ts';

const [upstream, key] = process.argv.slice(2) as [string, string?];
const server = fastify({ keepAliveTimeout: 60_000 });
if (key !== undefined) {
  await server.register(bearerAuth, { keys: new Set([key]) });
  await server.register(rateLimit, {
    max: 1_000_000_000,
    timeWindow: 60_000,
    keyGenerator: (request) => request.headers.authorization!,
  });
}
await server.register(proxy, { upstream, undici: { connections: 256, pipelining: 1 } });
await server.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (server.server.address() as AddressInfo).port });
reportUse();
