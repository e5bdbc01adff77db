/** `npm run seed`: what the first start does to an empty database, without starting anything. */
import { createPlatform } from '../app/platform.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { prepareDemoMarketplace } from '../db/seed/first-run.ts';
import { withDatabase } from './with-database.ts';

await withDatabase(async ({ config, url }) => {
  await migrateDatabase(url);
  const origin = config.publicUrl ?? `http://127.0.0.1:${config.port}`;
  const platform = await createPlatform({
    config,
    databaseUrl: url,
    publicUrl: origin,
    webhookUrl: `${origin}/webhooks/stripe`,
    applicationName: 'tollgate-seed',
  });
  try {
    const prepared = await prepareDemoMarketplace(platform);
    await prepared.close();
    console.log(`Seeded; see ${config.dataDir}/first-run.json`);
  } finally {
    await platform.close();
  }
});
