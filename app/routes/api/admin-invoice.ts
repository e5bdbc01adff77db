import { z } from 'zod';
import type { Context } from '../../domain/context.ts';
import {
  adjustInvoice,
  approveInvoice,
  creditInvoice,
  markInvoicePaid,
  resendInvoice,
  reviewInvoice,
  voidInvoice,
} from '../../domain/invoices/index.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import { invoiceApiField, reviewedInvoiceAnswer } from '../../http/invoice-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { amountField } from '../../lib/amount-field.ts';

const reason = z.string();
const body = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('approve') }),
  z.strictObject({ action: z.literal('adjust'), amount: amountField, reason }),
  z.strictObject({ action: z.literal('void'), reason, reissue: z.boolean() }),
  z.strictObject({ action: z.literal('credit'), amount: amountField.optional(), reason }),
  z.strictObject({ action: z.literal('mark_paid'), reason }),
  z.strictObject({ action: z.literal('resend') }),
]);

const invoiceIdOf = (params: Record<string, string | undefined>) => params['id'] ?? '';

/** GET /api/v1/admin/invoices/:id with adjustments and what happened to it. */
export const loader = apiLoader(async ({ ctx, params }) =>
  reviewedInvoiceAnswer(await reviewInvoice(ctx, { invoiceId: invoiceIdOf(params) })),
);

async function act(ctx: Context, invoiceId: string, wanted: z.output<typeof body>): Promise<void> {
  switch (wanted.action) {
    case 'approve':
      await approveInvoice(ctx, { invoiceId });
      return;
    case 'adjust':
      await adjustInvoice(ctx, { invoiceId, amountNanos: wanted.amount, reason: wanted.reason });
      return;
    case 'void':
      await voidInvoice(ctx, { invoiceId, reason: wanted.reason, reissue: wanted.reissue });
      return;
    case 'credit': {
      const { amount } = wanted;
      await creditInvoice(ctx, {
        invoiceId,
        reason: wanted.reason,
        ...(amount !== undefined && { amountNanos: amount }),
      });
      return;
    }
    case 'mark_paid':
      await markInvoicePaid(ctx, { invoiceId, reason: wanted.reason });
      return;
    case 'resend':
      await resendInvoice(ctx, { invoiceId });
  }
}

export const action = apiAction({
  /** One act of an administrator; answers with the invoice as it is then. */
  POST: async ({ ctx, params, readJson }) => {
    const invoiceId = invoiceIdOf(params);
    const wanted = await readJson(body);
    await withWireFields(invoiceApiField, () => act(ctx, invoiceId, wanted));
    return reviewedInvoiceAnswer(await reviewInvoice(ctx, { invoiceId }));
  },
});
