/** Child process: `@portkey-ai/gateway`, a peer that understands chat completions. */
import { findFreePort } from '../support/ports.ts';
import { reportUse } from './report-use.ts';

const port = await findFreePort();
process.argv.push(`--port=${port}`, '--headless');
await import('../../node_modules/@portkey-ai/gateway/build/start-server.js' as string);
for (;;) {
  const up = await fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
  if (up) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
process.send?.({ port });
reportUse();
