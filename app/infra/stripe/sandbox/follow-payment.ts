/** Lets the invoice a payment is for know how it went. */
import { coreOfCustomer, type SandboxCore } from './core.ts';
import { applyPayment } from './billing/invoices.ts';
import type { Invoice } from './objects.ts';
import type { Confirmed } from './payments/confirm-payment.ts';

export async function followPayment(core: SandboxCore, confirmed: Confirmed): Promise<void> {
  const { invoice: id } = confirmed.payment.sandbox;
  if (!id) return;
  const invoice = await core.state.lock<Invoice>('invoice', id);
  await applyPayment(await coreOfCustomer(core, confirmed.payment.customer), invoice, confirmed);
}
