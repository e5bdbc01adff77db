import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { GatewayProcessOptions } from './gateway-process.ts';

/** A gateway in a process of its own, once it listens. */
export async function startGateway(options: GatewayProcessOptions): Promise<ChildProcess> {
  const child = fork(new URL('gateway-process.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', options.logLevel === 'silent' ? 'ignore' : 'inherit', 'ipc'],
    // The runner's own loaders are not for a plain program.
    execArgv: [],
    env: { NODE_ENV: 'test', PATH: process.env['PATH'] },
  });
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  if (message !== 'listening') throw new Error(`the gateway did not start: ${String(message)}`);
  return child;
}
