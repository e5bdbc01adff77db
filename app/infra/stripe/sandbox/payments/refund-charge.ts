import { emitEvent, newBase, type SandboxCore } from '../core.ts';
import type { Charge, Refund } from '../objects.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { moveBalance } from './balance.ts';

interface RefundFields {
  amount?: number;
  reason?: Refund['reason'];
  metadata?: Record<string, string>;
}

/** Gives a charge back, whole or in part; Stripe keeps its fee. */
export async function refundCharge(
  core: SandboxCore,
  chargeId: string,
  { amount, reason = null, metadata = {} }: RefundFields,
): Promise<Refund> {
  const charge = await core.state.lock<Charge>('charge', chargeId);
  if (!charge.paid) throw invalidRequest('This charge was not paid and cannot be refunded.', 'charge');
  if (charge.disputed) {
    throw invalidRequest(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      undefined,
      'charge_disputed',
    );
  }
  const left = charge.amount - charge.amount_refunded;
  if (left === 0)
    throw invalidRequest(
      `Charge ${charge.id} has already been refunded.`,
      undefined,
      'charge_already_refunded',
    );
  const refunded = amount ?? left;
  if (refunded < 1) throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  if (refunded > left) {
    throw invalidRequest(
      `Refund amount (${refunded}) is greater than unrefunded amount on charge (${left})`,
      'amount',
    );
  }
  const { livemode: _livemode, ...base } = newBase(core, 're', 'refund');
  const transaction = await moveBalance(core, {
    type: 'refund',
    amount: -refunded,
    currency: charge.currency,
    source: base.id,
    account: null,
  });
  const refund = await core.state.put<Refund>({
    ...base,
    amount: refunded,
    balance_transaction: transaction.id,
    charge: charge.id,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      type: 'card',
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
    },
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  });
  const amount_refunded = charge.amount_refunded + refunded;
  const after = await core.state.put<Charge>({
    ...charge,
    amount_refunded,
    refunded: amount_refunded === charge.amount,
  });
  await emitEvent(core, 'refund.created', refund);
  await emitEvent(core, 'charge.refunded', after);
  return refund;
}
