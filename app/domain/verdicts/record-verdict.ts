import { toDecimal } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { verifyLedger, type LedgerVerdict } from '../ledger/index.ts';
import { mailAdministrators } from '../mails/index.ts';
import { verifyStripe } from './verify-stripe.ts';

/** What the mail to administrators says. */
export interface DifferenceFacts {
  count: number;
  /** The first differences, one a line. */
  differences: string;
  url: string;
}

export interface RecordVerdictInput {
  /** Also reads Stripe's objects of the last days anew. */
  stripe: boolean;
  /** The mail about differences, in the recipient's language; absent: nobody is told. */
  write?: (locale: string, facts: DifferenceFacts) => { subject: string; text: string };
}

/** More than this says nothing that these do not. */
const STORED_PROBLEMS = 50;

/** Checks the books, keeps the verdict in the audit trail, and tells administrators of differences. */
export async function recordVerdict(ctx: Context, input: RecordVerdictInput): Promise<LedgerVerdict> {
  if (ctx.actor.type !== 'system') requirePlatformAdmin(ctx);
  const ledger = await verifyLedger(ctx);
  const problems = [...ledger.problems, ...(input.stripe ? await verifyStripe(ctx) : [])];
  const verdict = { ...ledger, ok: problems.length === 0, problems };
  const { write } = input;
  await withTransaction(ctx, async (tx) => {
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'ledger.verified',
      after: {
        ok: verdict.ok,
        transactions: verdict.transactions,
        wallets: verdict.wallets,
        stripe: input.stripe,
        count: problems.length,
        problems: problems.slice(0, STORED_PROBLEMS).map((problem) => ({
          check: problem.check,
          subject: problem.subject,
          expected: toDecimal(problem.expectedNanos),
          actual: toDecimal(problem.actualNanos),
        })),
      },
    });
    if (verdict.ok) return;
    tx.logger.error({ differences: problems.length, first: problems[0]?.check }, 'the ledger does not agree');
    if (!write) return;
    const facts = {
      count: problems.length,
      differences: problems
        .slice(0, 10)
        .map(
          ({ check, subject, expectedNanos, actualNanos }) =>
            `${check}: ${subject}: ${toDecimal(expectedNanos)} / ${toDecimal(actualNanos)}`,
        )
        .join('\n'),
      url: `${tx.publicUrl}/admin/ledger`,
    };
    await mailAdministrators(tx, { write: (locale) => write(locale, facts) });
  });
  return verdict;
}
