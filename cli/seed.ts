/** `npm run seed`: what the first start does to an empty database, without starting anything. */
import { seedEmptyDatabase } from '../db/seed/first-run.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { withDatabase, withPlatform } from './with-database.ts';

await withDatabase(async ({ url }) => {
  await migrateDatabase(url);
});
await withPlatform('seed', async (platform) => {
  await seedEmptyDatabase(platform);
  console.log(`Seeded; see ${platform.config.dataDir}/first-run.json`);
});
