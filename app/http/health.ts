import { Router } from 'express';
import { isMigrated } from '../../db/migrate.ts';
import type { Platform } from '../platform.ts';

const DATABASE_DEADLINE_MS = 1_000;

/** `/healthz` says the process lives, `/readyz` that it can serve, `/version` what it is. */
export function createHealthRouter(platform: Platform): Router {
  const router = Router();
  router.get(['/healthz', '/livez'], (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/version', (_request, response) => {
    response.json({ name: 'tollgate', version: platform.version, node: process.version });
  });
  router.get('/readyz', async (_request, response) => {
    const database = await checkDatabase(platform);
    const ready = platform.state === 'ready' && database === 'ok';
    response
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({
        status: ready ? 'ready' : platform.state === 'ready' ? 'unavailable' : platform.state,
        database,
      });
  });
  return router;
}

async function checkDatabase(platform: Platform): Promise<'ok' | 'not_migrated' | 'unreachable'> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('deadline')), DATABASE_DEADLINE_MS);
  });
  try {
    const migrated = await Promise.race([isMigrated(platform.database.sql), deadline]);
    return migrated ? 'ok' : 'not_migrated';
  } catch {
    return 'unreachable';
  } finally {
    clearTimeout(timer);
  }
}
