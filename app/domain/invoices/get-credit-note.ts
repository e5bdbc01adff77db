import { and, eq } from 'drizzle-orm';
import { creditNotes, type CreditNote } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { detailOf, type InvoiceDetail } from './invoice-view.ts';
import { readInvoice } from './own-invoice.ts';
import { creditNoteIdSchema } from './schemas.ts';

/** A credit note with the invoice it takes back; of the acting organization, or any for administrators. */
export async function getCreditNote(
  ctx: Context,
  input: { creditNoteId: string },
): Promise<{ note: CreditNote; invoice: InvoiceDetail }> {
  const actor = requireActor(ctx);
  const { creditNoteId } = parseInput(creditNoteIdSchema, input);
  const own = actor.isPlatformAdmin ? undefined : eq(creditNotes.organizationId, actor.organizationId);
  const [note] = await ctx.db
    .select()
    .from(creditNotes)
    .where(and(eq(creditNotes.id, creditNoteId), own));
  if (!note) throw new AppError('not_found', 'There is no such credit note.');
  return { note, invoice: await detailOf(ctx, await readInvoice(ctx, note.invoiceId)) };
}
