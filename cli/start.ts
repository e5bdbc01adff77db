/** `npm start`: everything in one process, from nothing to a running marketplace. */
import { listen, startWeb } from '../server.ts';
import { startWorker } from '../worker/index.ts';
import { announce } from './announce.ts';
import { prepareDemoMarketplace } from '../db/seed/first-run.ts';
import { runProcess } from './run-process.ts';

await runProcess({
  web: { listen, startWeb },
  startWorker,
  prepare: prepareDemoMarketplace,
  announce,
  development: process.argv.includes('--dev'),
});
