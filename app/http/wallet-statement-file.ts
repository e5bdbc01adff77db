/** The wallet statement as a file: CSV for spreadsheets, PDF for people. */
import type { Context } from '../domain/context.ts';
import { getOrganization } from '../domain/organizations/index.ts';
import type { StatementAmounts, WalletStatement } from '../domain/wallets/index.ts';
import type { Locale } from '../i18n/locales.ts';
import { translateIn } from '../i18n/translator.ts';
import { csvNumber, toCsv } from '../lib/csv.ts';
import { formatMoney, toDecimal } from '../lib/money.ts';

const ACCOUNTS = ['walletNanos', 'promoNanos', 'owedNanos', 'totalNanos'] as const;

/** A download's name that says what is in it. */
export function statementFileName({ from, to }: WalletStatement, extension: string): string {
  return `tollgate-wallet-${from}-${to}.${extension}`;
}

/** Opening, every movement, closing: the amount columns add up. */
export function toStatementCsv(statement: WalletStatement, locale: Locale): string {
  const t = translateIn(locale, 'wallet');
  const amounts = (row: StatementAmounts) => ACCOUNTS.map((account) => csvNumber(toDecimal(row[account])));
  const { opening, movements, closing } = statement;
  return toCsv(
    [
      t('statement.day'),
      t('statement.bookedAt'),
      t('statement.movement'),
      t('statement.service'),
      t('statement.reference'),
      t('statement.wallet'),
      t('statement.promo'),
      t('statement.owed'),
      t('statement.amount'),
      t('statement.balance'),
    ],
    [
      [
        statement.from,
        null,
        t('statement.opening'),
        null,
        null,
        ...amounts(opening),
        csvNumber(toDecimal(opening.totalNanos)),
      ],
      ...movements.map((row) => [
        row.day,
        row.bookedAt.toISOString(),
        t(`kind.${row.kind}`),
        row.service?.name ?? null,
        row.reference,
        ...amounts(row),
        csvNumber(toDecimal(row.balanceNanos)),
      ]),
      [
        statement.to,
        null,
        t('statement.closing'),
        null,
        null,
        ...amounts(closing),
        csvNumber(toDecimal(closing.totalNanos)),
      ],
    ],
  );
}

/** The same on paper. */
export async function toStatementPdf(
  ctx: Context,
  statement: WalletStatement,
  locale: Locale,
): Promise<Uint8Array> {
  const t = translateIn(locale, 'wallet');
  const { name } = await getOrganization(ctx);
  const { from, to, timeZone, currency, opening, movements, moved, closing } = statement;
  const money = (nanos: bigint) => formatMoney(nanos, currency, locale);
  const cells = (row: StatementAmounts) => ACCOUNTS.map((account) => money(row[account]));
  const right = (label: string) => ({ label, align: 'right' as const });
  const accounts = [
    right(t('statement.wallet')),
    right(t('statement.promo')),
    right(t('statement.owed')),
    right(t('statement.total')),
  ];
  return ctx.pdf.render({
    locale,
    title: t('statement.title'),
    facts: [
      [t('statement.organization'), name],
      [t('statement.period'), t('statement.range', { from, to })],
      [t('statement.zone'), timeZone],
      [t('statement.opening'), money(opening.totalNanos)],
      [t('statement.closing'), money(closing.totalNanos)],
    ],
    tables: [
      {
        columns: [{ label: t('statement.account') }, ...accounts],
        rows: [
          [t('statement.opening'), ...cells(opening)],
          [t('statement.moved'), ...cells(moved)],
        ],
        totals: [t('statement.closing'), ...cells(closing)],
      },
      {
        columns: [
          { label: t('statement.day') },
          { label: t('statement.movement') },
          right(t('statement.amount')),
          right(t('statement.balance')),
        ],
        rows: movements.map((row) => [
          row.day,
          row.service ? t('statement.usageOf', { service: row.service.name }) : t(`kind.${row.kind}`),
          money(row.totalNanos),
          money(row.balanceNanos),
        ]),
      },
    ],
    notes: [t('statement.addUp')],
    createdAt: ctx.clock.date(),
  });
}
