/** Chargebacks: the bank takes the money of a charge back, and the platform may defend itself. */
import { emitEvent, newBase, withoutPrivateParts, type SandboxCore } from '../core.ts';
import type { Charge, Dispute } from '../objects.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { DISPUTE_FEE, moveBalance } from './balance.ts';

const DAYS_TO_ANSWER = 7;

const NO_EVIDENCE: Dispute['evidence'] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

export async function openDispute(core: SandboxCore, chargeId: string): Promise<Dispute> {
  const charge = await core.state.lock<Charge>('charge', chargeId);
  if (!charge.paid || charge.disputed || charge.amount_refunded === charge.amount)
    throw invalidRequest('This charge cannot be disputed.', 'charge');
  await core.state.put<Charge>({ ...charge, disputed: true });
  const base = newBase(core, 'du', 'dispute');
  const amount = charge.amount - charge.amount_refunded;
  const transaction = await moveBalance(core, {
    type: 'adjustment',
    category: 'dispute',
    amount: -amount,
    currency: charge.currency,
    source: base.id,
    account: null,
    fee: DISPUTE_FEE,
  });
  const dispute = await core.state.put<Dispute>({
    ...base,
    amount,
    balance_transactions: [withoutPrivateParts(transaction)],
    charge: charge.id,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: core.now() + DAYS_TO_ANSWER * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    metadata: {},
    network_reason_code: '10.4',
    payment_intent: charge.payment_intent,
    payment_method_details: {
      type: 'card',
      card: {
        brand: charge.payment_method_details?.card?.brand ?? 'visa',
        case_type: 'chargeback',
        network: charge.payment_method_details?.card?.brand ?? 'visa',
        network_reason_code: '10.4',
      },
    },
    reason: 'fraudulent',
    status: 'needs_response',
  });
  await emitEvent(core, 'charge.dispute.created', dispute);
  await emitEvent(core, 'charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** The bank's decision; a won dispute brings amount and fee back. */
export async function closeDispute(core: SandboxCore, id: string, status: 'won' | 'lost'): Promise<Dispute> {
  const dispute = await core.state.lock<Dispute>('dispute', id);
  if (dispute.status === 'won' || dispute.status === 'lost')
    throw invalidRequest('This dispute is already closed.', 'id');
  const closed: Dispute = { ...dispute, status };
  if (status === 'won') {
    const transaction = await moveBalance(core, {
      type: 'adjustment',
      category: 'dispute_reversal',
      amount: dispute.amount,
      currency: dispute.currency,
      source: dispute.id,
      account: null,
      fee: -DISPUTE_FEE,
    });
    closed.balance_transactions = [...dispute.balance_transactions, withoutPrivateParts(transaction)];
  }
  await core.state.put(closed);
  if (status === 'won') await emitEvent(core, 'charge.dispute.funds_reinstated', closed);
  await emitEvent(core, 'charge.dispute.closed', closed);
  return closed;
}
