/** Charges, refunds, disputes and balances. */
import { emitEvent, mergeMetadata, newBase, withoutPrivateParts, type SandboxCore } from '../core.ts';
import { endpoint, listEndpoint, listObjects, retrieveEndpoint } from '../endpoint.ts';
import type { BalanceTransaction, Dispute, PaymentIntent, Topup } from '../objects.ts';
import { moveBalance } from '../payments/balance.ts';
import { closeDispute } from '../payments/open-dispute.ts';
import { refundCharge } from '../payments/refund-charge.ts';
import { invalidRequest } from '../sandbox-error.ts';

const createRefund = endpoint('POST /v1/refunds', async (core, params) => {
  const charge = params.charge ?? (await chargeOfPayment(core, params.payment_intent));
  return refundCharge(core, charge, {
    amount: params.amount,
    reason: params.reason,
    metadata: mergeMetadata({}, params.metadata),
  });
});

async function chargeOfPayment(core: SandboxCore, id: string | undefined): Promise<string> {
  if (!id)
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    );
  const payment = await core.state.get<PaymentIntent>('payment_intent', id);
  if (payment.status !== 'succeeded' || !payment.latest_charge) {
    throw invalidRequest(
      `This PaymentIntent (${id}) does not have a successful charge to refund.`,
      'payment_intent',
    );
  }
  return payment.latest_charge;
}

/** Stripe's test evidence decides the case: https://docs.stripe.com/testing#disputes */
const updateDispute = endpoint('POST /v1/disputes/:id', async (core, params, { id }) => {
  const dispute = await core.state.lock<Dispute>('dispute', id);
  if (dispute.status !== 'needs_response')
    throw invalidRequest('This dispute is already closed or under review.', 'id');
  const evidence = { ...dispute.evidence, ...params.evidence } as Dispute['evidence'];
  const isSubmitted = params.submit ?? true;
  const updated = await core.state.put<Dispute>({
    ...dispute,
    evidence,
    evidence_details: {
      ...dispute.evidence_details,
      has_evidence: true,
      submission_count: dispute.evidence_details.submission_count + (isSubmitted ? 1 : 0),
    },
    metadata: mergeMetadata(dispute.metadata, params.metadata),
    status: isSubmitted && params.evidence ? 'under_review' : dispute.status,
  });
  await emitEvent(core, 'charge.dispute.updated', updated);
  if (updated.status !== 'under_review') return updated;
  if (evidence.uncategorized_text === 'winning_evidence') return closeDispute(core, id, 'won');
  if (evidence.uncategorized_text === 'losing_evidence') return closeDispute(core, id, 'lost');
  return updated;
});

async function balanceOf(core: SandboxCore): Promise<object> {
  const { available, pending } = await core.state.sumBalance(core.account, 'usd', core.now());
  const amount = (value: number) => [{ amount: value, currency: 'usd', source_types: { card: value } }];
  return { object: 'balance', available: amount(available), livemode: false, pending: amount(pending) };
}

const createTopup = endpoint('POST /v1/topups', async (core, params) => {
  const base = newBase(core, 'tu', 'topup');
  const transaction = await moveBalance(core, {
    type: 'topup',
    amount: params.amount,
    currency: params.currency,
    source: base.id,
    account: null,
  });
  return core.state.put<Topup>({
    ...base,
    amount: params.amount,
    balance_transaction: transaction.id,
    currency: params.currency,
    description: params.description ?? null,
    expected_availability_date: core.now(),
    failure_code: null,
    failure_message: null,
    metadata: mergeMetadata({}, params.metadata),
    initiated_by: null,
    source: null,
    statement_descriptor: params.statement_descriptor ?? null,
    status: 'succeeded',
    transfer_group: params.transfer_group ?? null,
  });
});

export const chargeEndpoints = [
  retrieveEndpoint('GET /v1/charges/:id', 'charge'),
  listEndpoint('GET /v1/charges', 'charge'),
  createRefund,
  retrieveEndpoint('GET /v1/refunds/:id', 'refund'),
  listEndpoint('GET /v1/refunds', 'refund'),
  retrieveEndpoint('GET /v1/disputes/:id', 'dispute'),
  listEndpoint('GET /v1/disputes', 'dispute'),
  updateDispute,
  endpoint('POST /v1/disputes/:id/close', (core, _params, { id }) => closeDispute(core, id, 'lost')),
  endpoint('GET /v1/balance', (core) => balanceOf(core)),
  endpoint('GET /v1/balance_transactions/:id', async (core, _params, { id }) =>
    withoutPrivateParts(await core.state.get<BalanceTransaction>('balance_transaction', id)),
  ),
  endpoint('GET /v1/balance_transactions', (core, { payout: _payout, ...params }) =>
    listObjects(core, 'balance_transaction', '/v1/balance_transactions', params, {
      filter: (object) => (object as BalanceTransaction).sandbox.account === core.account,
    }),
  ),
  createTopup,
];
