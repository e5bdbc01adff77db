/** `npm run db:migrate`: brings DATABASE_URL, or the embedded database, to this program's schema. */
import { withDatabase } from './with-database.ts';
import { migrateDatabase } from '../db/migrate.ts';

await withDatabase(async ({ url }) => {
  await migrateDatabase(url);
  console.log('The database is up to date.');
});
