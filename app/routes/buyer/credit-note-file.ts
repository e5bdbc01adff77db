/** GET /buyer/credit-notes/:id/pdf; administrators reach it at /admin as well. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import { getCreditNote } from '../../domain/invoices/index.ts';
import { fileResponse } from '../../http/file-response.ts';
import { creditNotePdf, documentLocale } from '../../http/invoice-document.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  return pageLoader(args, async () => {
    const { note, invoice } = await getCreditNote(ctx, { creditNoteId: args.params['id'] ?? '' });
    const locale = documentLocale(invoice, new URL(args.request.url).searchParams.get('locale'));
    return fileResponse(await ctx.pdf.render(creditNotePdf(note, invoice, locale)), `${note.number}.pdf`);
  });
}
