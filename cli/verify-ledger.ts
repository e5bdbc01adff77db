/** `npm run verify-ledger`: prints what does not agree; exit code 1 when anything does not. */
import { verifyLedger } from '../app/domain/ledger/index.ts';
import { toDecimal } from '../app/lib/money.ts';
import { withPlatform } from './with-database.ts';

await withPlatform('verify-ledger', async (platform) => {
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
});
