/** `npm run verify-ledger`: prints what does not agree; exit code 1 when anything does not. */
import { verifyLedger } from '../app/domain/ledger/index.ts';
import { toDecimal } from '../app/lib/money.ts';
import { createPlatform } from '../app/platform.ts';
import { withDatabase } from './with-database.ts';

await withDatabase(async ({ config, url }) => {
  const origin = config.publicUrl ?? `http://127.0.0.1:${config.port}`;
  const platform = await createPlatform({
    config,
    databaseUrl: url,
    publicUrl: origin,
    webhookUrl: `${origin}/webhooks/stripe`,
    applicationName: 'tollgate-verify-ledger',
  });
  try {
    const verdict = await verifyLedger(platform.createContext({ type: 'system', job: 'verify-ledger' }));
    for (const { check, subject, expectedNanos, actualNanos } of verdict.problems) {
      console.error(
        `✗ ${check}: ${subject} should be ${toDecimal(expectedNanos)} and is ${toDecimal(actualNanos)}`,
      );
    }
    const looked = `${verdict.transactions} transactions, ${verdict.wallets} wallets`;
    console.log(
      verdict.ok
        ? `The ledger agrees: ${looked}.`
        : `The ledger does NOT agree (${verdict.problems.length} differences): ${looked}.`,
    );
    if (!verdict.ok) process.exitCode = 1;
  } finally {
    await platform.close();
  }
});
