/** The whole web process on a free port, without a worker unless asked for. */
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import type { ServerBuild } from '@remix-run/node';
import type { Environment } from '../../app/infra/config.ts';
import { loadConfig } from '../../app/infra/config.ts';
import { ensureBuild } from '../../cli/pages.ts';
import { listen, startWeb } from '../../server.ts';
import { startWorker } from '../../worker/index.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from './platform.ts';

export interface TestWeb {
  /** `http://127.0.0.1:<port>` */
  url: string;
  platform: TestPlatform;
  close(): Promise<void>;
}

export interface TestWebOptions extends Omit<TestPlatformOptions, 'publicUrl' | 'webhookUrl'> {
  worker?: boolean;
}

/** Starts web (and worker) as `npm start` does, on a database of its own. */
export async function startTestWeb(
  overrides: Partial<Environment> = {},
  { worker: withWorker = false, ...options }: TestWebOptions = {},
): Promise<TestWeb> {
  const address = loadConfig({ NODE_ENV: 'test', PORT: '0', DATA_DIR: 'test-results/data', ...overrides });
  const listener = await listen(address);
  const platform = await createTestPlatform(overrides, {
    ...options,
    publicUrl: listener.url,
    webhookUrl: `${listener.url}/webhooks/stripe`,
  });
  await ensureBuild();
  const build = (await import(pathToFileURL(resolve('build/server/index.js')).href)) as ServerBuild;
  const worker = withWorker ? await startWorker(platform, platform.databaseUrl) : null;
  const web = await startWeb(platform, listener, { build });
  return {
    url: listener.url,
    platform,
    async close() {
      await web.close();
      await worker?.close();
      await platform.close();
    },
  };
}
