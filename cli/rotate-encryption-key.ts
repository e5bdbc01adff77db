/**
 * `npm run rotate-encryption-key`: seals everything with the first key of ENCRYPTION_KEY. Exit code 1
 * when something does not open; the other keys are still needed then.
 */
import { resealEnvelopes } from '../app/domain/envelopes/index.ts';
import { withPlatform } from './with-database.ts';

await withPlatform('rotate-encryption-key', async (platform) => {
  const ctx = platform.createContext({ type: 'system', job: 'rotate-encryption-key' });
  const { resealed, unreadable } = await resealEnvelopes(ctx);
  for (const { table, column, owner } of unreadable)
    console.error(`✗ ${table}.${column} of ${owner} does not open`);
  console.log(
    unreadable.length === 0
      ? `${resealed} sealed anew: only the first key of ENCRYPTION_KEY is needed now.`
      : `${resealed} sealed anew, ${unreadable.length} do not open with any key of ENCRYPTION_KEY.`,
  );
  if (unreadable.length > 0) process.exitCode = 1;
});
