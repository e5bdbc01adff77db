import { getWalletStatement } from '../../domain/wallets/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { fileResponse } from '../../http/file-response.ts';
import { statementAnswer } from '../../http/wallet-api-format.ts';
import { statementFileName, toStatementCsv } from '../../http/wallet-statement-file.ts';

/** GET /api/v1/buyer/wallet/statement?from&to&format=json|csv: local days of the organization, both included. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const { searchParams } = url;
  const statement = await getWalletStatement(ctx, {
    from: searchParams.get('from') ?? undefined,
    to: searchParams.get('to') ?? undefined,
  });
  if (searchParams.get('format') !== 'csv') return statementAnswer(statement);
  return fileResponse(toStatementCsv(statement, 'en'), statementFileName(statement, 'csv'));
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
