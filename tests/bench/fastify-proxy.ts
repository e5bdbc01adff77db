/** Child process: `@fastify/http-proxy`, a peer that passes requests on. */
import type { AddressInfo } from 'node:net';
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';
import { reportUse } from './report-use.ts';

const server = fastify({ keepAliveTimeout: 60_000 });
await server.register(proxy, { upstream: process.argv[2]!, undici: { connections: 256, pipelining: 1 } });
await server.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (server.server.address() as AddressInfo).port });
reportUse();
