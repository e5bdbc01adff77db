import { listReceipts } from '../../domain/receipts/index.ts';
import { apiMethodNotAllowed } from '../../http/api.ts';
import { fileResponse } from '../../http/file-response.ts';
import { readerLoader } from '../../http/report-access.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseUsageRange } from '../../lib/usage-range.ts';

/**
 * GET /api/v1/receipts?key&from&to&perspective&after&limit: receipts, one on each line, chain by chain;
 * page on with the last sequence of a key.
 */
export const loader = readerLoader(async ({ ctx, timeZone, url: { searchParams: search } }) => {
  const hasRange = search.has('from') || search.has('to');
  const range = hasRange
    ? parseUsageRange(
        { from: search.get('from'), to: search.get('to') },
        { now: ctx.clock.date(), timeZone, exact: true },
      )
    : null;
  const count = (name: string) => {
    const text = search.get(name);
    if (text === null) return undefined;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new AppError('invalid_request', `${name}: a whole number.`, {
      issues: [{ field: name, reason: 'invalid' }],
    });
  };
  const perspective = search.get('perspective') ?? 'buyer';
  if (perspective !== 'buyer' && perspective !== 'seller') {
    throw new AppError('invalid_request', 'perspective: buyer or seller.', {
      issues: [{ field: 'perspective', reason: 'invalid_choice' }],
    });
  }
  const receipts = await withWireFields(
    (field) => (field === 'keyId' ? 'key' : field),
    () =>
      listReceipts(ctx, {
        perspective,
        keyId: search.get('key') || undefined,
        from: range?.from,
        to: range?.to,
        after: count('after'),
        limit: count('limit'),
      }),
  );
  return fileResponse(receipts.map((receipt) => `${JSON.stringify(receipt)}\n`).join(''), 'receipts.jsonl');
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
