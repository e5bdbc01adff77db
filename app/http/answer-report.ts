/** `GET /api/reports/usage` and `/api/reports/billing`, as JSON, CSV or PDF. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import { getOrganizationName } from '../domain/organizations/index.ts';
import { reportBilling, reportUsage } from '../domain/reports/index.ts';
import { getTranslation, resolveLocale } from '../i18n/server.ts';
import { AppError } from '../lib/app-error.ts';
import { apiResponse } from './api.ts';
import { fileResponse } from './file-response.ts';
import { readerLoader, type ReaderContext } from './report-access.ts';
import { reportAnswer, reportCsv, reportDocument, reportFileName, type Report } from './report-format.ts';
import { readReportRequest, reportFieldName } from './report-query.ts';
import { findViewer } from './require-user.ts';
import { withWireFields } from './wire-fields.ts';

const FORMATS = ['json', 'csv', 'pdf'] as const;

function readFormat(search: URLSearchParams): (typeof FORMATS)[number] {
  const wanted = search.get('format') || 'json';
  const found = FORMATS.find((format) => format === wanted);
  if (found) return found;
  throw new AppError('invalid_request', 'format: json, csv or pdf.', {
    issues: [{ field: 'format', reason: 'invalid_choice' }],
  });
}

async function answer(
  report: Report,
  format: 'csv' | 'pdf',
  { ctx, args }: { ctx: ReaderContext; args: LoaderFunctionArgs },
): Promise<Response> {
  // Files speak the reader's language; whoever sends a key is asked by Accept-Language.
  await findViewer(args);
  const t = await getTranslation(args, 'reports');
  const name = reportFileName(report, format);
  if (format === 'csv') return fileResponse(reportCsv(report, t), name);
  const document = reportDocument(report, {
    t,
    locale: await resolveLocale(args),
    // An administrator's report is about everybody.
    organizationName:
      report.table.query.perspective === 'admin' ? 'Tollgate' : await getOrganizationName(ctx),
    now: ctx.clock.date(),
  });
  return fileResponse(await ctx.pdf.render(document), name);
}

export function reportLoader(kind: Report['kind']) {
  return readerLoader(async ({ ctx, timeZone, url, args }) => {
    const format = readFormat(url.searchParams);
    const { input } = readReportRequest(url.searchParams, { now: ctx.clock.date(), timeZone });
    const report = await withWireFields(reportFieldName, async (): Promise<Report> =>
      kind === 'usage'
        ? { kind, table: await reportUsage(ctx, input) }
        : { kind, table: await reportBilling(ctx, input) },
    );
    return format === 'json' ? apiResponse(reportAnswer(report)) : answer(report, format, { ctx, args });
  });
}
