/**
 * `npm run verify-ledger`: prints what does not agree; exit code 1 when anything does not. With
 * `-- --stripe` it also reads Stripe's objects of the last days anew.
 */
import { parseArgs } from 'node:util';
import { verifyLedger } from '../app/domain/ledger/index.ts';
import { verifyStripe } from '../app/domain/verdicts/index.ts';
import { toDecimal } from '../app/lib/money.ts';
import { withPlatform } from './with-database.ts';

const { values } = parseArgs({ options: { stripe: { type: 'boolean', default: false } } });

await withPlatform('verify-ledger', async (platform) => {
  const ctx = platform.createContext({ type: 'system', job: 'verify-ledger' });
  const verdict = await verifyLedger(ctx);
  const problems = [...verdict.problems, ...(values.stripe ? await verifyStripe(ctx) : [])];
  for (const { check, subject, expectedNanos, actualNanos } of problems) {
    console.error(
      `✗ ${check}: ${subject} should be ${toDecimal(expectedNanos)} and is ${toDecimal(actualNanos)}`,
    );
  }
  const looked = `${verdict.transactions} transactions, ${verdict.wallets} wallets`;
  console.log(
    problems.length === 0
      ? `The ledger agrees: ${looked}.`
      : `The ledger does NOT agree (${problems.length} differences): ${looked}.`,
  );
  if (problems.length > 0) process.exitCode = 1;
});
