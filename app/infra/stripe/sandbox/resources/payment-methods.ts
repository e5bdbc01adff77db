import { emitEvent, mergeMetadata } from '../core.ts';
import { endpoint, listEndpoint, retrieveEndpoint } from '../endpoint.ts';
import type { Customer, PaymentMethod } from '../objects.ts';
import { attachCard, createCard, resolvePaymentMethod } from '../payments/payment-methods.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { numberOfTestId } from '../test-cards.ts';

const createPaymentMethod = endpoint('POST /v1/payment_methods', (core, params) => {
  const card = params.card;
  if (params.type !== 'card' || !card)
    throw invalidRequest('The sandbox knows payment methods of type card only.', 'type');
  const details = params.billing_details as Partial<PaymentMethod['billing_details']> | undefined;
  if ('token' in card && card.token) {
    const number = numberOfTestId(card.token);
    if (!number) throw invalidRequest(`No such token: '${card.token}'`, 'card[token]', 'resource_missing');
    return createCard(core, { number }, details);
  }
  const { number = '', exp_month, exp_year } = card;
  return createCard(
    core,
    { number: number.replace(/[\s-]/g, ''), expMonth: exp_month, expYear: exp_year },
    details,
  );
});

const attachPaymentMethod = endpoint('POST /v1/payment_methods/:id/attach', async (core, params, { id }) => {
  if (!params.customer)
    throw invalidRequest('Missing required param: customer.', 'customer', 'parameter_missing');
  return attachCard(core, await resolvePaymentMethod(core, id), params.customer);
});

const detachPaymentMethod = endpoint('POST /v1/payment_methods/:id/detach', async (core, _params, { id }) => {
  const method = await core.state.lock<PaymentMethod>('payment_method', id);
  if (method.customer === null) {
    throw invalidRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
      'payment_method',
    );
  }
  const customer = await core.state.find<Customer>('customer', method.customer);
  if (customer?.invoice_settings.default_payment_method === id) {
    await core.state.put<Customer>({
      ...customer,
      invoice_settings: { ...customer.invoice_settings, default_payment_method: null },
    });
  }
  const detached = await core.state.put<PaymentMethod>({ ...method, customer: null });
  await emitEvent(core, 'payment_method.detached', detached, { previous: { customer: method.customer } });
  return detached;
});

const updatePaymentMethod = endpoint('POST /v1/payment_methods/:id', async (core, params, { id }) => {
  const method = await core.state.lock<PaymentMethod>('payment_method', id);
  const updated = await core.state.put<PaymentMethod>({
    ...method,
    metadata: mergeMetadata(method.metadata, params.metadata),
    ...(method.card && {
      card: {
        ...method.card,
        exp_month: params.card?.exp_month ?? method.card.exp_month,
        exp_year: params.card?.exp_year ?? method.card.exp_year,
      },
    }),
  });
  await emitEvent(core, 'payment_method.updated', updated);
  return updated;
});

export const paymentMethodEndpoints = [
  createPaymentMethod,
  attachPaymentMethod,
  detachPaymentMethod,
  updatePaymentMethod,
  retrieveEndpoint('GET /v1/payment_methods/:id', 'payment_method'),
  listEndpoint('GET /v1/payment_methods', 'payment_method'),
];
