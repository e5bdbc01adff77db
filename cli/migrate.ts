/** `npm run db:migrate`: brings DATABASE_URL, or the embedded database, to this program's schema. */
import { withDatabase } from './with-database.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { loginOf, programRoleInstructions } from '../db/program-role.ts';

await withDatabase(async ({ url }) => {
  const { hasProgramRole } = await migrateDatabase(url);
  if (!hasProgramRole) console.warn(programRoleInstructions(loginOf(url)));
  console.log('The database is up to date.');
});
