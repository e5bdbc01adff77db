/** A charge of a test card: what the bank answers, and what of it Stripe keeps. */
import { emitEvent, newBase, type SandboxCore } from '../core.ts';
import type { Charge, PaymentIntent, PaymentMethod } from '../objects.ts';
import { findTestCard, refusalError, type TestCard } from '../test-cards.ts';
import { creditCharge } from './balance.ts';
import { openDispute } from './open-dispute.ts';

export interface CardRefusal {
  code: string;
  decline_code?: string;
  message: string;
}

export const AUTHENTICATION_REQUIRED: CardRefusal = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

export const cardOf = (method: PaymentMethod): TestCard => {
  const card = findTestCard(method.sandbox.number);
  if (!card) throw new RangeError(`no test card: ${method.id}`);
  return card;
};

/** Charges for a payment; null: the money came. */
export async function chargeCard(
  core: SandboxCore,
  payment: PaymentIntent,
  method: PaymentMethod,
  refusal: CardRefusal | null,
): Promise<{ charge: Charge; refusal: CardRefusal | null }> {
  const card = cardOf(method);
  const problem = refusal ?? (card.refusal ? refusalError(card.refusal) : null);
  const charge = buildCharge(core, payment, method, problem);
  if (problem) {
    await core.state.put(charge);
    await emitEvent(core, 'charge.failed', charge);
    return { charge, refusal: problem };
  }
  const transaction = await creditCharge(core, charge, card.isAvailableAtOnce);
  charge.balance_transaction = transaction.id;
  await core.state.put(charge);
  await emitEvent(core, 'charge.succeeded', charge);
  return { charge, refusal: null };
}

/** The bank takes the money back right after some cards were charged. */
export async function disputeIfAsked(
  core: SandboxCore,
  method: PaymentMethod,
  charge: Charge,
): Promise<void> {
  if (cardOf(method).isDisputed) await openDispute(core, charge.id);
}

function buildCharge(
  core: SandboxCore,
  payment: PaymentIntent,
  method: PaymentMethod,
  problem: CardRefusal | null,
): Charge {
  const card = method.card;
  return {
    ...newBase(core, 'ch', 'charge'),
    amount: payment.amount,
    amount_captured: problem ? 0 : payment.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'TOLLGATE',
    captured: !problem,
    currency: payment.currency,
    customer: payment.customer,
    description: payment.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: problem?.code ?? null,
    failure_message: problem?.message ?? null,
    fraud_details: {},
    metadata: payment.metadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: problem ? 'declined_by_network' : 'approved_by_network',
      reason: problem?.decline_code ?? null,
      risk_level: 'normal',
      seller_message: problem ? 'The bank did not return any further details.' : 'Payment complete.',
      type: problem ? 'issuer_declined' : 'authorized',
    },
    paid: !problem,
    payment_intent: payment.id,
    payment_method: method.id,
    payment_method_details: {
      type: 'card',
      card: {
        amount_authorized: problem ? null : payment.amount,
        authorization_code: null,
        brand: card?.brand ?? null,
        checks: card?.checks ?? null,
        country: card?.country ?? null,
        electronic_commerce_indicator: null,
        exp_month: card?.exp_month ?? 12,
        exp_year: card?.exp_year ?? 2034,
        fingerprint: card?.fingerprint ?? null,
        funding: card?.funding ?? null,
        installments: null,
        last4: card?.last4 ?? null,
        mandate: null,
        network: card?.brand ?? null,
        network_transaction_id: null,
        regulated_status: null,
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
    },
    receipt_email: payment.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: problem ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: payment.transfer_group,
  };
}
