/** Cards of customers. */
import { coreOfCustomer, emitEvent, newBase, withoutPrivateParts, type SandboxCore } from '../core.ts';
import type { Customer, PaymentMethod } from '../objects.ts';
import { cardError, invalidRequest, resourceMissing } from '../sandbox-error.ts';
import { findTestCard, numberOfTestId, refusalError } from '../test-cards.ts';

export interface CardDetails {
  number: string;
  expMonth?: number;
  expYear?: number;
}

const fingerprintOf = (number: string): string => `fp${[...number].reverse().join('')}`;

export async function createCard(
  core: SandboxCore,
  { number, expMonth = 12, expYear = 2034 }: CardDetails,
  details: Partial<PaymentMethod['billing_details']> = {},
): Promise<PaymentMethod> {
  const card = findTestCard(number);
  if (!card) {
    throw cardError({
      code: 'card_declined',
      decline_code: 'test_mode_live_card',
      message:
        'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    });
  }
  return core.state.put<PaymentMethod>({
    ...newBase(core, 'pm', 'payment_method'),
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null, ...details },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: expMonth,
      exp_year: expYear,
      fingerprint: fingerprintOf(number),
      funding: 'credit',
      generated_from: null,
      last4: number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    customer: null,
    customer_account: null,
    metadata: {},
    type: 'card',
    sandbox: { number, isSetUp: false },
  });
}

/** The method with this id; `pm_card_visa` and its like are made on the spot. */
export async function resolvePaymentMethod(core: SandboxCore, id: string): Promise<PaymentMethod> {
  const number = numberOfTestId(id);
  if (number) return createCard(core, { number });
  const method = await core.state.find<PaymentMethod>('payment_method', id);
  if (!method) throw resourceMissing('PaymentMethod', id, 'payment_method');
  return method;
}

/** A card that the bank refuses cannot be saved, apart from the one made for that. */
export async function attachCard(
  core: SandboxCore,
  method: PaymentMethod,
  customer: string,
): Promise<PaymentMethod> {
  await core.state.get<Customer>('customer', customer);
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    throw invalidRequest(
      'The payment method you provided has already been attached to a customer.',
      'payment_method',
    );
  }
  const card = findTestCard(method.sandbox.number);
  if (card?.refusal && !card.attaches) throw cardError(refusalError(card.refusal));
  const attached = await core.state.put<PaymentMethod>({ ...method, customer });
  await emitEvent(await coreOfCustomer(core, customer), 'payment_method.attached', attached);
  return attached;
}

/** For objects that carry the method whole. */
export const shownMethod = (method: PaymentMethod) => withoutPrivateParts(method) as unknown as undefined;
