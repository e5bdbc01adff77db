import { z } from 'zod';
import {
  getBillingProfile,
  saveBillingProfile,
  type SaveBillingProfileInput,
} from '../../domain/billing-profiles/index.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import { billingProfileAnswer, invoiceApiField } from '../../http/invoice-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

const body = z.strictObject({
  name: z.string(),
  address: z.array(z.string()).optional(),
  country: z.string().nullish(),
  email: z.string().nullish(),
  tax_id_type: z.string().nullish(),
  tax_id: z.string().nullish(),
  locale: z.string().optional(),
});

/** GET /api/v1/buyer/billing-profile: what stands on the next invoice. */
export const loader = apiLoader(async ({ ctx }) => billingProfileAnswer(await getBillingProfile(ctx)));

export const action = apiAction({
  /** Replaces the whole profile; finalized invoices stay. */
  PUT: async ({ ctx, readJson }) => {
    const {
      name,
      address,
      country,
      email,
      tax_id: taxId,
      tax_id_type: taxIdType,
      locale,
    } = await readJson(body);
    const input = {
      name,
      ...(address && { address: address.join('\n') }),
      ...(country && { country }),
      ...(email && { email }),
      ...(taxId && { taxId }),
      ...(taxIdType && { taxIdType }),
      ...(locale && { locale }),
    } as SaveBillingProfileInput;
    return billingProfileAnswer(await withWireFields(invoiceApiField, () => saveBillingProfile(ctx, input)));
  },
});
