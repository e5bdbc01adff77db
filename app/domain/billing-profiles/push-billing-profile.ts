import { createHash } from 'node:crypto';
import { requireSystem, type Context } from '../context.ts';
import { callStripe, findCustomer, runStripeOperation } from '../payments/index.ts';
import { billingProfileOf } from './get-billing-profile.ts';
import { TAX_ID_TYPES, type TaxIdType } from './tax-ids.ts';

/**
 * Tells Stripe the name, address and tax id of a customer that it knows already; one that is made later
 * gets them then, because saving is what asks for this. Repeating it is safe.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function pushBillingProfile(ctx: Context, { organizationId }: { organizationId: string }) {
  requireSystem(ctx);
  const customer = await findCustomer(ctx, organizationId);
  if (!customer) return;
  const { party, taxIdType, savedAt } = await billingProfileOf(ctx, organizationId);
  const [line1 = '', ...rest] = party.address;
  const parameters = {
    name: party.name,
    email: party.email ?? '',
    address: { line1, line2: rest.join(', '), country: party.country ?? '' },
  };
  // The same words are told once; changed back and forth they are told each time anew.
  await runStripeOperation(
    ctx,
    {
      kind: 'billing_profile',
      subjectId: `${organizationId}:${fingerprint([parameters, savedAt])}`,
      organizationId,
      parameters,
    },
    (stripe, body, idempotencyKey) => stripe.customers.update(customer, body, { idempotencyKey }),
    // Said again, it is the same.
    () => Promise.resolve(null),
  );
  await pushTaxId(ctx, { organizationId, customer, taxId: party.taxId, taxIdType, savedAt });
}

interface TaxIdToPush {
  organizationId: string;
  customer: string;
  taxId: string | undefined;
  taxIdType: string | null;
  savedAt: Date | null;
}

/** Stripe's tax ids cannot be changed: others are taken away, ours is added when it is missing. */
async function pushTaxId(
  ctx: Context,
  { organizationId, customer, taxId, taxIdType, savedAt }: TaxIdToPush,
): Promise<void> {
  const { stripe } = ctx.payments;
  const known = await callStripe(() => stripe.customers.listTaxIds(customer, { limit: 100 }));
  const type = TAX_ID_TYPES.find((one): one is TaxIdType => one === taxIdType);
  const isOurs = (one: { type: string; value: string }) => one.type === type && one.value === taxId;
  for (const old of known.data.filter((one) => !isOurs(one))) {
    await callStripe(() => stripe.customers.deleteTaxId(customer, old.id));
  }
  if (!type || !taxId || known.data.some(isOurs)) return;
  await runStripeOperation(
    ctx,
    {
      kind: 'tax_id',
      subjectId: `${organizationId}:${fingerprint([type, taxId, savedAt])}`,
      organizationId,
      parameters: { type, value: taxId },
    },
    (client, body, idempotencyKey) => client.customers.createTaxId(customer, body, { idempotencyKey }),
    // It was looked for just now.
    () => Promise.resolve(null),
  );
}

function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}
